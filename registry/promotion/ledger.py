"""Which events of promotions the public log shows: every stage, with its gates and the votes that passed one over."""

from collections.abc import Sequence

from portal.audit.publicity import Shown, register
from portal.kit.db import Session
from portal.kit.ids import parse_id
from registry.promotion.models import Stage
from registry.promotion.queries.ledger import public_promotions

VERBS = {f"promotion.{stage.value}": stage.label for stage in Stage}


def resolve(db: Session, ids: Sequence[str]) -> dict[str, Shown]:
    """Version and address of the public ones; their evidence stands on the promotion's page too."""
    wanted = [found for text in ids if (found := parse_id(text)) is not None]
    return {
        str(row.id): Shown(f"{row.slug}/{row.name}@{row.number}", f"/promotions/{row.id}", evidence=True)
        for row in public_promotions(db, wanted)
    }


register(VERBS, resolve)
