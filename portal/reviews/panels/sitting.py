"""Tells the rounds who sits on a panel, and the pages who must be out of the room; registered when imported."""

import uuid
from collections.abc import Collection

from portal.kit.db import Session
from portal.reviews.panels import queries
from portal.reviews.rounds.queries import basic
from portal.reviews.rounds.standing import conflicts_of, register_panel_rounds, register_panels

register_panels(queries.sits)
register_panel_rounds(queries.rounds_of)


def barred(
    db: Session, round_id: uuid.UUID, account_id: uuid.UUID, submissions: Collection[uuid.UUID]
) -> frozenset[uuid.UUID]:
    """Those of the submissions for which somebody must leave the room: the own ones, and those in conflict, now."""
    own = basic.applications_of(db, round_id, account_id)
    return conflicts_of(db, account_id, submissions) | (frozenset(own) & frozenset(submissions))
