CREATE TABLE review_template (
    id UUID NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    key VARCHAR(60) NOT NULL, 
    title_zh VARCHAR(200) NOT NULL, 
    title_en VARCHAR(200) NOT NULL, 
    source VARCHAR(500) NOT NULL, 
    shape JSONB NOT NULL, 
    active BOOLEAN NOT NULL, 
    demo BOOLEAN NOT NULL, 
    CONSTRAINT pk_review_template PRIMARY KEY (id), 
    CONSTRAINT uq_review_template_key UNIQUE (key)
);

CREATE TABLE review_round (
    id UUID NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    title_zh VARCHAR(200) NOT NULL, 
    title_en VARCHAR(200) NOT NULL, 
    summary_zh VARCHAR(5000) NOT NULL, 
    summary_en VARCHAR(5000) NOT NULL, 
    subject_kind VARCHAR(40) NOT NULL, 
    subject_id UUID, 
    created_by UUID NOT NULL, 
    template VARCHAR(60) NOT NULL, 
    shape JSONB NOT NULL, 
    shape_digest VARCHAR(64), 
    state VARCHAR(40) NOT NULL CONSTRAINT ck_review_round_state CHECK (state IN ('draft', 'inviting', 'open', 'closed', 'concluded', 'cancelled', 'lapsed')), 
    phase VARCHAR(40) NOT NULL CONSTRAINT ck_review_round_phase CHECK (phase IN ('preparation', 'invitation', 'review', 'rebuttal', 'discussion', 'panel', 'conclusion', 'over')), 
    state_reason VARCHAR(2000) NOT NULL, 
    state_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    deadline_at TIMESTAMP WITH TIME ZONE, 
    review_until TIMESTAMP WITH TIME ZONE, 
    public BOOLEAN NOT NULL, 
    demo BOOLEAN NOT NULL, 
    CONSTRAINT pk_review_round PRIMARY KEY (id), 
    CONSTRAINT fk_review_round_created_by FOREIGN KEY(created_by) REFERENCES account (id)
);

CREATE INDEX ix_review_round_created_by ON review_round (created_by);

CREATE INDEX ix_review_round_due ON review_round (state, deadline_at, id);

CREATE INDEX ix_review_round_subject ON review_round (subject_kind, subject_id);

CREATE TABLE review_invitation (
    id UUID NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    round_id UUID NOT NULL, 
    account_id UUID NOT NULL, 
    panel VARCHAR(60) NOT NULL, 
    state VARCHAR(40) NOT NULL CONSTRAINT ck_review_invitation_state CHECK (state IN ('planned', 'sent', 'accepted', 'declined', 'expired', 'withdrawn')), 
    token_digest VARCHAR(64), 
    sent_at TIMESTAMP WITH TIME ZONE, 
    deadline_at TIMESTAMP WITH TIME ZONE, 
    reminders INTEGER NOT NULL, 
    answered_at TIMESTAMP WITH TIME ZONE, 
    pledged_at TIMESTAMP WITH TIME ZONE, 
    reason VARCHAR(1000) NOT NULL, 
    most INTEGER NOT NULL, 
    CONSTRAINT pk_review_invitation PRIMARY KEY (id), 
    CONSTRAINT uq_review_invitation_round_id_account_id UNIQUE (round_id, account_id), 
    CONSTRAINT fk_review_invitation_round_id FOREIGN KEY(round_id) REFERENCES review_round (id), 
    CONSTRAINT fk_review_invitation_account_id FOREIGN KEY(account_id) REFERENCES account (id), 
    CONSTRAINT uq_review_invitation_token_digest UNIQUE (token_digest)
);

CREATE INDEX ix_review_invitation_account_id ON review_invitation (account_id);

CREATE INDEX ix_review_invitation_deadline_at ON review_invitation (deadline_at);

CREATE TABLE review_submission (
    id UUID NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    round_id UUID NOT NULL, 
    number INTEGER NOT NULL, 
    subject_kind VARCHAR(40) NOT NULL, 
    subject_id UUID, 
    title VARCHAR(300) NOT NULL, 
    text VARCHAR(60000) NOT NULL, 
    panel VARCHAR(60) NOT NULL, 
    disciplines JSONB NOT NULL, 
    keywords JSONB NOT NULL, 
    evidence JSONB NOT NULL, 
    digest VARCHAR(64) NOT NULL, 
    state VARCHAR(40) NOT NULL CONSTRAINT ck_review_submission_state CHECK (state IN ('entered', 'withdrawn', 'decided')), 
    state_reason VARCHAR(2000) NOT NULL, 
    outcome VARCHAR(40) NOT NULL, 
    outcome_reason VARCHAR(5000) NOT NULL, 
    decided_at TIMESTAMP WITH TIME ZONE, 
    entered_by UUID, 
    demo BOOLEAN NOT NULL, 
    CONSTRAINT pk_review_submission PRIMARY KEY (id), 
    CONSTRAINT uq_review_submission_round_id_number UNIQUE (round_id, number), 
    CONSTRAINT fk_review_submission_round_id FOREIGN KEY(round_id) REFERENCES review_round (id), 
    CONSTRAINT fk_review_submission_entered_by FOREIGN KEY(entered_by) REFERENCES account (id)
);

