"""Jobs of rounds."""

import logging
import uuid
from typing import Any

from portal.kit.clock import now
from portal.kit.db import transaction
from portal.kit.jobs import periodic
from portal.reviews.rounds.actions import deadlines
from portal.reviews.rounds.queries import basic, running

log = logging.getLogger(__name__)


@periodic("reviews.run_deadlines", "*/5 * * * *")
def run_deadlines(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate passes it
    """Invitations run out, phases follow each other, rounds lapse, people are reminded; every five minutes.

    Each step is a transaction of its own: a round that cannot move holds up no other.
    """
    with transaction() as db:
        steps: list[tuple[Any, uuid.UUID]] = [
            (deadlines.expire_due, key) for key in running.overdue_invitations(db, now())
        ]
        steps += [(deadlines.move_due, key) for key in basic.due(db, now())]
    for step, key in steps:
        try:
            with transaction() as db:
                step(db, key)
        except Exception:
            log.exception("%s %s", step.__name__, key)
    with transaction() as db:
        deadlines.remind(db)
