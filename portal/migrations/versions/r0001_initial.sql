CREATE TABLE account (
    id UUID NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    email VARCHAR(320) NOT NULL, 
    name VARCHAR(100) NOT NULL, 
    sort_key VARCHAR(400) NOT NULL, 
    password_hash VARCHAR NOT NULL, 
    state VARCHAR(40) NOT NULL CONSTRAINT ck_account_state CHECK (state IN ('active', 'locked', 'closed')), 
    locale VARCHAR(10) NOT NULL, 
    affiliation VARCHAR(200) NOT NULL, 
    orcid VARCHAR(19) NOT NULL, 
    bio VARCHAR(2000) NOT NULL, 
    demo BOOLEAN NOT NULL, 
    closes_at TIMESTAMP WITH TIME ZONE, 
    CONSTRAINT pk_account PRIMARY KEY (id), 
    CONSTRAINT uq_account_email UNIQUE (email)
);

CREATE INDEX ix_account_closes_at ON account (closes_at);

CREATE INDEX ix_account_sort_key ON account (sort_key);

CREATE TABLE audit_event (
    seq BIGINT GENERATED ALWAYS AS IDENTITY, 
    at TIMESTAMP WITH TIME ZONE NOT NULL, 
    actor_id UUID, 
    actor_name VARCHAR(200) NOT NULL, 
    verb VARCHAR(80) NOT NULL, 
    object_type VARCHAR(60) NOT NULL, 
    object_id VARCHAR(80) NOT NULL, 
    reason VARCHAR, 
    evidence JSONB NOT NULL, 
    CONSTRAINT pk_audit_event PRIMARY KEY (seq)
);

CREATE INDEX ix_audit_event_actor_id ON audit_event (actor_id);

CREATE INDEX ix_audit_event_object_id ON audit_event (object_id);

CREATE INDEX ix_audit_event_verb ON audit_event (verb);

CREATE TABLE blob (
    sha256 VARCHAR(64) NOT NULL, 
    size BIGINT NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    verified_at TIMESTAMP WITH TIME ZONE, 
    CONSTRAINT pk_blob PRIMARY KEY (sha256)
);

CREATE INDEX ix_blob_verified_at ON blob (verified_at);

CREATE TABLE gate_terms (
    sha256 VARCHAR(64) NOT NULL, 
    terms VARCHAR NOT NULL, 
    terms_en VARCHAR NOT NULL, 
    CONSTRAINT pk_gate_terms PRIMARY KEY (sha256)
);

CREATE TABLE mail (
    id UUID NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    recipient VARCHAR(320) NOT NULL, 
    subject VARCHAR NOT NULL, 
    body VARCHAR NOT NULL, 
    state VARCHAR(40) NOT NULL CONSTRAINT ck_mail_state CHECK (state IN ('waiting', 'kept', 'sent', 'failed')), 
    attempts INTEGER NOT NULL, 
    error VARCHAR, 
    CONSTRAINT pk_mail PRIMARY KEY (id)
);

CREATE INDEX ix_mail_state ON mail (state);

CREATE TABLE organisation (
    id UUID NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    name VARCHAR(200) NOT NULL, 
    name_en VARCHAR(200) NOT NULL, 
    sort_key VARCHAR(800) NOT NULL, 
    kind VARCHAR(40) NOT NULL CONSTRAINT ck_organisation_kind CHECK (kind IN ('university', 'institute', 'company', 'government', 'association')), 
    credit_code VARCHAR(18) NOT NULL, 
    division_code VARCHAR(6) NOT NULL, 
    website VARCHAR(300) NOT NULL, 
    summary VARCHAR(2000) NOT NULL, 
    verification VARCHAR(40) NOT NULL CONSTRAINT ck_organisation_verification CHECK (verification IN ('unverified', 'requested', 'verified', 'refused', 'revoked')), 
    verification_statement VARCHAR(2000) NOT NULL, 
    verification_reason VARCHAR(1000) NOT NULL, 
    verification_at TIMESTAMP WITH TIME ZONE, 
    similar_to VARCHAR(40) DEFAULT '' NOT NULL, 
    demo BOOLEAN NOT NULL, 
    CONSTRAINT pk_organisation PRIMARY KEY (id)
);

CREATE INDEX ix_organisation_credit_code ON organisation (credit_code);

CREATE INDEX ix_organisation_sort_key ON organisation (sort_key);

CREATE INDEX ix_organisation_verification ON organisation (verification);

CREATE UNIQUE INDEX uq_organisation_credit_code ON organisation (credit_code) WHERE verification = 'verified';

CREATE TABLE queue_rule (
    id INTEGER NOT NULL, 
    half_life_s FLOAT NOT NULL, 
    ageing_s FLOAT NOT NULL, 
    user_running INTEGER NOT NULL, 
    user_waiting INTEGER NOT NULL, 
    drained_at TIMESTAMP WITH TIME ZONE, 
    drain_reason VARCHAR(300) NOT NULL, 
    CONSTRAINT pk_queue_rule PRIMARY KEY (id)
);

CREATE TABLE rate_count (
    key VARCHAR(500) NOT NULL, 
    hits INTEGER NOT NULL, 
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    CONSTRAINT pk_rate_count PRIMARY KEY (key)
);

CREATE INDEX ix_rate_count_expires_at ON rate_count (expires_at);

CREATE TABLE rate_log (
    key VARCHAR(500) NOT NULL, 
    hits DOUBLE PRECISION[] NOT NULL, 
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    CONSTRAINT pk_rate_log PRIMARY KEY (key)
);

CREATE INDEX ix_rate_log_expires_at ON rate_log (expires_at);

CREATE TABLE sign_up (
    id UUID NOT NULL, 
    email VARCHAR(320) NOT NULL, 
    name VARCHAR(100) NOT NULL, 
    namespace VARCHAR(40) NOT NULL, 
    password_hash VARCHAR NOT NULL, 
    locale VARCHAR(10) NOT NULL, 
    onward VARCHAR(300) NOT NULL, 
    secret_digest VARCHAR(64) NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    CONSTRAINT pk_sign_up PRIMARY KEY (id), 
    CONSTRAINT uq_sign_up_secret_digest UNIQUE (secret_digest)
);

CREATE INDEX ix_sign_up_email ON sign_up (email);

CREATE INDEX ix_sign_up_expires_at ON sign_up (expires_at);

CREATE TABLE store_finding (
    id UUID NOT NULL, 
    sha256 VARCHAR(64) NOT NULL, 
    size BIGINT NOT NULL, 
    damage VARCHAR(40) NOT NULL CONSTRAINT ck_store_finding_damage CHECK (damage IN ('missing', 'damaged')), 
    found_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    resolved_at TIMESTAMP WITH TIME ZONE, 
    CONSTRAINT pk_store_finding PRIMARY KEY (id)
);

CREATE INDEX ix_store_finding_sha256 ON store_finding (sha256);

CREATE UNIQUE INDEX uq_store_finding_open ON store_finding (sha256) WHERE resolved_at IS NULL;

CREATE TABLE worker (
    id UUID NOT NULL, 
    name VARCHAR(120) NOT NULL, 
    host VARCHAR(100) NOT NULL, 
    pid INTEGER NOT NULL, 
    version VARCHAR(40) NOT NULL, 
    queues TEXT[] NOT NULL, 
    runtimes JSONB NOT NULL, 
    sandbox_grade VARCHAR(10) NOT NULL, 
    slots INTEGER NOT NULL, 
    cores INTEGER NOT NULL, 
    memory_bytes BIGINT NOT NULL, 
    gpu VARCHAR(200) NOT NULL, 
    state VARCHAR(40) NOT NULL CONSTRAINT ck_worker_state CHECK (state IN ('running', 'draining', 'gone')), 
    reason VARCHAR(300) NOT NULL, 
    started_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    seen_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    deadline_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    ended_at TIMESTAMP WITH TIME ZONE, 
    CONSTRAINT pk_worker PRIMARY KEY (id)
);

