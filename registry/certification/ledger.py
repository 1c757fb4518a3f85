"""Which events of certificates the public log shows: what became of those that were issued."""

from portal.audit.publicity import register_rows
from portal.kit.i18n import N_
from registry.certification.queries.ledger import public_certificates

VERBS = {
    "certificate.granted": N_("Certificate granted"),
    "certificate.suspended": N_("Certificate suspended"),
    "certificate.expired": N_("Certificate expired"),
    "certificate.revoked": N_("Certificate revoked"),
}
register_rows(
    VERBS,
    public_certificates,
    lambda row: (f"{row.certificate} ({row.slug}/{row.name}@{row.number})", f"/certificates/{row.id}"),
)
