"""Works made together, told to the conflict rules of reviews: authors and publishers of one asset are co-authors."""

import datetime as dt
import uuid
from collections.abc import Collection

from portal.kit.db import Session
from portal.reviews.conflicts.world import TieKind
from portal.reviews.staffing.ties import Shared, register_ties
from registry.versions.queries.ties import made_together


def shared_works(db: Session, accounts: Collection[uuid.UUID], since: dt.date) -> list[Shared]:
    """Whom these accounts made assets with that had a version published on that day or later."""
    return [
        Shared(
            TieKind.co_author,
            row.account_id,
            row.other_id,
            row.other_name,
            row.last,
            f"/assets/{row.slug}/{row.asset}",
            row.affiliation,
        )
        for row in made_together(db, accounts, since)
    ]


register_ties(shared_works)