CREATE INDEX ix_worker_name ON worker (name);

CREATE INDEX ix_worker_state ON worker (state);

CREATE TABLE access_token (
    id UUID NOT NULL, 
    account_id UUID NOT NULL, 
    name VARCHAR(80) NOT NULL, 
    secret_digest VARCHAR(64) NOT NULL, 
    hint VARCHAR(16) NOT NULL, 
    scopes TEXT[] NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    used_at TIMESTAMP WITH TIME ZONE, 
    revoked_at TIMESTAMP WITH TIME ZONE, 
    CONSTRAINT pk_access_token PRIMARY KEY (id), 
    CONSTRAINT fk_access_token_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE, 
    CONSTRAINT uq_access_token_secret_digest UNIQUE (secret_digest)
);

CREATE INDEX ix_access_token_account_id ON access_token (account_id);

CREATE TABLE account_role (
    id UUID NOT NULL, 
    account_id UUID NOT NULL, 
    role VARCHAR(40) NOT NULL CONSTRAINT ck_account_role_role CHECK (role IN ('reviewer', 'secretariat', 'certifier', 'promotion_committee', 'node_operator', 'system_admin', 'security_admin', 'auditor')), 
    granted_by UUID, 
    granted_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    CONSTRAINT pk_account_role PRIMARY KEY (id), 
    CONSTRAINT uq_account_role_account_id_role UNIQUE (account_id, role), 
    CONSTRAINT fk_account_role_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE, 
    CONSTRAINT fk_account_role_granted_by FOREIGN KEY(granted_by) REFERENCES account (id)
);

CREATE INDEX ix_account_role_account_id ON account_role (account_id);

CREATE TABLE browser_session (
    id UUID NOT NULL, 
    account_id UUID NOT NULL, 
    secret_digest VARCHAR(64) NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    seen_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    address VARCHAR(64) NOT NULL, 
    user_agent VARCHAR(300) NOT NULL, 
    pending BOOLEAN DEFAULT false NOT NULL, 
    second_factor_at TIMESTAMP WITH TIME ZONE, 
    confirmed_at TIMESTAMP WITH TIME ZONE, 
    challenge VARCHAR(120) DEFAULT '' NOT NULL, 
    CONSTRAINT pk_browser_session PRIMARY KEY (id), 
    CONSTRAINT fk_browser_session_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE, 
    CONSTRAINT uq_browser_session_secret_digest UNIQUE (secret_digest)
);

CREATE INDEX ix_browser_session_account_id ON browser_session (account_id);

CREATE TABLE data_export (
    id UUID NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    account_id UUID NOT NULL, 
    state VARCHAR(40) NOT NULL CONSTRAINT ck_data_export_state CHECK (state IN ('requested', 'ready', 'failed', 'expired')), 
    deadline_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    size BIGINT NOT NULL, 
    content BYTEA, 
    CONSTRAINT pk_data_export PRIMARY KEY (id), 
    CONSTRAINT fk_data_export_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE
);

CREATE INDEX ix_data_export_account_id ON data_export (account_id);

CREATE INDEX ix_data_export_deadline_at ON data_export (deadline_at);

CREATE TABLE email_change (
    id UUID NOT NULL, 
    account_id UUID NOT NULL, 
    email VARCHAR(320) NOT NULL, 
    secret_digest VARCHAR(64) NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    CONSTRAINT pk_email_change PRIMARY KEY (id), 
    CONSTRAINT fk_email_change_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE, 
    CONSTRAINT uq_email_change_secret_digest UNIQUE (secret_digest)
);

CREATE INDEX ix_email_change_account_id ON email_change (account_id);

CREATE INDEX ix_email_change_expires_at ON email_change (expires_at);

CREATE TABLE fair_share (
    account_id UUID NOT NULL, 
    slot_s FLOAT NOT NULL, 
    at TIMESTAMP WITH TIME ZONE NOT NULL, 
    served_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    CONSTRAINT pk_fair_share PRIMARY KEY (account_id), 
    CONSTRAINT fk_fair_share_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE
);

CREATE TABLE invitation (
    id UUID NOT NULL, 
    organisation_id UUID NOT NULL, 
    email VARCHAR(320) NOT NULL, 
    role VARCHAR(40) NOT NULL CONSTRAINT ck_invitation_role CHECK (role IN ('member', 'publisher', 'admin')), 
    secret_digest VARCHAR(64) NOT NULL, 
    state VARCHAR(40) NOT NULL CONSTRAINT ck_invitation_state CHECK (state IN ('open', 'accepted', 'declined', 'withdrawn', 'expired')), 
    invited_by UUID NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    CONSTRAINT pk_invitation PRIMARY KEY (id), 
    CONSTRAINT fk_invitation_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id), 
    CONSTRAINT uq_invitation_secret_digest UNIQUE (secret_digest), 
    CONSTRAINT fk_invitation_invited_by FOREIGN KEY(invited_by) REFERENCES account (id)
);

CREATE INDEX ix_invitation_email ON invitation (email);

CREATE INDEX ix_invitation_organisation_id ON invitation (organisation_id);

CREATE TABLE known_place (
    id UUID NOT NULL, 
    account_id UUID NOT NULL, 
    digest VARCHAR(64) NOT NULL, 
    seen_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    CONSTRAINT pk_known_place PRIMARY KEY (id), 
    CONSTRAINT uq_known_place_account_id_digest UNIQUE (account_id, digest), 
    CONSTRAINT fk_known_place_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE
);

CREATE INDEX ix_known_place_seen_at ON known_place (seen_at);

CREATE TABLE membership (
    id UUID NOT NULL, 
    organisation_id UUID NOT NULL, 
    account_id UUID NOT NULL, 
    role VARCHAR(40) NOT NULL CONSTRAINT ck_membership_role CHECK (role IN ('member', 'publisher', 'admin')), 
    joined_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    CONSTRAINT pk_membership PRIMARY KEY (id), 
    CONSTRAINT uq_membership_organisation_id_account_id UNIQUE (organisation_id, account_id), 
    CONSTRAINT fk_membership_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id), 
    CONSTRAINT fk_membership_account_id FOREIGN KEY(account_id) REFERENCES account (id)
);

CREATE INDEX ix_membership_account_id ON membership (account_id);

CREATE INDEX ix_membership_organisation_id ON membership (organisation_id);

CREATE TABLE namespace (
    id UUID NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    slug VARCHAR(40) NOT NULL, 
    display_name VARCHAR(200) NOT NULL, 
    account_id UUID, 
    organisation_id UUID, 
    CONSTRAINT pk_namespace PRIMARY KEY (id), 
    CONSTRAINT ck_namespace_one_owner CHECK (num_nonnulls(account_id, organisation_id) = 1), 
    CONSTRAINT uq_namespace_slug UNIQUE (slug), 
    CONSTRAINT uq_namespace_account_id UNIQUE (account_id), 
    CONSTRAINT fk_namespace_account_id FOREIGN KEY(account_id) REFERENCES account (id), 
    CONSTRAINT uq_namespace_organisation_id UNIQUE (organisation_id), 
    CONSTRAINT fk_namespace_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id)
);

CREATE TABLE notice (
    id UUID NOT NULL, 
    account_id UUID NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    read_at TIMESTAMP WITH TIME ZONE, 
    message VARCHAR NOT NULL, 
    params JSONB NOT NULL, 
    url VARCHAR NOT NULL, 
    CONSTRAINT pk_notice PRIMARY KEY (id), 
    CONSTRAINT fk_notice_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE
);

