ALTER TABLE review_seat ADD COLUMN auto_submit BOOLEAN NOT NULL DEFAULT true;

CREATE TABLE review_rebuttal (
    id UUID NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    submission_id UUID NOT NULL, 
    account_id UUID NOT NULL, 
    text VARCHAR(10000) NOT NULL, 
    state VARCHAR(40) NOT NULL CONSTRAINT ck_review_rebuttal_state CHECK (state IN ('draft', 'submitted', 'lapsed')), 
    auto_submit BOOLEAN NOT NULL, 
    revision INTEGER NOT NULL, 
    saved_at TIMESTAMP WITH TIME ZONE, 
    submitted_at TIMESTAMP WITH TIME ZONE, 
    digest VARCHAR(64) NOT NULL, 
    CONSTRAINT pk_review_rebuttal PRIMARY KEY (id), 
    CONSTRAINT ck_review_rebuttal_revision CHECK (revision >= 0), 
    CONSTRAINT uq_review_rebuttal_submission_id UNIQUE (submission_id), 
    CONSTRAINT fk_review_rebuttal_submission_id FOREIGN KEY(submission_id) REFERENCES review_submission (id), 
    CONSTRAINT fk_review_rebuttal_account_id FOREIGN KEY(account_id) REFERENCES account (id)
);

CREATE INDEX ix_review_rebuttal_account_id ON review_rebuttal (account_id);

CREATE TABLE review_message (
    id UUID NOT NULL, 
    submission_id UUID NOT NULL, 
    number INTEGER NOT NULL, 
    seat_id UUID, 
    account_id UUID NOT NULL, 
    text VARCHAR(5000) NOT NULL, 
    at TIMESTAMP WITH TIME ZONE NOT NULL, 
    withdrawn_at TIMESTAMP WITH TIME ZONE, 
    moderated BOOLEAN NOT NULL, 
    withdrawn_reason VARCHAR(1000) NOT NULL, 
    CONSTRAINT pk_review_message PRIMARY KEY (id), 
    CONSTRAINT uq_review_message_submission_id_number UNIQUE (submission_id, number), 
    CONSTRAINT fk_review_message_submission_id FOREIGN KEY(submission_id) REFERENCES review_submission (id), 
    CONSTRAINT fk_review_message_seat_id FOREIGN KEY(seat_id) REFERENCES review_seat (id), 
    CONSTRAINT fk_review_message_account_id FOREIGN KEY(account_id) REFERENCES account (id)
);

CREATE INDEX ix_review_message_account_id ON review_message (account_id);

CREATE INDEX ix_review_message_seat_id ON review_message (seat_id);

CREATE TABLE review_version (
    id UUID NOT NULL, 
    seat_id UUID NOT NULL, 
    number INTEGER NOT NULL, 
    origin VARCHAR(40) NOT NULL CONSTRAINT ck_review_version_origin CHECK (origin IN ('hand', 'clock', 'revised')), 
    marks JSONB NOT NULL, 
    answers JSONB NOT NULL, 
    private_note VARCHAR(10000) NOT NULL, 
    confidence INTEGER, 
    score FLOAT NOT NULL, 
    vetoes JSONB NOT NULL, 
    reason VARCHAR(1000) NOT NULL, 
    digest VARCHAR(64) NOT NULL, 
    at TIMESTAMP WITH TIME ZONE NOT NULL, 
    CONSTRAINT pk_review_version PRIMARY KEY (id), 
    CONSTRAINT uq_review_version_seat_id_number UNIQUE (seat_id, number), 
    CONSTRAINT fk_review_version_seat_id FOREIGN KEY(seat_id) REFERENCES review_seat (id)
);
