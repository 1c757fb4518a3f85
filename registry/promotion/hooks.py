"""What promotion hears of at once, and what it tells notices. Importing it registers."""

import uuid
from collections.abc import Collection, Mapping

from portal.kit.db import Session
from portal.reviews.publicity import parties
from registry.certification.changes import CHANGED
from registry.certification.queries import gathering as certification
from registry.promotion import lineage
from registry.promotion.actions import moving
from registry.promotion.queries import promotions as queries
from registry.promotion.queries.gathering import KIND
from registry.versions import queries as versions


def _changed(db: Session, version_id: uuid.UUID) -> None:
    moving.uncertified(db, version_id=version_id)


def _parties(db: Session, ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, Collection[uuid.UUID]]:
    """Who made it and who nominated it: they decide no objection."""
    found = {}
    for key, (version_id, nominated_by) in queries.nominators(db, ids).items():
        row = versions.plain(db, version_id)
        if row is not None:
            found[key] = certification.parties(db, row[0], row[1], nominated_by).people
    return found


assert lineage  # noqa: S101 - importing it registers where an asset was adopted
CHANGED["promotion"] = _changed
parties.register_parties(KIND, _parties)