CREATE INDEX ix_notice_account ON notice (account_id, id);

CREATE INDEX ix_notice_unread ON notice (account_id) WHERE read_at IS NULL;

CREATE TABLE preview (
    id UUID NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    sha256 VARCHAR(64) NOT NULL, 
    kind VARCHAR(40) NOT NULL CONSTRAINT ck_preview_kind CHECK (kind IN ('text', 'markdown', 'table', 'picture', 'map', 'notebook', 'graph', 'paper')), 
    format INTEGER NOT NULL, 
    suffix VARCHAR(20) NOT NULL, 
    state VARCHAR(40) NOT NULL CONSTRAINT ck_preview_state CHECK (state IN ('pending', 'ready', 'failed', 'unsupported')), 
    reason VARCHAR(500) NOT NULL, 
    params JSONB NOT NULL, 
    facts JSONB NOT NULL, 
    parts JSONB NOT NULL, 
    attempts INTEGER NOT NULL, 
    deadline_at TIMESTAMP WITH TIME ZONE, 
    CONSTRAINT pk_preview PRIMARY KEY (id), 
    CONSTRAINT uq_preview_sha256_kind_format UNIQUE (sha256, kind, format), 
    CONSTRAINT fk_preview_sha256 FOREIGN KEY(sha256) REFERENCES blob (sha256) ON DELETE CASCADE
);

CREATE INDEX ix_preview_sha256 ON preview (sha256);

CREATE INDEX ix_preview_state ON preview (state);

CREATE TABLE recovery_code (
    id UUID NOT NULL, 
    account_id UUID NOT NULL, 
    secret_digest VARCHAR(64) NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    used_at TIMESTAMP WITH TIME ZONE, 
    CONSTRAINT pk_recovery_code PRIMARY KEY (id), 
    CONSTRAINT fk_recovery_code_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE, 
    CONSTRAINT uq_recovery_code_secret_digest UNIQUE (secret_digest)
);

CREATE INDEX ix_recovery_code_account_id ON recovery_code (account_id);

CREATE TABLE reset_token (
    id UUID NOT NULL, 
    account_id UUID NOT NULL, 
    secret_digest VARCHAR(64) NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    used_at TIMESTAMP WITH TIME ZONE, 
    CONSTRAINT pk_reset_token PRIMARY KEY (id), 
    CONSTRAINT fk_reset_token_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE, 
    CONSTRAINT uq_reset_token_secret_digest UNIQUE (secret_digest)
);

CREATE INDEX ix_reset_token_account_id ON reset_token (account_id);

CREATE TABLE totp_secret (
    id UUID NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    account_id UUID NOT NULL, 
    sealed VARCHAR(400) NOT NULL, 
    last_step BIGINT NOT NULL, 
    confirmed_at TIMESTAMP WITH TIME ZONE, 
    CONSTRAINT pk_totp_secret PRIMARY KEY (id), 
    CONSTRAINT uq_totp_secret_account_id UNIQUE (account_id), 
    CONSTRAINT fk_totp_secret_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE
);

CREATE TABLE webauthn_key (
    id UUID NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    account_id UUID NOT NULL, 
    name VARCHAR(80) NOT NULL, 
    credential_id VARCHAR(1400) NOT NULL, 
    public_key VARCHAR NOT NULL, 
    sign_count BIGINT NOT NULL, 
    transports TEXT[] NOT NULL, 
    used_at TIMESTAMP WITH TIME ZONE, 
    CONSTRAINT pk_webauthn_key PRIMARY KEY (id), 
    CONSTRAINT fk_webauthn_key_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE, 
    CONSTRAINT uq_webauthn_key_credential_id UNIQUE (credential_id)
);

CREATE INDEX ix_webauthn_key_account_id ON webauthn_key (account_id);

CREATE TABLE asset (
    id UUID NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    namespace_id UUID NOT NULL, 
    name VARCHAR(60) NOT NULL, 
    kind VARCHAR(40) NOT NULL CONSTRAINT ck_asset_kind CHECK (kind IN ('model', 'algorithm', 'tool', 'dataset', 'benchmark', 'paper', 'report')), 
    title VARCHAR(200) NOT NULL, 
    title_en VARCHAR(200) NOT NULL, 
    sort_key VARCHAR(800) NOT NULL, 
    summary VARCHAR(500) NOT NULL, 
    summary_en VARCHAR(500) NOT NULL, 
    licence VARCHAR(120) NOT NULL, 
    card VARCHAR NOT NULL, 
    is_public BOOLEAN NOT NULL, 
    latest_version VARCHAR(40) NOT NULL, 
    downloads INTEGER NOT NULL, 
    robot_downloads INTEGER DEFAULT '0' NOT NULL, 
    likes INTEGER DEFAULT '0' NOT NULL, 
    topics INTEGER DEFAULT '0' NOT NULL, 
    withheld BOOLEAN DEFAULT 'false' NOT NULL, 
    gated BOOLEAN DEFAULT 'false' NOT NULL, 
    doi VARCHAR(220) DEFAULT '' NOT NULL, 
    cstr VARCHAR(150) DEFAULT '' NOT NULL, 
    year INTEGER, 
    venue VARCHAR(200) DEFAULT '' NOT NULL, 
    region_code VARCHAR(6) DEFAULT '' NOT NULL, 
    region VARCHAR(100) DEFAULT '' NOT NULL, 
    period_from DATE, 
    period_to DATE, 
    map_review_no VARCHAR(40) DEFAULT '' NOT NULL, 
    demo BOOLEAN NOT NULL, 
    created_by UUID NOT NULL, 
    CONSTRAINT pk_asset PRIMARY KEY (id), 
    CONSTRAINT uq_asset_namespace_id_name UNIQUE (namespace_id, name), 
    CONSTRAINT fk_asset_namespace_id FOREIGN KEY(namespace_id) REFERENCES namespace (id), 
    CONSTRAINT fk_asset_created_by FOREIGN KEY(created_by) REFERENCES account (id)
);

CREATE INDEX ix_asset_created_by ON asset (created_by);

CREATE INDEX ix_asset_hidden ON asset (namespace_id) WHERE NOT is_public;

CREATE INDEX ix_asset_kind_updated ON asset (kind, updated_at DESC, id DESC) WHERE is_public;

CREATE INDEX ix_asset_namespace_id ON asset (namespace_id);

CREATE INDEX ix_asset_public_likes ON asset (likes DESC, id DESC) WHERE is_public;

CREATE INDEX ix_asset_public_name ON asset (sort_key, id) WHERE is_public;

CREATE INDEX ix_asset_public_updated ON asset (updated_at DESC, id DESC) WHERE is_public;

CREATE INDEX ix_asset_updated ON asset (updated_at DESC);

CREATE TABLE namespace_blob (
    namespace_id UUID NOT NULL, 
    sha256 VARCHAR(64) NOT NULL, 
    size BIGINT NOT NULL, 
    unreferenced_at TIMESTAMP WITH TIME ZONE, 
    CONSTRAINT pk_namespace_blob PRIMARY KEY (namespace_id, sha256), 
    CONSTRAINT fk_namespace_blob_namespace_id FOREIGN KEY(namespace_id) REFERENCES namespace (id), 
    CONSTRAINT fk_namespace_blob_sha256 FOREIGN KEY(sha256) REFERENCES blob (sha256)
);

CREATE INDEX ix_namespace_blob_sha256 ON namespace_blob (sha256);

