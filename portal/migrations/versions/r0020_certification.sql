CREATE TABLE advisory (
    id UUID NOT NULL,
    osv_id VARCHAR(100) NOT NULL,
    package VARCHAR(200) NOT NULL,
    aliases JSONB NOT NULL,
    summary VARCHAR(500) NOT NULL,
    severity VARCHAR(20) NOT NULL,
    versions JSONB NOT NULL,
    ranges JSONB NOT NULL,
    modified_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_advisory PRIMARY KEY (id),
    CONSTRAINT uq_advisory_package_osv_id UNIQUE (package, osv_id)
);

CREATE TABLE advisory_import (
    id UUID NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    filename VARCHAR(200) NOT NULL,
    digest VARCHAR(64) NOT NULL,
    newest_at TIMESTAMP WITH TIME ZONE NOT NULL,
    entries INTEGER NOT NULL,
    left_out INTEGER NOT NULL,
    CONSTRAINT pk_advisory_import PRIMARY KEY (id)
);

CREATE TABLE certification_profile (
    id UUID NOT NULL,
    code VARCHAR(40) NOT NULL,
    number INTEGER NOT NULL,
    title_zh VARCHAR(200) NOT NULL,
    title_en VARCHAR(200) NOT NULL,
    purpose_zh VARCHAR(2000) NOT NULL,
    purpose_en VARCHAR(2000) NOT NULL,
    valid_months INTEGER NOT NULL,
    criteria JSONB NOT NULL,
    effective_from DATE NOT NULL,
    reason VARCHAR(2000) NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by UUID,
    CONSTRAINT pk_certification_profile PRIMARY KEY (id),
    CONSTRAINT uq_certification_profile_code_number UNIQUE (code, number),
    CONSTRAINT fk_certification_profile_created_by FOREIGN KEY(created_by) REFERENCES account (id)
);

CREATE TABLE certificate (
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    version_id UUID NOT NULL,
    asset_id UUID NOT NULL,
    profile_id UUID NOT NULL,
    version_digest VARCHAR(64) NOT NULL,
    state VARCHAR(40) NOT NULL CONSTRAINT ck_certificate_state CHECK (state IN ('requested', 'assessing', 'granted', 'refused', 'suspended', 'expired', 'revoked')),
    state_reason VARCHAR(2000) NOT NULL,
    state_at TIMESTAMP WITH TIME ZONE NOT NULL,
    deadline_at TIMESTAMP WITH TIME ZONE NOT NULL,
    reminded_at TIMESTAMP WITH TIME ZONE,
    asked_level VARCHAR(40) NOT NULL CONSTRAINT ck_certificate_asked_level CHECK (asked_level IN ('pilot', 'rollout')),
    purpose VARCHAR(2000) NOT NULL,
    requested_by UUID NOT NULL,
    assessor_id UUID,
    decided_by UUID,
    number VARCHAR(40),
    granted_level VARCHAR(20) NOT NULL,
    scope VARCHAR(2000) NOT NULL,
    granted_at TIMESTAMP WITH TIME ZONE,
    expires_at TIMESTAMP WITH TIME ZONE,
    computed_at TIMESTAMP WITH TIME ZONE,
    sbom_sha256 VARCHAR(64),
    statement_sha256 VARCHAR(64),
    pdf_sha256 VARCHAR(64),
    pdf_problem VARCHAR(500) NOT NULL,
    demo BOOLEAN NOT NULL,
    CONSTRAINT pk_certificate PRIMARY KEY (id),
    CONSTRAINT fk_certificate_version_id FOREIGN KEY(version_id) REFERENCES version (id),
    CONSTRAINT fk_certificate_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id),
    CONSTRAINT fk_certificate_profile_id FOREIGN KEY(profile_id) REFERENCES certification_profile (id),
    CONSTRAINT fk_certificate_requested_by FOREIGN KEY(requested_by) REFERENCES account (id),
    CONSTRAINT fk_certificate_assessor_id FOREIGN KEY(assessor_id) REFERENCES account (id),
    CONSTRAINT fk_certificate_decided_by FOREIGN KEY(decided_by) REFERENCES account (id),
    CONSTRAINT uq_certificate_number UNIQUE (number),
    CONSTRAINT fk_certificate_sbom_sha256 FOREIGN KEY(sbom_sha256) REFERENCES blob (sha256),
    CONSTRAINT fk_certificate_statement_sha256 FOREIGN KEY(statement_sha256) REFERENCES blob (sha256),
    CONSTRAINT fk_certificate_pdf_sha256 FOREIGN KEY(pdf_sha256) REFERENCES blob (sha256)
);

