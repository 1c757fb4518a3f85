"""Which events of versions the public log shows: those of published versions of public assets."""

from collections.abc import Sequence

from portal.audit.publicity import Shown, register
from portal.kit.db import Session
from portal.kit.i18n import N_
from portal.kit.ids import parse_id
from registry.versions.queries.ledger import public_versions

VERBS = {
    "version.scanned": N_("Version scanned"),
    "version.released": N_("Version released by a certifier"),
    "version.yanked": N_("Version withdrawn"),
}


def resolve(db: Session, ids: Sequence[str]) -> dict[str, Shown]:
    """Name and address of the public ones."""
    wanted = [found for text in ids if (found := parse_id(text)) is not None]
    return {
        str(row.id): Shown(
            f"{row.slug}/{row.name}@{row.number}", f"/assets/{row.slug}/{row.name}/versions/{row.number}"
        )
        for row in public_versions(db, wanted)
    }


register(VERBS, resolve)
