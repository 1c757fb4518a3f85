CREATE TABLE review_conclusion (
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    submission_id UUID NOT NULL,
    basis VARCHAR(40) NOT NULL CONSTRAINT ck_review_conclusion_basis CHECK (basis IN ('panel', 'group', 'none')),
    suggested VARCHAR(40) NOT NULL,
    deviates BOOLEAN NOT NULL,
    set_by UUID,
    CONSTRAINT pk_review_conclusion PRIMARY KEY (id),
    CONSTRAINT uq_review_conclusion_submission_id UNIQUE (submission_id),
    CONSTRAINT fk_review_conclusion_submission_id FOREIGN KEY(submission_id) REFERENCES review_submission (id),
    CONSTRAINT fk_review_conclusion_set_by FOREIGN KEY(set_by) REFERENCES account (id)
);

CREATE TABLE review_letter (
    id UUID NOT NULL,
    round_id UUID NOT NULL,
    submission_id UUID NOT NULL,
    decided_at TIMESTAMP WITH TIME ZONE NOT NULL,
    outcome VARCHAR(40) NOT NULL,
    text_zh VARCHAR(20000) NOT NULL,
    text_en VARCHAR(20000) NOT NULL,
    digest VARCHAR(64) NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_review_letter PRIMARY KEY (id),
    CONSTRAINT uq_review_letter_submission_id_decided_at UNIQUE (submission_id, decided_at),
    CONSTRAINT fk_review_letter_round_id FOREIGN KEY(round_id) REFERENCES review_round (id),
    CONSTRAINT fk_review_letter_submission_id FOREIGN KEY(submission_id) REFERENCES review_submission (id)
);

CREATE INDEX ix_review_letter_round_id ON review_letter (round_id);
