DROP TABLE sign_in_attempt;

ALTER TABLE account ADD COLUMN closes_at TIMESTAMP WITH TIME ZONE;

ALTER TABLE blob ADD COLUMN verified_at TIMESTAMP WITH TIME ZONE;

ALTER TABLE organisation ADD COLUMN similar_to VARCHAR(40) DEFAULT '' NOT NULL;

ALTER TABLE browser_session ADD COLUMN pending BOOLEAN DEFAULT false NOT NULL;

ALTER TABLE browser_session ADD COLUMN second_factor_at TIMESTAMP WITH TIME ZONE;

ALTER TABLE browser_session ADD COLUMN confirmed_at TIMESTAMP WITH TIME ZONE;

ALTER TABLE browser_session ADD COLUMN challenge VARCHAR(120) DEFAULT '' NOT NULL;

ALTER TABLE asset ADD COLUMN robot_downloads INTEGER DEFAULT '0' NOT NULL;

ALTER TABLE asset ADD COLUMN likes INTEGER DEFAULT '0' NOT NULL;

ALTER TABLE asset ADD COLUMN topics INTEGER DEFAULT '0' NOT NULL;

ALTER TABLE asset ADD COLUMN withheld BOOLEAN DEFAULT 'false' NOT NULL;

ALTER TABLE asset ADD COLUMN gated BOOLEAN DEFAULT 'false' NOT NULL;

ALTER TABLE asset ADD COLUMN doi VARCHAR(220) DEFAULT '' NOT NULL;

ALTER TABLE asset ADD COLUMN cstr VARCHAR(150) DEFAULT '' NOT NULL;

ALTER TABLE asset ADD COLUMN year INTEGER;

ALTER TABLE asset ADD COLUMN venue VARCHAR(200) DEFAULT '' NOT NULL;

ALTER TABLE asset ADD COLUMN region_code VARCHAR(6) DEFAULT '' NOT NULL;

ALTER TABLE asset ADD COLUMN region VARCHAR(100) DEFAULT '' NOT NULL;

ALTER TABLE asset ADD COLUMN period_from DATE;

ALTER TABLE asset ADD COLUMN period_to DATE;

ALTER TABLE asset ADD COLUMN map_review_no VARCHAR(40) DEFAULT '' NOT NULL;

ALTER TABLE namespace_blob ADD COLUMN unreferenced_at TIMESTAMP WITH TIME ZONE;

ALTER TABLE asset_relation DROP CONSTRAINT ck_asset_relation_kind;

ALTER TABLE asset_relation ADD CONSTRAINT ck_asset_relation_kind CHECK (kind IN ('based_on', 'uses', 'uses_data', 'describes', 'described_by', 'evaluated_on', 'supersedes'));

ALTER TABLE version ADD COLUMN rehearsed_digest VARCHAR(64) DEFAULT '' NOT NULL;

ALTER TABLE benchmark_version ADD COLUMN quota_at_once INTEGER;

ALTER TABLE benchmark_version ADD COLUMN capacity_per_day INTEGER;

ALTER TABLE benchmark_version ADD COLUMN queue VARCHAR(20) DEFAULT 'cpu' NOT NULL;

ALTER TABLE evaluation ADD COLUMN priority INTEGER DEFAULT '0' NOT NULL;

ALTER TABLE evaluation ADD COLUMN queue VARCHAR(20) DEFAULT 'cpu' NOT NULL;

ALTER TABLE evaluation ADD COLUMN ready_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL;

ALTER TABLE attempt ADD COLUMN settled BOOLEAN DEFAULT 'false' NOT NULL;

CREATE TABLE gate_terms (
    sha256 VARCHAR(64) NOT NULL,
    terms VARCHAR NOT NULL,
    terms_en VARCHAR NOT NULL,
    CONSTRAINT pk_gate_terms PRIMARY KEY (sha256)
);

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

CREATE TABLE upload_part (
    session_id UUID NOT NULL,
    number INTEGER NOT NULL,
    sha256 VARCHAR(64) NOT NULL,
    size BIGINT NOT NULL,
    CONSTRAINT pk_upload_part PRIMARY KEY (session_id, number),
    CONSTRAINT fk_upload_part_session_id FOREIGN KEY(session_id) REFERENCES upload_session (id) ON DELETE CASCADE
);

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

DROP INDEX ix_board_entry_benchmark_id;

CREATE INDEX ix_account_closes_at ON account (closes_at);

CREATE INDEX ix_asset_hidden ON asset (namespace_id) WHERE NOT is_public;

CREATE INDEX ix_asset_public_likes ON asset (likes DESC, id DESC) WHERE is_public;

CREATE INDEX ix_attempt_started_at ON attempt (started_at);

CREATE INDEX ix_attempt_unsettled ON attempt (evaluation_id) WHERE NOT settled;

CREATE INDEX ix_blob_verified_at ON blob (verified_at);

CREATE INDEX ix_board_entry_place ON board_entry (benchmark_id, position);

CREATE INDEX ix_evaluation_open ON evaluation (submitted_by, benchmark_id) WHERE state IN ('requested', 'queued', 'predicting', 'scoring');

CREATE INDEX ix_evaluation_waiting ON evaluation (queue, submitted_by, priority DESC, created_at, id) WHERE state = 'queued';