CREATE INDEX ix_certificate_assessor_id ON certificate (assessor_id);
CREATE INDEX ix_certificate_asset_id ON certificate (asset_id);
CREATE INDEX ix_certificate_deadline_at ON certificate (deadline_at);
CREATE INDEX ix_certificate_list ON certificate (granted_at DESC, id DESC);
CREATE INDEX ix_certificate_profile_id ON certificate (profile_id);
CREATE INDEX ix_certificate_queue ON certificate (state, deadline_at, id);
CREATE INDEX ix_certificate_requested_by ON certificate (requested_by);
CREATE INDEX ix_certificate_version_id ON certificate (version_id);
CREATE UNIQUE INDEX uq_certificate_open ON certificate (version_id) WHERE state IN ('requested', 'assessing');
CREATE TABLE certificate_criterion (
    id UUID NOT NULL,
    certificate_id UUID NOT NULL,
    position INTEGER NOT NULL,
    code VARCHAR(60) NOT NULL,
    kind VARCHAR(40) NOT NULL CONSTRAINT ck_certificate_criterion_kind CHECK (kind IN ('computed', 'assessed', 'evidence_file')),
    verdict VARCHAR(40) NOT NULL CONSTRAINT ck_certificate_criterion_verdict CHECK (verdict IN ('met', 'not_met', 'unknown')),
    words VARCHAR(300) NOT NULL,
    params JSONB NOT NULL,
    evidence JSONB NOT NULL,
    measured FLOAT,
    note VARCHAR(2000) NOT NULL,
    accepted BOOLEAN NOT NULL,
    assessed_by UUID,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_certificate_criterion PRIMARY KEY (id),
    CONSTRAINT uq_certificate_criterion_certificate_id_code UNIQUE (certificate_id, code),
    CONSTRAINT fk_certificate_criterion_certificate_id FOREIGN KEY(certificate_id) REFERENCES certificate (id) ON DELETE CASCADE,
    CONSTRAINT fk_certificate_criterion_assessed_by FOREIGN KEY(assessed_by) REFERENCES account (id)
);

CREATE TABLE certificate_evidence (
    id UUID NOT NULL,
    certificate_id UUID NOT NULL,
    code VARCHAR(60) NOT NULL,
    filename VARCHAR(120) NOT NULL,
    sha256 VARCHAR(64) NOT NULL,
    size BIGINT NOT NULL,
    added_by UUID NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_certificate_evidence PRIMARY KEY (id),
    CONSTRAINT fk_certificate_evidence_certificate_id FOREIGN KEY(certificate_id) REFERENCES certificate (id) ON DELETE CASCADE,
    CONSTRAINT fk_certificate_evidence_sha256 FOREIGN KEY(sha256) REFERENCES blob (sha256),
    CONSTRAINT fk_certificate_evidence_added_by FOREIGN KEY(added_by) REFERENCES account (id)
);

CREATE INDEX ix_certificate_evidence_added_by ON certificate_evidence (added_by);
CREATE INDEX ix_certificate_evidence_certificate_id ON certificate_evidence (certificate_id);
CREATE INDEX ix_certificate_evidence_sha256 ON certificate_evidence (sha256);
