CREATE TABLE review_approach (
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    account_id UUID NOT NULL,
    state_reason VARCHAR(2000) NOT NULL,
    handled_by UUID,
    deadline_at TIMESTAMP WITH TIME ZONE,
    escalated BOOLEAN NOT NULL,
    round_id UUID NOT NULL,
    submission_id UUID,
    who VARCHAR(200) NOT NULL,
    channel VARCHAR(40) NOT NULL CONSTRAINT ck_review_approach_channel CHECK (channel IN ('spoken', 'phone', 'message', 'mail', 'favour', 'other')),
    happened DATE NOT NULL,
    text VARCHAR(5000) NOT NULL,
    about_secretariat BOOLEAN NOT NULL,
    state VARCHAR(40) NOT NULL CONSTRAINT ck_review_approach_state CHECK (state IN ('filed', 'examining', 'upheld', 'not_upheld', 'expired')),
    CONSTRAINT pk_review_approach PRIMARY KEY (id),
    CONSTRAINT fk_review_approach_account_id FOREIGN KEY(account_id) REFERENCES account (id),
    CONSTRAINT fk_review_approach_handled_by FOREIGN KEY(handled_by) REFERENCES account (id),
    CONSTRAINT fk_review_approach_round_id FOREIGN KEY(round_id) REFERENCES review_round (id),
    CONSTRAINT fk_review_approach_submission_id FOREIGN KEY(submission_id) REFERENCES review_submission (id)
);

CREATE INDEX ix_review_approach_account_id ON review_approach (account_id);

CREATE INDEX ix_review_approach_deadline_at ON review_approach (deadline_at);

CREATE INDEX ix_review_approach_round ON review_approach (round_id, id);

CREATE TABLE review_name_view (
    id UUID NOT NULL,
    round_id UUID NOT NULL,
    account_id UUID NOT NULL,
    actor_name VARCHAR(200) NOT NULL,
    door VARCHAR(80) NOT NULL,
    submission_id UUID,
    minute TIMESTAMP WITH TIME ZONE NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_review_name_view PRIMARY KEY (id),
    CONSTRAINT fk_review_name_view_round_id FOREIGN KEY(round_id) REFERENCES review_round (id),
    CONSTRAINT fk_review_name_view_account_id FOREIGN KEY(account_id) REFERENCES account (id),
    CONSTRAINT fk_review_name_view_submission_id FOREIGN KEY(submission_id) REFERENCES review_submission (id)
);

CREATE UNIQUE INDEX uq_review_name_view_once ON review_name_view (round_id, account_id, door, submission_id, minute) NULLS NOT DISTINCT;

CREATE TRIGGER review_name_view_append_only BEFORE UPDATE OR DELETE ON review_name_view
    FOR EACH ROW EXECUTE FUNCTION cspon_refuse_change();
CREATE TRIGGER review_name_view_no_truncate BEFORE TRUNCATE ON review_name_view
    FOR EACH STATEMENT EXECUTE FUNCTION cspon_refuse_change();