CREATE TABLE access_request (
    id UUID NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    asset_id UUID NOT NULL, 
    account_id UUID NOT NULL, 
    state VARCHAR(40) NOT NULL CONSTRAINT ck_access_request_state CHECK (state IN ('requested', 'approved', 'refused', 'withdrawn', 'expired', 'revoked')), 
    terms_sha256 VARCHAR(64) NOT NULL, 
    answers JSONB NOT NULL, 
    reason VARCHAR(2000) NOT NULL, 
    deadline_at TIMESTAMP WITH TIME ZONE, 
    CONSTRAINT pk_access_request PRIMARY KEY (id), 
    CONSTRAINT fk_access_request_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE, 
    CONSTRAINT fk_access_request_account_id FOREIGN KEY(account_id) REFERENCES account (id), 
    CONSTRAINT fk_access_request_terms_sha256 FOREIGN KEY(terms_sha256) REFERENCES gate_terms (sha256)
);

CREATE INDEX ix_access_request_account_id ON access_request (account_id);

CREATE INDEX ix_access_request_asset ON access_request (asset_id, id);

CREATE INDEX ix_access_request_state ON access_request (state);

CREATE UNIQUE INDEX uq_access_request_live ON access_request (asset_id, account_id) WHERE state IN ('requested', 'approved');

CREATE TABLE asset_alias (
    namespace_id UUID NOT NULL, 
    name VARCHAR(60) NOT NULL, 
    asset_id UUID NOT NULL, 
    CONSTRAINT pk_asset_alias PRIMARY KEY (namespace_id, name), 
    CONSTRAINT fk_asset_alias_namespace_id FOREIGN KEY(namespace_id) REFERENCES namespace (id), 
    CONSTRAINT fk_asset_alias_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE
);

CREATE INDEX ix_asset_alias_asset_id ON asset_alias (asset_id);

CREATE TABLE asset_author (
    id UUID NOT NULL, 
    asset_id UUID NOT NULL, 
    position INTEGER NOT NULL, 
    name VARCHAR(100) NOT NULL, 
    affiliation VARCHAR(200) NOT NULL, 
    account_id UUID, 
    CONSTRAINT pk_asset_author PRIMARY KEY (id), 
    CONSTRAINT uq_asset_author_asset_id_position UNIQUE (asset_id, position), 
    CONSTRAINT fk_asset_author_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE, 
    CONSTRAINT fk_asset_author_account_id FOREIGN KEY(account_id) REFERENCES account (id)
);

CREATE INDEX ix_asset_author_account_id ON asset_author (account_id);

CREATE INDEX ix_asset_author_asset_id ON asset_author (asset_id);

CREATE TABLE asset_download_day (
    asset_id UUID NOT NULL, 
    day DATE NOT NULL, 
    readers INTEGER NOT NULL, 
    automated INTEGER NOT NULL, 
    CONSTRAINT pk_asset_download_day PRIMARY KEY (asset_id, day), 
    CONSTRAINT fk_asset_download_day_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE
);

CREATE TABLE asset_handover (
    id UUID NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    asset_id UUID NOT NULL, 
    from_id UUID NOT NULL, 
    to_id UUID NOT NULL, 
    state VARCHAR(40) NOT NULL CONSTRAINT ck_asset_handover_state CHECK (state IN ('offered', 'accepted', 'declined', 'withdrawn', 'expired')), 
    message VARCHAR(2000) NOT NULL, 
    reason VARCHAR(2000) NOT NULL, 
    offered_by UUID NOT NULL, 
    deadline_at TIMESTAMP WITH TIME ZONE, 
    CONSTRAINT pk_asset_handover PRIMARY KEY (id), 
    CONSTRAINT fk_asset_handover_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE, 
    CONSTRAINT fk_asset_handover_from_id FOREIGN KEY(from_id) REFERENCES namespace (id), 
    CONSTRAINT fk_asset_handover_to_id FOREIGN KEY(to_id) REFERENCES namespace (id), 
    CONSTRAINT fk_asset_handover_offered_by FOREIGN KEY(offered_by) REFERENCES account (id)
);

CREATE INDEX ix_asset_handover_asset_id ON asset_handover (asset_id);

CREATE INDEX ix_asset_handover_deadline_at ON asset_handover (deadline_at);

CREATE INDEX ix_asset_handover_to_id ON asset_handover (to_id);

CREATE UNIQUE INDEX uq_asset_handover_offered ON asset_handover (asset_id) WHERE state = 'offered';

CREATE TABLE asset_like (
    asset_id UUID NOT NULL, 
    account_id UUID NOT NULL, 
    at TIMESTAMP WITH TIME ZONE NOT NULL, 
    CONSTRAINT pk_asset_like PRIMARY KEY (asset_id, account_id), 
    CONSTRAINT fk_asset_like_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE, 
    CONSTRAINT fk_asset_like_account_id FOREIGN KEY(account_id) REFERENCES account (id)
);

CREATE INDEX ix_asset_like_account_id ON asset_like (account_id);

CREATE TABLE asset_lookalike (
    id UUID NOT NULL, 
    asset_id UUID NOT NULL, 
    other_id UUID NOT NULL, 
    kind VARCHAR(40) NOT NULL CONSTRAINT ck_asset_lookalike_kind CHECK (kind IN ('same', 'separators', 'order', 'looks', 'keyboard', 'slip')), 
    at TIMESTAMP WITH TIME ZONE NOT NULL, 
    CONSTRAINT pk_asset_lookalike PRIMARY KEY (id), 
    CONSTRAINT uq_asset_lookalike_asset_id_other_id UNIQUE (asset_id, other_id), 
    CONSTRAINT fk_asset_lookalike_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE, 
    CONSTRAINT fk_asset_lookalike_other_id FOREIGN KEY(other_id) REFERENCES asset (id) ON DELETE CASCADE
);

CREATE INDEX ix_asset_lookalike_asset_id ON asset_lookalike (asset_id);

CREATE INDEX ix_asset_lookalike_other_id ON asset_lookalike (other_id);

CREATE TABLE asset_relation (
    id UUID NOT NULL, 
    asset_id UUID NOT NULL, 
    other_id UUID NOT NULL, 
    kind VARCHAR(40) NOT NULL CONSTRAINT ck_asset_relation_kind CHECK (kind IN ('based_on', 'uses', 'uses_data', 'describes', 'described_by', 'evaluated_on', 'supersedes')), 
    CONSTRAINT pk_asset_relation PRIMARY KEY (id), 
    CONSTRAINT uq_asset_relation_asset_id_other_id_kind UNIQUE (asset_id, other_id, kind), 
    CONSTRAINT fk_asset_relation_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE, 
    CONSTRAINT fk_asset_relation_other_id FOREIGN KEY(other_id) REFERENCES asset (id) ON DELETE CASCADE
);

CREATE INDEX ix_asset_relation_asset_id ON asset_relation (asset_id);

CREATE INDEX ix_asset_relation_other_id ON asset_relation (other_id);

CREATE TABLE asset_scenario (
    id UUID NOT NULL, 
    asset_id UUID NOT NULL, 
    scenario VARCHAR(40) NOT NULL CONSTRAINT ck_asset_scenario_scenario CHECK (scenario IN ('safety_baseline', 'plan_transmission', 'implementation_assessment', 'pattern_optimisation', 'green_low_carbon', 'strategic_support', 'public_service')), 
    CONSTRAINT pk_asset_scenario PRIMARY KEY (id), 
    CONSTRAINT uq_asset_scenario_asset_id_scenario UNIQUE (asset_id, scenario), 
    CONSTRAINT fk_asset_scenario_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE
);

CREATE INDEX ix_asset_scenario_asset_id ON asset_scenario (asset_id);

CREATE INDEX ix_asset_scenario_scenario ON asset_scenario (scenario);

CREATE TABLE asset_tag (
    id UUID NOT NULL, 
    asset_id UUID NOT NULL, 
    tag VARCHAR(40) NOT NULL, 
    CONSTRAINT pk_asset_tag PRIMARY KEY (id), 
    CONSTRAINT uq_asset_tag_asset_id_tag UNIQUE (asset_id, tag), 
    CONSTRAINT fk_asset_tag_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE
);

