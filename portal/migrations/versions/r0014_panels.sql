CREATE TABLE panel_session (
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    round_id UUID NOT NULL,
    title VARCHAR(200) NOT NULL,
    place VARCHAR(300) NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE,
    state VARCHAR(40) NOT NULL CONSTRAINT ck_panel_session_state CHECK (state IN ('planned', 'open', 'adjourned', 'closed', 'cancelled')),
    state_reason VARCHAR(2000) NOT NULL,
    deadline_at TIMESTAMP WITH TIME ZONE,
    opened_at TIMESTAMP WITH TIME ZONE,
    closed_at TIMESTAMP WITH TIME ZONE,
    created_by UUID NOT NULL,
    minutes VARCHAR(20000) NOT NULL,
    minutes_due_at TIMESTAMP WITH TIME ZONE,
    protocol JSONB NOT NULL,
    digest VARCHAR(64) NOT NULL,
    confirmed_by UUID,
    frozen_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_panel_session PRIMARY KEY (id),
    CONSTRAINT fk_panel_session_round_id FOREIGN KEY(round_id) REFERENCES review_round (id),
    CONSTRAINT fk_panel_session_created_by FOREIGN KEY(created_by) REFERENCES account (id),
    CONSTRAINT fk_panel_session_confirmed_by FOREIGN KEY(confirmed_by) REFERENCES account (id)
);

CREATE INDEX ix_panel_session_created_by ON panel_session (created_by);

CREATE INDEX ix_panel_session_due ON panel_session (state, deadline_at);

CREATE INDEX ix_panel_session_minutes_due_at ON panel_session (minutes_due_at);

CREATE INDEX ix_panel_session_round_id ON panel_session (round_id);

CREATE TABLE panel_item (
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    session_id UUID NOT NULL,
    submission_id UUID NOT NULL,
    position INTEGER NOT NULL,
    state VARCHAR(40) NOT NULL CONSTRAINT ck_panel_item_state CHECK (state IN ('waiting', 'clearing', 'discussing', 'decided', 'undecided')),
    outcome VARCHAR(40) NOT NULL,
    minutes VARCHAR(10000) NOT NULL,
    seen_by UUID,
    CONSTRAINT pk_panel_item PRIMARY KEY (id),
    CONSTRAINT uq_panel_item_session_id_submission_id UNIQUE (session_id, submission_id),
    CONSTRAINT fk_panel_item_session_id FOREIGN KEY(session_id) REFERENCES panel_session (id) ON DELETE CASCADE,
    CONSTRAINT fk_panel_item_submission_id FOREIGN KEY(submission_id) REFERENCES review_submission (id),
    CONSTRAINT fk_panel_item_seen_by FOREIGN KEY(seen_by) REFERENCES account (id)
);

CREATE UNIQUE INDEX ix_panel_item_called ON panel_item (session_id) WHERE state IN ('clearing', 'discussing');

CREATE INDEX ix_panel_item_submission_id ON panel_item (submission_id);

CREATE TABLE panel_member (
    id UUID NOT NULL,
    session_id UUID NOT NULL,
    account_id UUID NOT NULL,
    role VARCHAR(40) NOT NULL CONSTRAINT ck_panel_member_role CHECK (role IN ('chair', 'member', 'secretary')),
    arrived_at TIMESTAMP WITH TIME ZONE,
    left_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_panel_member PRIMARY KEY (id),
    CONSTRAINT uq_panel_member_session_id_account_id UNIQUE (session_id, account_id),
    CONSTRAINT fk_panel_member_session_id FOREIGN KEY(session_id) REFERENCES panel_session (id) ON DELETE CASCADE,
    CONSTRAINT fk_panel_member_account_id FOREIGN KEY(account_id) REFERENCES account (id)
);

CREATE INDEX ix_panel_member_account_id ON panel_member (account_id);

CREATE TABLE panel_absence (
    item_id UUID NOT NULL,
    account_id UUID NOT NULL,
    out_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_panel_absence PRIMARY KEY (item_id, account_id),
    CONSTRAINT fk_panel_absence_item_id FOREIGN KEY(item_id) REFERENCES panel_item (id) ON DELETE CASCADE,
    CONSTRAINT fk_panel_absence_account_id FOREIGN KEY(account_id) REFERENCES account (id)
);

CREATE INDEX ix_panel_absence_account_id ON panel_absence (account_id);

CREATE TABLE panel_motion (
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    item_id UUID NOT NULL,
    number INTEGER NOT NULL,
    outcome VARCHAR(40) NOT NULL,
    secret BOOLEAN NOT NULL,
    reason VARCHAR(2000) NOT NULL,
    state VARCHAR(40) NOT NULL CONSTRAINT ck_panel_motion_state CHECK (state IN ('open', 'carried', 'lost', 'void')),
    able INTEGER NOT NULL,
    deadline_at TIMESTAMP WITH TIME ZONE,
    closed_at TIMESTAMP WITH TIME ZONE,
    yes INTEGER NOT NULL,
    no INTEGER NOT NULL,
    abstain INTEGER NOT NULL,
    CONSTRAINT pk_panel_motion PRIMARY KEY (id),
    CONSTRAINT uq_panel_motion_id_secret UNIQUE (id, secret),
    CONSTRAINT fk_panel_motion_item_id FOREIGN KEY(item_id) REFERENCES panel_item (id) ON DELETE CASCADE
);

CREATE INDEX ix_panel_motion_due ON panel_motion (deadline_at) WHERE state = 'open';

CREATE INDEX ix_panel_motion_item_id ON panel_motion (item_id);

CREATE UNIQUE INDEX ix_panel_motion_open ON panel_motion (item_id) WHERE state = 'open';

CREATE TABLE panel_vote (
    id UUID NOT NULL,
    motion_id UUID NOT NULL,
    choice VARCHAR(40) NOT NULL CONSTRAINT ck_panel_vote_choice CHECK (choice IN ('yes', 'no', 'abstain')),
    CONSTRAINT pk_panel_vote PRIMARY KEY (id),
    CONSTRAINT fk_panel_vote_motion_id FOREIGN KEY(motion_id) REFERENCES panel_motion (id) ON DELETE CASCADE
);

CREATE INDEX ix_panel_vote_motion_id ON panel_vote (motion_id);

CREATE TABLE panel_voted (
    motion_id UUID NOT NULL,
    account_id UUID NOT NULL,
    secret BOOLEAN NOT NULL,
    choice VARCHAR(10),
    CONSTRAINT pk_panel_voted PRIMARY KEY (motion_id, account_id),
    CONSTRAINT fk_panel_voted_motion_id_secret FOREIGN KEY(motion_id, secret) REFERENCES panel_motion (id, secret) ON DELETE CASCADE,
    CONSTRAINT ck_panel_voted_secret CHECK (secret = (choice IS NULL)),
    CONSTRAINT ck_panel_voted_choice CHECK (choice IN ('yes', 'no', 'abstain')),
    CONSTRAINT fk_panel_voted_account_id FOREIGN KEY(account_id) REFERENCES account (id)
);

CREATE INDEX ix_panel_voted_account_id ON panel_voted (account_id);
