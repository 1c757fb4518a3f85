CREATE TABLE review_calibration (
    id UUID NOT NULL,
    round_id UUID NOT NULL,
    account_id UUID NOT NULL,
    told JSONB NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_review_calibration PRIMARY KEY (id),
    CONSTRAINT uq_review_calibration_round_id_account_id UNIQUE (round_id, account_id),
    CONSTRAINT fk_review_calibration_round_id FOREIGN KEY(round_id) REFERENCES review_round (id),
    CONSTRAINT fk_review_calibration_account_id FOREIGN KEY(account_id) REFERENCES account (id)
);

CREATE INDEX ix_review_calibration_account_id ON review_calibration (account_id);
