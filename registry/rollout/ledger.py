"""Which events of bundles the public log shows."""

from collections.abc import Sequence

from portal.audit.publicity import Shown, register
from portal.kit.db import Session
from portal.kit.i18n import N_
from portal.kit.ids import parse_id
from registry.rollout.queries.ledger import public_bundles

VERBS = {
    "bundle.ordered": N_("Bundle ordered"),
    "bundle.signing": N_("Bundle waits for signatures"),
    "bundle.ready": N_("Bundle ready"),
    "bundle.replaced": N_("Bundle replaced"),
    "bundle.failed": N_("Bundle failed"),
    "bundle.withdrawn": N_("Bundle withdrawn"),
}


def resolve(db: Session, ids: Sequence[str]) -> dict[str, Shown]:
    """Version, channel and address of the public ones; their evidence is digests."""
    wanted = [found for text in ids if (found := parse_id(text)) is not None]
    return {
        str(row.id): Shown(
            f"{row.slug}/{row.name}@{row.number} · {row.channel.value}/{row.sequence}",
            f"/assets/{row.slug}/{row.name}/versions/{row.number}",
            evidence=True,
        )
        for row in public_bundles(db, wanted)
    }


register(VERBS, resolve)
