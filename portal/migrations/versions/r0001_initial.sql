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
    CONSTRAINT pk_account PRIMARY KEY (id), 
    CONSTRAINT uq_account_email UNIQUE (email)
);

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
    CONSTRAINT pk_blob PRIMARY KEY (sha256)
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
    demo BOOLEAN NOT NULL, 
    CONSTRAINT pk_organisation PRIMARY KEY (id)
);

CREATE INDEX ix_organisation_credit_code ON organisation (credit_code);

CREATE INDEX ix_organisation_sort_key ON organisation (sort_key);

CREATE INDEX ix_organisation_verification ON organisation (verification);

CREATE UNIQUE INDEX uq_organisation_credit_code ON organisation (credit_code) WHERE verification = 'verified';

CREATE TABLE sign_in_attempt (
    id UUID NOT NULL, 
    at TIMESTAMP WITH TIME ZONE NOT NULL, 
    subject VARCHAR(400) NOT NULL, 
    CONSTRAINT pk_sign_in_attempt PRIMARY KEY (id)
);

CREATE INDEX ix_sign_in_attempt_at ON sign_in_attempt (at);

CREATE INDEX ix_sign_in_attempt_subject ON sign_in_attempt (subject);

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
    CONSTRAINT pk_browser_session PRIMARY KEY (id), 
    CONSTRAINT fk_browser_session_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE, 
    CONSTRAINT uq_browser_session_secret_digest UNIQUE (secret_digest)
);

CREATE INDEX ix_browser_session_account_id ON browser_session (account_id);

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
    demo BOOLEAN NOT NULL, 
    created_by UUID NOT NULL, 
    CONSTRAINT pk_asset PRIMARY KEY (id), 
    CONSTRAINT uq_asset_namespace_id_name UNIQUE (namespace_id, name), 
    CONSTRAINT fk_asset_namespace_id FOREIGN KEY(namespace_id) REFERENCES namespace (id), 
    CONSTRAINT fk_asset_created_by FOREIGN KEY(created_by) REFERENCES account (id)
);

CREATE INDEX ix_asset_created_by ON asset (created_by);

CREATE INDEX ix_asset_kind_updated ON asset (kind, updated_at DESC, id DESC) WHERE is_public;

CREATE INDEX ix_asset_namespace_id ON asset (namespace_id);

CREATE INDEX ix_asset_public_name ON asset (sort_key, id) WHERE is_public;

CREATE INDEX ix_asset_public_updated ON asset (updated_at DESC, id DESC) WHERE is_public;

CREATE INDEX ix_asset_updated ON asset (updated_at DESC);

CREATE TABLE namespace_blob (
    namespace_id UUID NOT NULL, 
    sha256 VARCHAR(64) NOT NULL, 
    size BIGINT NOT NULL, 
    CONSTRAINT pk_namespace_blob PRIMARY KEY (namespace_id, sha256), 
    CONSTRAINT fk_namespace_blob_namespace_id FOREIGN KEY(namespace_id) REFERENCES namespace (id), 
    CONSTRAINT fk_namespace_blob_sha256 FOREIGN KEY(sha256) REFERENCES blob (sha256)
);

CREATE INDEX ix_namespace_blob_sha256 ON namespace_blob (sha256);

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

CREATE TABLE asset_relation (
    id UUID NOT NULL, 
    asset_id UUID NOT NULL, 
    other_id UUID NOT NULL, 
    kind VARCHAR(40) NOT NULL CONSTRAINT ck_asset_relation_kind CHECK (kind IN ('based_on', 'uses', 'described_by', 'evaluated_on', 'supersedes')), 
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

CREATE INDEX ix_evaluation_state ON evaluation (state);

CREATE INDEX ix_evaluation_submitted_by ON evaluation (submitted_by);

CREATE INDEX ix_evaluation_version_id ON evaluation (version_id);

CREATE UNIQUE INDEX uq_evaluation_once ON evaluation (version_id, benchmark_id) WHERE state NOT IN ('failed_user', 'failed_platform', 'cancelled');

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
    CONSTRAINT pk_attempt PRIMARY KEY (id), 
    CONSTRAINT uq_attempt_evaluation_id_number UNIQUE (evaluation_id, number), 
    CONSTRAINT fk_attempt_evaluation_id FOREIGN KEY(evaluation_id) REFERENCES evaluation (id) ON DELETE CASCADE
);

CREATE INDEX ix_attempt_evaluation_id ON attempt (evaluation_id);

CREATE INDEX ix_attempt_lease_expires_at ON attempt (lease_expires_at);

CREATE INDEX ix_attempt_state ON attempt (state);

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

CREATE INDEX ix_board_entry_benchmark_id ON board_entry (benchmark_id);

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