CREATE INDEX ix_asset_tag_asset_id ON asset_tag (asset_id);

CREATE INDEX ix_asset_tag_tag ON asset_tag (tag);

CREATE TABLE asset_text (
    asset_id UUID NOT NULL, 
    version VARCHAR(40) NOT NULL, 
    text VARCHAR NOT NULL, 
    grams INTEGER[] NOT NULL, 
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    CONSTRAINT pk_asset_text PRIMARY KEY (asset_id), 
    CONSTRAINT fk_asset_text_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE
);

CREATE INDEX ix_asset_text_grams ON asset_text USING gin (grams);

CREATE TABLE asset_watch (
    asset_id UUID NOT NULL, 
    account_id UUID NOT NULL, 
    level VARCHAR(40) NOT NULL CONSTRAINT ck_asset_watch_level CHECK (level IN ('all', 'releases')), 
    CONSTRAINT pk_asset_watch PRIMARY KEY (asset_id, account_id), 
    CONSTRAINT fk_asset_watch_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE, 
    CONSTRAINT fk_asset_watch_account_id FOREIGN KEY(account_id) REFERENCES account (id)
);

CREATE INDEX ix_asset_watch_account_id ON asset_watch (account_id);

CREATE TABLE discussion (
    id UUID NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    asset_id UUID NOT NULL, 
    number INTEGER NOT NULL, 
    title VARCHAR(200) NOT NULL, 
    created_by UUID NOT NULL, 
    state VARCHAR(40) NOT NULL CONSTRAINT ck_discussion_state CHECK (state IN ('open', 'closed', 'removed')), 
    state_reason VARCHAR(2000) NOT NULL, 
    pinned INTEGER NOT NULL, 
    locked BOOLEAN NOT NULL, 
    posts INTEGER NOT NULL, 
    last_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    CONSTRAINT pk_discussion PRIMARY KEY (id), 
    CONSTRAINT uq_discussion_asset_id_number UNIQUE (asset_id, number), 
    CONSTRAINT fk_discussion_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE, 
    CONSTRAINT fk_discussion_created_by FOREIGN KEY(created_by) REFERENCES account (id)
);

CREATE INDEX ix_discussion_created_by ON discussion (created_by);

CREATE INDEX ix_discussion_list ON discussion (asset_id, pinned, last_at, id);

CREATE TABLE gate (
    asset_id UUID NOT NULL, 
    terms_sha256 VARCHAR(64) NOT NULL, 
    fields JSONB NOT NULL, 
    CONSTRAINT pk_gate PRIMARY KEY (asset_id), 
    CONSTRAINT fk_gate_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE, 
    CONSTRAINT fk_gate_terms_sha256 FOREIGN KEY(terms_sha256) REFERENCES gate_terms (sha256)
);

CREATE TABLE version (
    id UUID NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    asset_id UUID NOT NULL, 
    number VARCHAR(40) NOT NULL, 
    sort_key VARCHAR(120) NOT NULL, 
    state VARCHAR(40) NOT NULL CONSTRAINT ck_version_state CHECK (state IN ('draft', 'scanning', 'published', 'quarantined', 'rejected', 'yanked')), 
    submission VARCHAR(40) NOT NULL CONSTRAINT ck_version_submission CHECK (submission IN ('files', 'predictions', 'program', 'model')), 
    notes VARCHAR(5000) NOT NULL, 
    tree_digest VARCHAR(64) NOT NULL, 
    size BIGINT NOT NULL, 
    file_count INTEGER NOT NULL, 
    runtime VARCHAR(60) NOT NULL, 
    rehearsed_digest VARCHAR(64) DEFAULT '' NOT NULL, 
    executable_format BOOLEAN NOT NULL, 
    created_by UUID NOT NULL, 
    submitted_at TIMESTAMP WITH TIME ZONE, 
    published_at TIMESTAMP WITH TIME ZONE, 
    yanked_at TIMESTAMP WITH TIME ZONE, 
    state_reason VARCHAR(2000) NOT NULL, 
    deadline_at TIMESTAMP WITH TIME ZONE, 
    scan_attempts INTEGER NOT NULL, 
    CONSTRAINT pk_version PRIMARY KEY (id), 
    CONSTRAINT uq_version_asset_id_number UNIQUE (asset_id, number), 
    CONSTRAINT fk_version_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id), 
    CONSTRAINT fk_version_created_by FOREIGN KEY(created_by) REFERENCES account (id)
);

CREATE INDEX ix_version_asset_id ON version (asset_id);

CREATE INDEX ix_version_state ON version (state);

CREATE TABLE access_event (
    id UUID NOT NULL, 
    request_id UUID NOT NULL, 
    at TIMESTAMP WITH TIME ZONE NOT NULL, 
    state VARCHAR(40) NOT NULL CONSTRAINT ck_access_event_state CHECK (state IN ('requested', 'approved', 'refused', 'withdrawn', 'expired', 'revoked')), 
    actor_name VARCHAR(200) NOT NULL, 
    reason VARCHAR(2000) NOT NULL, 
    CONSTRAINT pk_access_event PRIMARY KEY (id), 
    CONSTRAINT fk_access_event_request_id FOREIGN KEY(request_id) REFERENCES access_request (id) ON DELETE CASCADE
);

CREATE INDEX ix_access_event_request_id ON access_event (request_id);

CREATE TABLE benchmark_version (
    id UUID NOT NULL, 
    version_id UUID NOT NULL, 
    asset_id UUID NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    manifest JSONB NOT NULL, 
    manifest_digest VARCHAR(64) NOT NULL, 
    scorer_digest VARCHAR(64) NOT NULL, 
    data_digest VARCHAR(64) NOT NULL, 
    runtime VARCHAR(60) NOT NULL, 
    accepts TEXT[] NOT NULL, 
    quota_per_day INTEGER NOT NULL, 
    quota_total INTEGER NOT NULL, 
    quota_at_once INTEGER, 
    capacity_per_day INTEGER, 
    queue VARCHAR(20) DEFAULT 'cpu' NOT NULL, 
    logs_visible BOOLEAN NOT NULL, 
    is_latest BOOLEAN NOT NULL, 
    closed_at TIMESTAMP WITH TIME ZONE, 
    CONSTRAINT pk_benchmark_version PRIMARY KEY (id), 
    CONSTRAINT uq_benchmark_version_version_id UNIQUE (version_id), 
    CONSTRAINT fk_benchmark_version_version_id FOREIGN KEY(version_id) REFERENCES version (id), 
    CONSTRAINT fk_benchmark_version_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id)
);

CREATE INDEX ix_benchmark_version_asset_id ON benchmark_version (asset_id);

CREATE INDEX ix_benchmark_version_is_latest ON benchmark_version (is_latest);

CREATE TABLE discussion_post (
    id UUID NOT NULL, 
    discussion_id UUID NOT NULL, 
    number INTEGER NOT NULL, 
    account_id UUID NOT NULL, 
    at TIMESTAMP WITH TIME ZONE NOT NULL, 
    text VARCHAR NOT NULL, 
    mentions JSONB NOT NULL, 
    edited_at TIMESTAMP WITH TIME ZONE, 
    state VARCHAR(40) NOT NULL CONSTRAINT ck_discussion_post_state CHECK (state IN ('shown', 'deleted', 'hidden')), 
    state_reason VARCHAR(2000) NOT NULL, 
    CONSTRAINT pk_discussion_post PRIMARY KEY (id), 
    CONSTRAINT uq_discussion_post_discussion_id_number UNIQUE (discussion_id, number), 
    CONSTRAINT fk_discussion_post_discussion_id FOREIGN KEY(discussion_id) REFERENCES discussion (id) ON DELETE CASCADE, 
    CONSTRAINT fk_discussion_post_account_id FOREIGN KEY(account_id) REFERENCES account (id)
);

