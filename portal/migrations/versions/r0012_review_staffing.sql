CREATE TABLE review_staffing_run (
    id UUID NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    round_id UUID NOT NULL, 
    kind VARCHAR(40) NOT NULL CONSTRAINT ck_review_staffing_run_kind CHECK (kind IN ('assignment', 'lot', 'replacement')), 
    state VARCHAR(40) NOT NULL CONSTRAINT ck_review_staffing_run_state CHECK (state IN ('committed', 'queued', 'running', 'sealed', 'done', 'failed', 'adopted', 'cancelled')), 
    state_reason VARCHAR(2000) NOT NULL, 
    state_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    deadline_at TIMESTAMP WITH TIME ZONE, 
    created_by UUID NOT NULL, 
    attempt INTEGER NOT NULL, 
    stage VARCHAR(60) NOT NULL, 
    seed VARCHAR(256) NOT NULL, 
    commitment VARCHAR(64) NOT NULL, 
    committed_at TIMESTAMP WITH TIME ZONE, 
    seal VARCHAR(64) NOT NULL, 
    sealed_at TIMESTAMP WITH TIME ZONE, 
    drawn_at TIMESTAMP WITH TIME ZONE, 
    revealed_at TIMESTAMP WITH TIME ZONE, 
    people JSONB NOT NULL, 
    inputs JSONB NOT NULL, 
    problem JSONB NOT NULL, 
    result JSONB NOT NULL, 
    record JSONB NOT NULL, 
    hand JSONB NOT NULL, 
    adopted_by UUID, 
    adopted_at TIMESTAMP WITH TIME ZONE, 
    CONSTRAINT pk_review_staffing_run PRIMARY KEY (id), 
    CONSTRAINT fk_review_staffing_run_round_id FOREIGN KEY(round_id) REFERENCES review_round (id), 
    CONSTRAINT fk_review_staffing_run_created_by FOREIGN KEY(created_by) REFERENCES account (id), 
    CONSTRAINT fk_review_staffing_run_adopted_by FOREIGN KEY(adopted_by) REFERENCES account (id)
);

CREATE INDEX ix_review_staffing_run_due ON review_staffing_run (state, deadline_at);

CREATE INDEX ix_review_staffing_run_round_id ON review_staffing_run (round_id);

CREATE UNIQUE INDEX uq_review_staffing_run_open ON review_staffing_run (round_id) WHERE state NOT IN ('adopted', 'cancelled');

CREATE TABLE review_conflict (
    id UUID NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    round_id UUID NOT NULL, 
    submission_id UUID NOT NULL, 
    account_id UUID NOT NULL, 
    ground VARCHAR(40) NOT NULL CONSTRAINT ck_review_conflict_ground CHECK (ground IN ('same_person', 'namesake', 'same_organisation', 'former_organisation', 'honorary', 'organisation_tree', 'distant_organisation', 'sibling_organisation', 'same_city', 'former_colleague', 'applicant', 'kin', 'adviser', 'co_author', 'co_project', 'lineage', 'declared', 'excluded', 'excluded_name', 'reviewed_before', 'pledge_refused')), 
    weight VARCHAR(40) NOT NULL CONSTRAINT ck_review_conflict_weight CHECK (weight IN ('hard', 'soft')), 
    facts JSONB NOT NULL, 
    shown JSONB NOT NULL, 
    fingerprint VARCHAR(64) NOT NULL, 
    concerned VARCHAR(64) NOT NULL, 
    verdict VARCHAR(40) NOT NULL CONSTRAINT ck_review_conflict_verdict CHECK (verdict IN ('open', 'confirmed', 'dismissed')), 
    reason VARCHAR(2000) NOT NULL, 
    decided_by UUID, 
    decided_at TIMESTAMP WITH TIME ZONE, 
    remembered BOOLEAN NOT NULL, 
    gone_at TIMESTAMP WITH TIME ZONE, 
    CONSTRAINT pk_review_conflict PRIMARY KEY (id), 
    CONSTRAINT uq_review_conflict_submission_id_account_id_fingerprint UNIQUE (submission_id, account_id, fingerprint), 
    CONSTRAINT ck_review_conflict_decided CHECK ((verdict = 'open') = (decided_at IS NULL)), 
    CONSTRAINT fk_review_conflict_round_id FOREIGN KEY(round_id) REFERENCES review_round (id), 
    CONSTRAINT fk_review_conflict_submission_id FOREIGN KEY(submission_id) REFERENCES review_submission (id), 
    CONSTRAINT fk_review_conflict_account_id FOREIGN KEY(account_id) REFERENCES account (id), 
    CONSTRAINT fk_review_conflict_decided_by FOREIGN KEY(decided_by) REFERENCES account (id)
);

CREATE INDEX ix_review_conflict_decided ON review_conflict (account_id) WHERE verdict <> 'open';

CREATE INDEX ix_review_conflict_round_id ON review_conflict (round_id);