CREATE INDEX ix_review_submission_round_id ON review_submission (round_id);

CREATE INDEX ix_review_submission_subject_id ON review_submission (subject_id);

CREATE TABLE review_exclusion (
    id UUID NOT NULL, 
    submission_id UUID NOT NULL, 
    account_id UUID, 
    name VARCHAR(100) NOT NULL, 
    organisation_id UUID, 
    organisation_name VARCHAR(200) NOT NULL, 
    reason VARCHAR(1000) NOT NULL, 
    CONSTRAINT pk_review_exclusion PRIMARY KEY (id), 
    CONSTRAINT ck_review_exclusion_somebody CHECK (account_id IS NOT NULL OR organisation_id IS NOT NULL OR name <> '' OR organisation_name <> ''), 
    CONSTRAINT fk_review_exclusion_submission_id FOREIGN KEY(submission_id) REFERENCES review_submission (id) ON DELETE CASCADE, 
    CONSTRAINT fk_review_exclusion_account_id FOREIGN KEY(account_id) REFERENCES account (id), 
    CONSTRAINT fk_review_exclusion_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id)
);

CREATE INDEX ix_review_exclusion_account_id ON review_exclusion (account_id);

CREATE INDEX ix_review_exclusion_organisation_id ON review_exclusion (organisation_id);

CREATE INDEX ix_review_exclusion_submission_id ON review_exclusion (submission_id);

CREATE TABLE review_seat (
    id UUID NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    round_id UUID NOT NULL, 
    submission_id UUID NOT NULL, 
    account_id UUID NOT NULL, 
    alias INTEGER NOT NULL, 
    state VARCHAR(40) NOT NULL CONSTRAINT ck_review_seat_state CHECK (state IN ('planned', 'invited', 'accepted', 'draft', 'submitted', 'returned', 'locked', 'declined', 'recused', 'expired', 'replaced')), 
    state_reason VARCHAR(2000) NOT NULL, 
    state_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    deadline_at TIMESTAMP WITH TIME ZONE, 
    reminders INTEGER NOT NULL, 
    origin VARCHAR(40) NOT NULL CONSTRAINT ck_review_seat_origin CHECK (origin IN ('assigned', 'drawn', 'replacement', 'hand')), 
    affinity FLOAT, 
    marks JSONB NOT NULL, 
    answers JSONB NOT NULL, 
    private_note VARCHAR(10000) NOT NULL, 
    confidence INTEGER, 
    score FLOAT, 
    vetoes JSONB NOT NULL, 
    revision INTEGER NOT NULL, 
    saved_at TIMESTAMP WITH TIME ZONE, 
    submitted_at TIMESTAMP WITH TIME ZONE, 
    digest VARCHAR(64) NOT NULL, 
    CONSTRAINT pk_review_seat PRIMARY KEY (id), 
    CONSTRAINT uq_review_seat_submission_id_account_id UNIQUE (submission_id, account_id), 
    CONSTRAINT uq_review_seat_submission_id_alias UNIQUE (submission_id, alias), 
    CONSTRAINT ck_review_seat_alias CHECK (alias BETWEEN 1 AND 99), 
    CONSTRAINT ck_review_seat_score CHECK (score IS NULL OR score BETWEEN 0 AND 100), 
    CONSTRAINT fk_review_seat_round_id FOREIGN KEY(round_id) REFERENCES review_round (id), 
    CONSTRAINT fk_review_seat_submission_id FOREIGN KEY(submission_id) REFERENCES review_submission (id), 
    CONSTRAINT fk_review_seat_account_id FOREIGN KEY(account_id) REFERENCES account (id)
);

CREATE INDEX ix_review_seat_due ON review_seat (deadline_at) WHERE state IN ('invited', 'accepted', 'draft', 'returned');

CREATE INDEX ix_review_seat_queue ON review_seat (account_id, state, deadline_at);

CREATE INDEX ix_review_seat_round_id ON review_seat (round_id);

CREATE TABLE review_submission_person (
    id UUID NOT NULL, 
    submission_id UUID NOT NULL, 
    account_id UUID, 
    name VARCHAR(100) NOT NULL, 
    orcid VARCHAR(19) NOT NULL, 
    organisation_id UUID, 
    organisation_name VARCHAR(200) NOT NULL, 
    credit_code VARCHAR(18) NOT NULL, 
    lead BOOLEAN NOT NULL, 
    CONSTRAINT pk_review_submission_person PRIMARY KEY (id), 
    CONSTRAINT uq_review_submission_person_submission_id_account_id UNIQUE (submission_id, account_id), 
    CONSTRAINT ck_review_submission_person_somebody CHECK (account_id IS NOT NULL OR name <> ''), 
    CONSTRAINT fk_review_submission_person_submission_id FOREIGN KEY(submission_id) REFERENCES review_submission (id) ON DELETE CASCADE, 
    CONSTRAINT fk_review_submission_person_account_id FOREIGN KEY(account_id) REFERENCES account (id), 
    CONSTRAINT fk_review_submission_person_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id)
);

CREATE INDEX ix_review_submission_person_account_id ON review_submission_person (account_id);

CREATE INDEX ix_review_submission_person_organisation_id ON review_submission_person (organisation_id);

CREATE INDEX ix_review_submission_person_submission_id ON review_submission_person (submission_id);
