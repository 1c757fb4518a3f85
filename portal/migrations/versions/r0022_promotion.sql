CREATE TABLE promotion_profile (
    id UUID NOT NULL,
    code VARCHAR(40) NOT NULL,
    number INTEGER NOT NULL,
    title_zh VARCHAR(200) NOT NULL,
    title_en VARCHAR(200) NOT NULL,
    source VARCHAR(500) NOT NULL,
    kinds JSONB NOT NULL,
    rules JSONB NOT NULL,
    effective_from DATE NOT NULL,
    reason VARCHAR(2000) NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by UUID,
    CONSTRAINT pk_promotion_profile PRIMARY KEY (id),
    CONSTRAINT uq_promotion_profile_code_number UNIQUE (code, number),
    CONSTRAINT fk_promotion_profile_created_by FOREIGN KEY(created_by) REFERENCES account (id)
);

CREATE TABLE promotion (
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    version_id UUID NOT NULL,
    asset_id UUID NOT NULL,
    version_digest VARCHAR(64) NOT NULL,
    profile_id UUID NOT NULL,
    nominated_by UUID NOT NULL,
    reasons VARCHAR(5000) NOT NULL,
    stage VARCHAR(40) NOT NULL CONSTRAINT ck_promotion_stage CHECK (stage IN ('nominated', 'qualified', 'reviewed', 'pilot', 'pilot_assessed', 'regional', 'notice', 'national', 'suspended', 'retired', 'rolled_back', 'withdrawn', 'lapsed')),
    stage_reason VARCHAR(2000) NOT NULL,
    stage_at TIMESTAMP WITH TIME ZONE NOT NULL,
    deadline_at TIMESTAMP WITH TIME ZONE NOT NULL,
    step INTEGER NOT NULL,
    before_suspended VARCHAR(20) NOT NULL,
    demo BOOLEAN NOT NULL,
    CONSTRAINT pk_promotion PRIMARY KEY (id),
    CONSTRAINT fk_promotion_version_id FOREIGN KEY(version_id) REFERENCES version (id),
    CONSTRAINT fk_promotion_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id),
    CONSTRAINT fk_promotion_profile_id FOREIGN KEY(profile_id) REFERENCES promotion_profile (id),
    CONSTRAINT fk_promotion_nominated_by FOREIGN KEY(nominated_by) REFERENCES account (id)
);
CREATE INDEX ix_promotion_asset_id ON promotion (asset_id);
CREATE INDEX ix_promotion_deadline_at ON promotion (deadline_at);
CREATE INDEX ix_promotion_list ON promotion (stage_at DESC, id DESC);
CREATE INDEX ix_promotion_nominated_by ON promotion (nominated_by);
CREATE INDEX ix_promotion_profile_id ON promotion (profile_id);
CREATE INDEX ix_promotion_queue ON promotion (stage, deadline_at, id);
CREATE INDEX ix_promotion_version_id ON promotion (version_id);
CREATE UNIQUE INDEX uq_promotion_live ON promotion (version_id) WHERE stage NOT IN ('retired', 'rolled_back', 'withdrawn', 'lapsed');

CREATE TABLE promotion_site (
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    promotion_id UUID NOT NULL,
    node VARCHAR(200) NOT NULL,
    division VARCHAR(6) NOT NULL,
    from_on DATE NOT NULL,
    to_on DATE NOT NULL,
    added_by UUID NOT NULL,
    assessed_at TIMESTAMP WITH TIME ZONE,
    assessed_by UUID,
    use VARCHAR(5000) NOT NULL,
    effect VARCHAR(5000) NOT NULL,
    incidents VARCHAR(5000) NOT NULL,
    verdict VARCHAR(20) NOT NULL,
    filename VARCHAR(120) NOT NULL,
    sha256 VARCHAR(64),
    CONSTRAINT pk_promotion_site PRIMARY KEY (id),
    CONSTRAINT uq_promotion_site_promotion_id_node_from_on UNIQUE (promotion_id, node, from_on),
    CONSTRAINT fk_promotion_site_promotion_id FOREIGN KEY(promotion_id) REFERENCES promotion (id),
    CONSTRAINT fk_promotion_site_added_by FOREIGN KEY(added_by) REFERENCES account (id),
    CONSTRAINT fk_promotion_site_assessed_by FOREIGN KEY(assessed_by) REFERENCES account (id),
    CONSTRAINT fk_promotion_site_sha256 FOREIGN KEY(sha256) REFERENCES blob (sha256)
);
CREATE INDEX ix_promotion_site_added_by ON promotion_site (added_by);
CREATE INDEX ix_promotion_site_assessed_by ON promotion_site (assessed_by);
CREATE INDEX ix_promotion_site_sha256 ON promotion_site (sha256);

CREATE TABLE promotion_step (
    id UUID NOT NULL,
    promotion_id UUID NOT NULL,
    number INTEGER NOT NULL,
    from_stage VARCHAR(20) NOT NULL,
    stage VARCHAR(40) NOT NULL CONSTRAINT ck_promotion_step_stage CHECK (stage IN ('nominated', 'qualified', 'reviewed', 'pilot', 'pilot_assessed', 'regional', 'notice', 'national', 'suspended', 'retired', 'rolled_back', 'withdrawn', 'lapsed')),
    actor_id UUID,
    who VARCHAR(40) NOT NULL,
    reason VARCHAR(2000) NOT NULL,
    gates JSONB NOT NULL,
    override JSONB NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_promotion_step PRIMARY KEY (id),
    CONSTRAINT uq_promotion_step_promotion_id_number UNIQUE (promotion_id, number),
    CONSTRAINT fk_promotion_step_promotion_id FOREIGN KEY(promotion_id) REFERENCES promotion (id),
    CONSTRAINT fk_promotion_step_actor_id FOREIGN KEY(actor_id) REFERENCES account (id)
);
CREATE INDEX ix_promotion_step_actor_id ON promotion_step (actor_id);

CREATE TABLE promotion_vote (
    id UUID NOT NULL,
    promotion_id UUID NOT NULL,
    step INTEGER NOT NULL,
    account_id UUID NOT NULL,
    in_favour BOOLEAN NOT NULL,
    reason VARCHAR(2000) NOT NULL,
    unmet JSONB NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_promotion_vote PRIMARY KEY (id),
    CONSTRAINT uq_promotion_vote_promotion_id_step_account_id UNIQUE (promotion_id, step, account_id),
    CONSTRAINT fk_promotion_vote_promotion_id FOREIGN KEY(promotion_id) REFERENCES promotion (id),
    CONSTRAINT fk_promotion_vote_account_id FOREIGN KEY(account_id) REFERENCES account (id)
);
CREATE INDEX ix_promotion_vote_account_id ON promotion_vote (account_id);

-- The log of stages and the committee's votes are only ever added to.
CREATE TRIGGER promotion_step_append_only BEFORE UPDATE OR DELETE ON promotion_step
    FOR EACH ROW EXECUTE FUNCTION cspon_refuse_change();

CREATE TRIGGER promotion_vote_append_only BEFORE UPDATE OR DELETE ON promotion_vote
    FOR EACH ROW EXECUTE FUNCTION cspon_refuse_change();