CREATE INDEX ix_discussion_post_account_id ON discussion_post (account_id);

CREATE TABLE dry_run (
    id UUID NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    version_id UUID NOT NULL, 
    started_by UUID NOT NULL, 
    state VARCHAR(40) NOT NULL CONSTRAINT ck_dry_run_state CHECK (state IN ('queued', 'running', 'passed', 'failed', 'broken', 'replaced')), 
    digest VARCHAR(64) NOT NULL, 
    deadline_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    attempt_count INTEGER NOT NULL, 
    lease_token UUID, 
    lease_expires_at TIMESTAMP WITH TIME ZONE, 
    worker VARCHAR(120) NOT NULL, 
    sandbox_grade VARCHAR(10) NOT NULL, 
    failure_code VARCHAR(60) NOT NULL, 
    failure_params JSONB NOT NULL, 
    finished_at TIMESTAMP WITH TIME ZONE, 
    CONSTRAINT pk_dry_run PRIMARY KEY (id), 
    CONSTRAINT fk_dry_run_version_id FOREIGN KEY(version_id) REFERENCES version (id) ON DELETE CASCADE, 
    CONSTRAINT fk_dry_run_started_by FOREIGN KEY(started_by) REFERENCES account (id)
);

CREATE INDEX ix_dry_run_deadline_at ON dry_run (deadline_at);

CREATE INDEX ix_dry_run_state ON dry_run (state);

CREATE INDEX ix_dry_run_version_id ON dry_run (version_id);

CREATE UNIQUE INDEX uq_dry_run_live ON dry_run (version_id) WHERE state IN ('queued', 'running');

CREATE TABLE scan (
    id UUID NOT NULL, 
    version_id UUID NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    verdict VARCHAR(20) NOT NULL, 
    summary VARCHAR(500) NOT NULL, 
    tools JSONB NOT NULL, 
    file_count INTEGER NOT NULL, 
    left_out INTEGER NOT NULL, 
    CONSTRAINT pk_scan PRIMARY KEY (id), 
    CONSTRAINT fk_scan_version_id FOREIGN KEY(version_id) REFERENCES version (id) ON DELETE CASCADE
);

CREATE INDEX ix_scan_version_id ON scan (version_id);

CREATE TABLE upload_session (
    id UUID NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    version_id UUID NOT NULL, 
    namespace_id UUID NOT NULL, 
    created_by UUID NOT NULL, 
    target VARCHAR(40) NOT NULL CONSTRAINT ck_upload_session_target CHECK (target IN ('file', 'archive')), 
    path VARCHAR(500) NOT NULL, 
    size BIGINT NOT NULL, 
    part_size BIGINT NOT NULL, 
    sha256 VARCHAR(64) NOT NULL, 
    content_sha256 VARCHAR(64) NOT NULL, 
    handle VARCHAR(500) NOT NULL, 
    state VARCHAR(40) NOT NULL CONSTRAINT ck_upload_session_state CHECK (state IN ('open', 'assembling', 'done', 'refused', 'cancelled', 'expired')), 
    reason VARCHAR(2000) NOT NULL, 
    attempts INTEGER NOT NULL, 
    deadline_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    CONSTRAINT pk_upload_session PRIMARY KEY (id), 
    CONSTRAINT fk_upload_session_version_id FOREIGN KEY(version_id) REFERENCES version (id) ON DELETE CASCADE, 
    CONSTRAINT fk_upload_session_namespace_id FOREIGN KEY(namespace_id) REFERENCES namespace (id), 
    CONSTRAINT fk_upload_session_created_by FOREIGN KEY(created_by) REFERENCES account (id)
);

CREATE INDEX ix_upload_session_namespace_id ON upload_session (namespace_id);

CREATE INDEX ix_upload_session_state ON upload_session (state);

CREATE INDEX ix_upload_session_version_id ON upload_session (version_id);

CREATE UNIQUE INDEX uq_upload_session_live ON upload_session (version_id, created_by, target, path) WHERE state IN ('open', 'assembling');

CREATE TABLE version_download (
    version_id UUID NOT NULL, 
    day DATE NOT NULL, 
    who VARCHAR(64) NOT NULL, 
    CONSTRAINT pk_version_download PRIMARY KEY (version_id, day, who), 
    CONSTRAINT fk_version_download_version_id FOREIGN KEY(version_id) REFERENCES version (id) ON DELETE CASCADE
);

CREATE TABLE version_file (
    id UUID NOT NULL, 
    version_id UUID NOT NULL, 
    path VARCHAR(500) NOT NULL, 
    sha256 VARCHAR(64) NOT NULL, 
    size BIGINT NOT NULL, 
    media_type VARCHAR(100) NOT NULL, 
    hidden BOOLEAN NOT NULL, 
    CONSTRAINT pk_version_file PRIMARY KEY (id), 
    CONSTRAINT uq_version_file_version_id_path UNIQUE (version_id, path), 
    CONSTRAINT fk_version_file_version_id FOREIGN KEY(version_id) REFERENCES version (id) ON DELETE CASCADE, 
    CONSTRAINT fk_version_file_sha256 FOREIGN KEY(sha256) REFERENCES blob (sha256)
);

CREATE INDEX ix_version_file_sha256 ON version_file (sha256);

CREATE INDEX ix_version_file_version_id ON version_file (version_id);

CREATE TABLE version_upload (
    id UUID NOT NULL, 
    version_id UUID NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    created_by UUID NOT NULL, 
    filename VARCHAR(255) NOT NULL, 
    sha256 VARCHAR(64) NOT NULL, 
    size BIGINT NOT NULL, 
    state VARCHAR(40) NOT NULL CONSTRAINT ck_version_upload_state CHECK (state IN ('pending', 'unpacked', 'refused')), 
    reason VARCHAR(2000) NOT NULL, 
    params JSONB NOT NULL, 
    attempts INTEGER NOT NULL, 
    deadline_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    CONSTRAINT pk_version_upload PRIMARY KEY (id), 
    CONSTRAINT fk_version_upload_version_id FOREIGN KEY(version_id) REFERENCES version (id) ON DELETE CASCADE, 
    CONSTRAINT fk_version_upload_created_by FOREIGN KEY(created_by) REFERENCES account (id), 
    CONSTRAINT fk_version_upload_sha256 FOREIGN KEY(sha256) REFERENCES blob (sha256)
);

CREATE INDEX ix_version_upload_sha256 ON version_upload (sha256);

CREATE INDEX ix_version_upload_state ON version_upload (state);

CREATE INDEX ix_version_upload_version_id ON version_upload (version_id);

CREATE TABLE benchmark_metric (
    id UUID NOT NULL, 
    benchmark_id UUID NOT NULL, 
    position INTEGER NOT NULL, 
    name VARCHAR(60) NOT NULL, 
    title_zh VARCHAR(100) NOT NULL, 
    title_en VARCHAR(100) NOT NULL, 
    unit VARCHAR(40) NOT NULL, 
    higher_is_better BOOLEAN NOT NULL, 
    is_primary BOOLEAN NOT NULL, 
    aggregate VARCHAR(30) NOT NULL, 
    formula VARCHAR(500) NOT NULL, 
    CONSTRAINT pk_benchmark_metric PRIMARY KEY (id), 
    CONSTRAINT fk_benchmark_metric_benchmark_id FOREIGN KEY(benchmark_id) REFERENCES benchmark_version (id) ON DELETE CASCADE
);

