"""Which events of certificates the public log shows: what became of those that were issued."""

from collections.abc import Sequence

from portal.audit.publicity import Shown, register
from portal.kit.db import Session
from portal.kit.i18n import N_
from portal.kit.ids import parse_id
from registry.certification.queries.ledger import public_certificates

VERBS = {
    "certificate.granted": N_("Certificate granted"),
    "certificate.suspended": N_("Certificate suspended"),
    "certificate.expired": N_("Certificate expired"),
    "certificate.revoked": N_("Certificate revoked"),
}


def resolve(db: Session, ids: Sequence[str]) -> dict[str, Shown]:
    """Number, version and address of the public ones; their evidence is digests and codes."""
    wanted = [found for text in ids if (found := parse_id(text)) is not None]
    return {
        str(row.id): Shown(
            f"{row.certificate} ({row.slug}/{row.name}@{row.number})",
            f"/certificates/{row.id}",
            evidence=True,
        )
        for row in public_certificates(db, wanted)
    }


register(VERBS, resolve)
