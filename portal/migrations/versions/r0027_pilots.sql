ALTER TABLE promotion_site
    ADD COLUMN organisation_id UUID,
    ADD COLUMN offer VARCHAR(5000) DEFAULT '' NOT NULL,
    ADD COLUMN state VARCHAR(40) DEFAULT 'piloting' NOT NULL CONSTRAINT ck_promotion_site_state CHECK (state IN ('offered', 'piloting', 'assessed', 'declined', 'withdrawn', 'lapsed', 'left', 'ended')),
    ADD COLUMN state_reason VARCHAR(2000) DEFAULT '' NOT NULL,
    ADD COLUMN deadline_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN report_due_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN reminded_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN warned_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN reports_digest VARCHAR(64) DEFAULT '' NOT NULL,
    ADD CONSTRAINT fk_promotion_site_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id);
UPDATE promotion_site SET
    state = CASE WHEN assessed_at IS NULL THEN 'piloting' ELSE 'assessed' END,
    deadline_at = COALESCE(assessed_at, greatest(to_on + INTERVAL '61 days', now() + INTERVAL '30 days'));
ALTER TABLE promotion_site ALTER COLUMN deadline_at SET NOT NULL, ALTER COLUMN state DROP DEFAULT;
CREATE INDEX ix_promotion_site_clock ON promotion_site (state, deadline_at);
CREATE INDEX ix_promotion_site_organisation_id ON promotion_site (organisation_id);

CREATE TABLE promotion_report (
    id UUID NOT NULL,
    site_id UUID NOT NULL,
    number INTEGER NOT NULL,
    replaces INTEGER,
    from_on DATE NOT NULL,
    to_on DATE NOT NULL,
    use VARCHAR(5000) NOT NULL,
    effect VARCHAR(5000) NOT NULL,
    severity VARCHAR(40) NOT NULL CONSTRAINT ck_promotion_report_severity CHECK (severity IN ('none', 'low', 'medium', 'high')),
    incidents VARCHAR(5000) NOT NULL,
    measured JSONB NOT NULL,
    reported_by UUID NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_promotion_report PRIMARY KEY (id),
    CONSTRAINT uq_promotion_report_site_id_number UNIQUE (site_id, number),
    CONSTRAINT fk_promotion_report_site_id FOREIGN KEY(site_id) REFERENCES promotion_site (id),
    CONSTRAINT fk_promotion_report_reported_by FOREIGN KEY(reported_by) REFERENCES account (id)
);
CREATE INDEX ix_promotion_report_reported_by ON promotion_report (reported_by);

-- What was reported is only ever added to.
CREATE TRIGGER promotion_report_append_only BEFORE UPDATE OR DELETE ON promotion_report
    FOR EACH ROW EXECUTE FUNCTION cspon_refuse_change();