CREATE INDEX ix_benchmark_metric_benchmark_id ON benchmark_metric (benchmark_id);

CREATE TABLE discussion_post_edit (
    id UUID NOT NULL, 
    post_id UUID NOT NULL, 
    at TIMESTAMP WITH TIME ZONE NOT NULL, 
    text VARCHAR NOT NULL, 
    CONSTRAINT pk_discussion_post_edit PRIMARY KEY (id), 
    CONSTRAINT fk_discussion_post_edit_post_id FOREIGN KEY(post_id) REFERENCES discussion_post (id) ON DELETE CASCADE
);

CREATE INDEX ix_discussion_post_edit_post_id ON discussion_post_edit (post_id);

CREATE TABLE dry_run_case (
    id UUID NOT NULL, 
    run_id UUID NOT NULL, 
    position INTEGER NOT NULL, 
    name VARCHAR(40) NOT NULL, 
    state VARCHAR(40) NOT NULL CONSTRAINT ck_dry_run_case_state CHECK (state IN ('waiting', 'running', 'passed', 'failed', 'skipped')), 
    got VARCHAR(60) NOT NULL, 
    params JSONB NOT NULL, 
    score FLOAT, 
    reason VARCHAR(60) NOT NULL, 
    log_tail VARCHAR(4000) NOT NULL, 
    seconds FLOAT NOT NULL, 
    CONSTRAINT pk_dry_run_case PRIMARY KEY (id), 
    CONSTRAINT uq_dry_run_case_run_id_name UNIQUE (run_id, name), 
    CONSTRAINT fk_dry_run_case_run_id FOREIGN KEY(run_id) REFERENCES dry_run (id) ON DELETE CASCADE
);

CREATE INDEX ix_dry_run_case_run_id ON dry_run_case (run_id);

CREATE TABLE evaluation (
    id UUID NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    version_id UUID NOT NULL, 
    asset_id UUID NOT NULL, 
    benchmark_id UUID NOT NULL, 
    submitted_by UUID NOT NULL, 
    state VARCHAR(40) NOT NULL CONSTRAINT ck_evaluation_state CHECK (state IN ('requested', 'queued', 'predicting', 'scoring', 'done', 'failed_user', 'failed_platform', 'cancelled')), 
    deadline_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    attempt_count INTEGER NOT NULL, 
    priority INTEGER DEFAULT '0' NOT NULL, 
    queue VARCHAR(20) DEFAULT 'cpu' NOT NULL, 
    ready_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
    cancel_asked_at TIMESTAMP WITH TIME ZONE, 
    quota_returned BOOLEAN NOT NULL, 
    failure_code VARCHAR(60) NOT NULL, 
    failure_params JSONB NOT NULL, 
    finished_at TIMESTAMP WITH TIME ZONE, 
    CONSTRAINT pk_evaluation PRIMARY KEY (id), 
    CONSTRAINT fk_evaluation_version_id FOREIGN KEY(version_id) REFERENCES version (id), 
    CONSTRAINT fk_evaluation_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id), 
    CONSTRAINT fk_evaluation_benchmark_id FOREIGN KEY(benchmark_id) REFERENCES benchmark_version (id), 
    CONSTRAINT fk_evaluation_submitted_by FOREIGN KEY(submitted_by) REFERENCES account (id)
);

CREATE INDEX ix_evaluation_asset_id ON evaluation (asset_id);

CREATE INDEX ix_evaluation_benchmark_state ON evaluation (benchmark_id, state);

CREATE INDEX ix_evaluation_deadline_at ON evaluation (deadline_at);

CREATE INDEX ix_evaluation_open ON evaluation (submitted_by, benchmark_id) WHERE state IN ('requested', 'queued', 'predicting', 'scoring');

CREATE INDEX ix_evaluation_state ON evaluation (state);

CREATE INDEX ix_evaluation_submitted_by ON evaluation (submitted_by);

CREATE INDEX ix_evaluation_version_id ON evaluation (version_id);

CREATE INDEX ix_evaluation_waiting ON evaluation (queue, submitted_by, priority DESC, created_at, id) WHERE state = 'queued';

CREATE UNIQUE INDEX uq_evaluation_once ON evaluation (version_id, benchmark_id) WHERE state NOT IN ('failed_user', 'failed_platform', 'cancelled');

CREATE TABLE misuse_report (
    id UUID NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    asset_id UUID NOT NULL, 
    post_id UUID, 
    account_id UUID NOT NULL, 
    kind VARCHAR(40) NOT NULL CONSTRAINT ck_misuse_report_kind CHECK (kind IN ('malware', 'secret', 'personal', 'map', 'copyright', 'fraud', 'abuse', 'other')), 
    text VARCHAR(5000) NOT NULL, 
    evidence VARCHAR(2000) NOT NULL, 
    state VARCHAR(40) NOT NULL CONSTRAINT ck_misuse_report_state CHECK (state IN ('received', 'examining', 'escalated', 'upheld', 'dismissed', 'withdrawn', 'lapsed')), 
    reason VARCHAR(2000) NOT NULL, 
    decided_by UUID, 
    deadline_at TIMESTAMP WITH TIME ZONE, 
    CONSTRAINT pk_misuse_report PRIMARY KEY (id), 
    CONSTRAINT fk_misuse_report_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE, 
    CONSTRAINT fk_misuse_report_post_id FOREIGN KEY(post_id) REFERENCES discussion_post (id), 
    CONSTRAINT fk_misuse_report_account_id FOREIGN KEY(account_id) REFERENCES account (id), 
    CONSTRAINT fk_misuse_report_decided_by FOREIGN KEY(decided_by) REFERENCES account (id)
);

CREATE INDEX ix_misuse_report_account_id ON misuse_report (account_id);

CREATE INDEX ix_misuse_report_asset_id ON misuse_report (asset_id);

CREATE INDEX ix_misuse_report_deadline_at ON misuse_report (deadline_at);

CREATE INDEX ix_misuse_report_queue ON misuse_report (state, id DESC);

CREATE TABLE pace (
    benchmark_id UUID NOT NULL, 
    seconds FLOAT NOT NULL, 
    n INTEGER NOT NULL, 
    CONSTRAINT pk_pace PRIMARY KEY (benchmark_id), 
    CONSTRAINT fk_pace_benchmark_id FOREIGN KEY(benchmark_id) REFERENCES benchmark_version (id) ON DELETE CASCADE
);

CREATE TABLE scan_finding (
    id UUID NOT NULL, 
    scan_id UUID NOT NULL, 
    position INTEGER NOT NULL, 
    rule VARCHAR(60) NOT NULL, 
    severity VARCHAR(10) NOT NULL, 
    path VARCHAR(500) NOT NULL, 
    line INTEGER, 
    excerpt VARCHAR(300) NOT NULL, 
    params JSONB NOT NULL, 
    CONSTRAINT pk_scan_finding PRIMARY KEY (id), 
    CONSTRAINT fk_scan_finding_scan_id FOREIGN KEY(scan_id) REFERENCES scan (id) ON DELETE CASCADE
);

CREATE INDEX ix_scan_finding_scan_id ON scan_finding (scan_id);

CREATE TABLE upload_part (
    session_id UUID NOT NULL, 
    number INTEGER NOT NULL, 
    sha256 VARCHAR(64) NOT NULL, 
    size BIGINT NOT NULL, 
    CONSTRAINT pk_upload_part PRIMARY KEY (session_id, number), 
    CONSTRAINT fk_upload_part_session_id FOREIGN KEY(session_id) REFERENCES upload_session (id) ON DELETE CASCADE
);

