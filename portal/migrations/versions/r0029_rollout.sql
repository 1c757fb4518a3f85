CREATE TABLE rollout_node (
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    organisation_id UUID NOT NULL,
    name VARCHAR(120) NOT NULL,
    division VARCHAR(6) NOT NULL,
    public_key VARCHAR(200) NOT NULL,
    key_id VARCHAR(64) NOT NULL,
    state VARCHAR(40) NOT NULL CONSTRAINT ck_rollout_node_state CHECK (state IN ('registered', 'confirmed', 'suspended', 'closed')),
    state_reason VARCHAR(2000) NOT NULL,
    state_at TIMESTAMP WITH TIME ZONE NOT NULL,
    deadline_at TIMESTAMP WITH TIME ZONE NOT NULL,
    registered_by UUID NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE,
    demo BOOLEAN NOT NULL,
    CONSTRAINT pk_rollout_node PRIMARY KEY (id),
    CONSTRAINT uq_rollout_node_organisation_id_name UNIQUE (organisation_id, name),
    CONSTRAINT fk_rollout_node_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id),
    CONSTRAINT uq_rollout_node_public_key UNIQUE (public_key),
    CONSTRAINT uq_rollout_node_key_id UNIQUE (key_id),
    CONSTRAINT fk_rollout_node_registered_by FOREIGN KEY(registered_by) REFERENCES account (id)
);
CREATE INDEX ix_rollout_node_deadline_at ON rollout_node (deadline_at);
CREATE INDEX ix_rollout_node_list ON rollout_node (state, name, id);
CREATE INDEX ix_rollout_node_organisation_id ON rollout_node (organisation_id);
CREATE INDEX ix_rollout_node_registered_by ON rollout_node (registered_by);

CREATE TABLE rollout_token (
    id UUID NOT NULL,
    node_id UUID NOT NULL,
    secret_digest VARCHAR(64) NOT NULL,
    hint VARCHAR(4) NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    revoked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_rollout_token PRIMARY KEY (id),
    CONSTRAINT fk_rollout_token_node_id FOREIGN KEY(node_id) REFERENCES rollout_node (id),
    CONSTRAINT uq_rollout_token_secret_digest UNIQUE (secret_digest)
);
CREATE INDEX ix_rollout_token_node_id ON rollout_token (node_id);

CREATE TABLE rollout_bundle (
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    version_id UUID NOT NULL,
    asset_id UUID NOT NULL,
    promotion_id UUID NOT NULL,
    channel VARCHAR(40) NOT NULL CONSTRAINT ck_rollout_bundle_channel CHECK (channel IN ('pilot', 'regional', 'national')),
    sequence BIGINT NOT NULL,
    stage VARCHAR(20) NOT NULL,
    step INTEGER NOT NULL,
    state VARCHAR(40) NOT NULL CONSTRAINT ck_rollout_bundle_state CHECK (state IN ('building', 'signing', 'ready', 'replaced', 'failed', 'withdrawn')),
    state_reason VARCHAR(2000) NOT NULL,
    state_at TIMESTAMP WITH TIME ZONE NOT NULL,
    deadline_at TIMESTAMP WITH TIME ZONE NOT NULL,
    parts JSONB NOT NULL,
    manifest_sha256 VARCHAR(64),
    sha256 VARCHAR(64),
    size BIGINT NOT NULL,
    packed_at TIMESTAMP WITH TIME ZONE,
    ordered_by UUID,
    CONSTRAINT pk_rollout_bundle PRIMARY KEY (id),
    CONSTRAINT fk_rollout_bundle_version_id FOREIGN KEY(version_id) REFERENCES version (id),
    CONSTRAINT fk_rollout_bundle_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id),
    CONSTRAINT fk_rollout_bundle_promotion_id FOREIGN KEY(promotion_id) REFERENCES promotion (id),
    CONSTRAINT uq_rollout_bundle_sequence UNIQUE (sequence),
    CONSTRAINT fk_rollout_bundle_manifest_sha256 FOREIGN KEY(manifest_sha256) REFERENCES blob (sha256),
    CONSTRAINT fk_rollout_bundle_sha256 FOREIGN KEY(sha256) REFERENCES blob (sha256),
    CONSTRAINT fk_rollout_bundle_ordered_by FOREIGN KEY(ordered_by) REFERENCES account (id)
);
CREATE INDEX ix_rollout_bundle_asset_id ON rollout_bundle (asset_id);
CREATE INDEX ix_rollout_bundle_clock ON rollout_bundle (state, deadline_at, id);
CREATE INDEX ix_rollout_bundle_offer ON rollout_bundle (channel, state, sequence DESC);
CREATE INDEX ix_rollout_bundle_promotion_id ON rollout_bundle (promotion_id);
CREATE INDEX ix_rollout_bundle_version_id ON rollout_bundle (version_id);
CREATE UNIQUE INDEX uq_rollout_bundle_live ON rollout_bundle (version_id, channel) WHERE state IN ('building', 'signing', 'ready');

CREATE TABLE rollout_receipt (
    id UUID NOT NULL,
    node_id UUID NOT NULL,
    number BIGINT NOT NULL,
    version_id UUID NOT NULL,
    bundle_id UUID,
    event VARCHAR(40) NOT NULL CONSTRAINT ck_rollout_receipt_event CHECK (event IN ('installed', 'ran', 'removed', 'refused')),
    outcome VARCHAR(60) NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    digest VARCHAR(64) NOT NULL,
    envelope JSONB NOT NULL,
    facts JSONB NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    received_by UUID,
    CONSTRAINT pk_rollout_receipt PRIMARY KEY (id),
    CONSTRAINT uq_rollout_receipt_node_id_number UNIQUE (node_id, number),
    CONSTRAINT fk_rollout_receipt_node_id FOREIGN KEY(node_id) REFERENCES rollout_node (id),
    CONSTRAINT fk_rollout_receipt_version_id FOREIGN KEY(version_id) REFERENCES version (id),
    CONSTRAINT fk_rollout_receipt_bundle_id FOREIGN KEY(bundle_id) REFERENCES rollout_bundle (id),
    CONSTRAINT uq_rollout_receipt_digest UNIQUE (digest),
    CONSTRAINT fk_rollout_receipt_received_by FOREIGN KEY(received_by) REFERENCES account (id)
);
CREATE INDEX ix_rollout_receipt_bundle_id ON rollout_receipt (bundle_id);
CREATE INDEX ix_rollout_receipt_version ON rollout_receipt (version_id, id DESC);

-- What nodes have said is only ever added to.
CREATE TRIGGER rollout_receipt_append_only BEFORE UPDATE OR DELETE ON rollout_receipt
    FOR EACH ROW EXECUTE FUNCTION cspon_refuse_change();
