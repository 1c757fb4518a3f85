CREATE TABLE review_score_run (
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    round_id UUID NOT NULL,
    started_by UUID,
    state VARCHAR(40) NOT NULL CONSTRAINT ck_review_score_run_state CHECK (state IN ('queued', 'running', 'done', 'failed')),
    reason VARCHAR(300) NOT NULL,
    deadline_at TIMESTAMP WITH TIME ZONE,
    inputs VARCHAR(64) NOT NULL,
    seed INTEGER NOT NULL,
    result JSONB NOT NULL,
    CONSTRAINT pk_review_score_run PRIMARY KEY (id),
    CONSTRAINT fk_review_score_run_round_id FOREIGN KEY(round_id) REFERENCES review_round (id),
    CONSTRAINT fk_review_score_run_started_by FOREIGN KEY(started_by) REFERENCES account (id)
);

CREATE INDEX ix_review_score_run_deadline_at ON review_score_run (deadline_at);

CREATE INDEX ix_review_score_run_latest ON review_score_run (round_id, id);

CREATE UNIQUE INDEX ix_review_score_run_live ON review_score_run (round_id) WHERE state IN ('queued', 'running');