CREATE TABLE attempt (
    id UUID NOT NULL, 
    evaluation_id UUID NOT NULL, 
    number INTEGER NOT NULL, 
    state VARCHAR(40) NOT NULL CONSTRAINT ck_attempt_state CHECK (state IN ('leased', 'running', 'succeeded', 'failed', 'lost')), 
    lease_token UUID NOT NULL, 
    lease_expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    worker VARCHAR(120) NOT NULL, 
    started_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    ended_at TIMESTAMP WITH TIME ZONE, 
    sandbox_grade VARCHAR(10) NOT NULL, 
    profile_digest VARCHAR(64) NOT NULL, 
    timings JSONB NOT NULL, 
    usage JSONB NOT NULL, 
    failure_code VARCHAR(60) NOT NULL, 
    settled BOOLEAN DEFAULT 'false' NOT NULL, 
    CONSTRAINT pk_attempt PRIMARY KEY (id), 
    CONSTRAINT uq_attempt_evaluation_id_number UNIQUE (evaluation_id, number), 
    CONSTRAINT fk_attempt_evaluation_id FOREIGN KEY(evaluation_id) REFERENCES evaluation (id) ON DELETE CASCADE
);

CREATE INDEX ix_attempt_evaluation_id ON attempt (evaluation_id);

CREATE INDEX ix_attempt_lease_expires_at ON attempt (lease_expires_at);

CREATE INDEX ix_attempt_started_at ON attempt (started_at);

CREATE INDEX ix_attempt_state ON attempt (state);

CREATE INDEX ix_attempt_unsettled ON attempt (evaluation_id) WHERE NOT settled;

CREATE TABLE attempt_log (
    id BIGINT GENERATED ALWAYS AS IDENTITY, 
    evaluation_id UUID NOT NULL, 
    attempt_no INTEGER NOT NULL, 
    phase VARCHAR(10) NOT NULL, 
    text VARCHAR NOT NULL, 
    CONSTRAINT pk_attempt_log PRIMARY KEY (id), 
    CONSTRAINT fk_attempt_log_evaluation_id FOREIGN KEY(evaluation_id) REFERENCES evaluation (id) ON DELETE CASCADE
);

CREATE INDEX ix_attempt_log_evaluation_id ON attempt_log (evaluation_id);

CREATE TABLE evaluation_event (
    id BIGINT GENERATED ALWAYS AS IDENTITY, 
    evaluation_id UUID NOT NULL, 
    at TIMESTAMP WITH TIME ZONE NOT NULL, 
    state VARCHAR(40) NOT NULL CONSTRAINT ck_evaluation_event_state CHECK (state IN ('requested', 'queued', 'predicting', 'scoring', 'done', 'failed_user', 'failed_platform', 'cancelled')), 
    attempt_no INTEGER NOT NULL, 
    note VARCHAR(200) NOT NULL, 
    CONSTRAINT pk_evaluation_event PRIMARY KEY (id), 
    CONSTRAINT fk_evaluation_event_evaluation_id FOREIGN KEY(evaluation_id) REFERENCES evaluation (id) ON DELETE CASCADE
);

CREATE INDEX ix_evaluation_event_evaluation_id ON evaluation_event (evaluation_id);

CREATE TABLE result (
    id UUID NOT NULL, 
    evaluation_id UUID NOT NULL, 
    attempt_no INTEGER NOT NULL, 
    benchmark_id UUID NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    version_digest VARCHAR(64) NOT NULL, 
    benchmark_digest VARCHAR(64) NOT NULL, 
    scorer_digest VARCHAR(64) NOT NULL, 
    runtime VARCHAR(60) NOT NULL, 
    runtime_digest VARCHAR(64) NOT NULL, 
    scorer_runtime VARCHAR(60) NOT NULL, 
    scorer_runtime_digest VARCHAR(64) NOT NULL, 
    profile_digest VARCHAR(64) NOT NULL, 
    sandbox_grade VARCHAR(10) NOT NULL, 
    per_item_sha256 VARCHAR(64) NOT NULL, 
    predictions_digest VARCHAR(64) NOT NULL, 
    item_count INTEGER NOT NULL, 
    bootstrap_seed BIGINT NOT NULL, 
    resamples INTEGER NOT NULL, 
    predict_s FLOAT NOT NULL, 
    score_s FLOAT NOT NULL, 
    peak_memory_bytes BIGINT NOT NULL, 
    CONSTRAINT pk_result PRIMARY KEY (id), 
    CONSTRAINT uq_result_evaluation_id UNIQUE (evaluation_id), 
    CONSTRAINT fk_result_evaluation_id FOREIGN KEY(evaluation_id) REFERENCES evaluation (id), 
    CONSTRAINT fk_result_benchmark_id FOREIGN KEY(benchmark_id) REFERENCES benchmark_version (id), 
    CONSTRAINT fk_result_per_item_sha256 FOREIGN KEY(per_item_sha256) REFERENCES blob (sha256)
);

CREATE INDEX ix_result_benchmark_id ON result (benchmark_id);

CREATE TABLE board_entry (
    id UUID NOT NULL, 
    benchmark_id UUID NOT NULL, 
    asset_id UUID NOT NULL, 
    result_id UUID NOT NULL, 
    position INTEGER NOT NULL, 
    rank INTEGER NOT NULL, 
    rank_low INTEGER NOT NULL, 
    rank_high INTEGER NOT NULL, 
    tie_group INTEGER NOT NULL, 
    CONSTRAINT pk_board_entry PRIMARY KEY (id), 
    CONSTRAINT uq_board_entry_benchmark_id_asset_id UNIQUE (benchmark_id, asset_id), 
    CONSTRAINT fk_board_entry_benchmark_id FOREIGN KEY(benchmark_id) REFERENCES benchmark_version (id), 
    CONSTRAINT fk_board_entry_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id), 
    CONSTRAINT fk_board_entry_result_id FOREIGN KEY(result_id) REFERENCES result (id)
);

CREATE INDEX ix_board_entry_place ON board_entry (benchmark_id, position);

CREATE TABLE paired_result (
    id UUID NOT NULL, 
    first_id UUID NOT NULL, 
    second_id UUID NOT NULL, 
    metric VARCHAR(60) NOT NULL, 
    created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
    problem VARCHAR(500) NOT NULL, 
    difference FLOAT, 
    low FLOAT, 
    high FLOAT, 
    p_value FLOAT, 
    effect FLOAT, 
    better INTEGER NOT NULL, 
    worse INTEGER NOT NULL, 
    equal INTEGER NOT NULL, 
    units INTEGER NOT NULL, 
    by_block BOOLEAN NOT NULL, 
    resamples INTEGER NOT NULL, 
    permutations INTEGER NOT NULL, 
    CONSTRAINT pk_paired_result PRIMARY KEY (id), 
    CONSTRAINT uq_paired_result_first_id_second_id_metric UNIQUE (first_id, second_id, metric), 
    CONSTRAINT fk_paired_result_first_id FOREIGN KEY(first_id) REFERENCES result (id) ON DELETE CASCADE, 
    CONSTRAINT fk_paired_result_second_id FOREIGN KEY(second_id) REFERENCES result (id) ON DELETE CASCADE
);

CREATE INDEX ix_paired_result_second_id ON paired_result (second_id);

CREATE TABLE result_metric (
    id UUID NOT NULL, 
    result_id UUID NOT NULL, 
    name VARCHAR(60) NOT NULL, 
    value FLOAT NOT NULL, 
    low FLOAT NOT NULL, 
    high FLOAT NOT NULL, 
    CONSTRAINT pk_result_metric PRIMARY KEY (id), 
    CONSTRAINT uq_result_metric_result_id_name UNIQUE (result_id, name), 
    CONSTRAINT fk_result_metric_result_id FOREIGN KEY(result_id) REFERENCES result (id) ON DELETE CASCADE
);

CREATE INDEX ix_result_metric_result_id ON result_metric (result_id);
