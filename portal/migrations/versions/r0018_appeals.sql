CREATE TABLE review_appeal (
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    account_id UUID NOT NULL,
    state_reason VARCHAR(2000) NOT NULL,
    handled_by UUID,
    deadline_at TIMESTAMP WITH TIME ZONE,
    escalated BOOLEAN NOT NULL,
    round_id UUID NOT NULL,
    submission_id UUID NOT NULL,
    grounds JSONB NOT NULL,
    text VARCHAR(10000) NOT NULL,
    links JSONB NOT NULL,
    decided_at TIMESTAMP WITH TIME ZONE NOT NULL,
    state VARCHAR(40) NOT NULL CONSTRAINT ck_review_appeal_state CHECK (state IN ('filed', 'accepted', 'not_accepted', 'upheld', 'dismissed', 'withdrawn', 'expired')),
    CONSTRAINT pk_review_appeal PRIMARY KEY (id),
    CONSTRAINT fk_review_appeal_account_id FOREIGN KEY(account_id) REFERENCES account (id),
    CONSTRAINT fk_review_appeal_handled_by FOREIGN KEY(handled_by) REFERENCES account (id),
    CONSTRAINT fk_review_appeal_round_id FOREIGN KEY(round_id) REFERENCES review_round (id),
    CONSTRAINT fk_review_appeal_submission_id FOREIGN KEY(submission_id) REFERENCES review_submission (id)
);

CREATE INDEX ix_review_appeal_account_id ON review_appeal (account_id);

CREATE INDEX ix_review_appeal_deadline_at ON review_appeal (deadline_at);

CREATE INDEX ix_review_appeal_queue ON review_appeal (state, id);

CREATE INDEX ix_review_appeal_round_id ON review_appeal (round_id);

CREATE INDEX ix_review_appeal_submission_id ON review_appeal (submission_id);
