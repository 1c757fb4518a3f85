CREATE TABLE trial (
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    version_id UUID NOT NULL,
    asked_by UUID NOT NULL,
    state VARCHAR(40) NOT NULL CONSTRAINT ck_trial_state CHECK (state IN ('queued', 'running', 'done', 'failed', 'broken', 'cancelled')),
    interface JSONB NOT NULL,
    parameters JSONB NOT NULL,
    inputs JSONB NOT NULL,
    features JSONB NOT NULL,
    sampled BOOLEAN NOT NULL,
    outputs JSONB NOT NULL,
    files JSONB NOT NULL,
    parts JSONB NOT NULL,
    deadline_at TIMESTAMP WITH TIME ZONE NOT NULL,
    attempt_count INTEGER NOT NULL,
    lease_token UUID,
    lease_expires_at TIMESTAMP WITH TIME ZONE,
    worker VARCHAR(120) NOT NULL,
    sandbox_grade VARCHAR(10) NOT NULL,
    failure_code VARCHAR(60) NOT NULL,
    failure_params JSONB NOT NULL,
    log_tail VARCHAR(4000) NOT NULL,
    seconds FLOAT NOT NULL,
    finished_at TIMESTAMP WITH TIME ZONE,
    emptied_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_trial PRIMARY KEY (id),
    CONSTRAINT fk_trial_version_id FOREIGN KEY(version_id) REFERENCES version (id) ON DELETE CASCADE,
    CONSTRAINT fk_trial_asked_by FOREIGN KEY(asked_by) REFERENCES account (id)
);

CREATE INDEX ix_trial_asked_by ON trial (asked_by);

CREATE INDEX ix_trial_created_at ON trial (created_at);

CREATE INDEX ix_trial_deadline_at ON trial (deadline_at);

CREATE INDEX ix_trial_version_id ON trial (version_id);

CREATE UNIQUE INDEX uq_trial_live ON trial (asked_by) WHERE state IN ('queued', 'running');

CREATE TABLE trial_day (
    version_id UUID NOT NULL,
    day DATE NOT NULL,
    n INTEGER NOT NULL,
    CONSTRAINT pk_trial_day PRIMARY KEY (version_id, day),
    CONSTRAINT fk_trial_day_version_id FOREIGN KEY(version_id) REFERENCES version (id) ON DELETE CASCADE
);
