"""Telling whoever keeps the log that somebody was shown names of reviewers.

Rounds do not know who listens: what logs such views registers here. The log is written in the transaction of the
request, so that names are shown only where the view could be logged.
"""

import uuid
from collections.abc import Callable

from portal.kit.actor import Actor
from portal.kit.db import Session
from portal.reviews.rounds.models import Round

Listener = Callable[[Session, Actor, Round, str, uuid.UUID | None], None]
_listeners: list[Listener] = []


def register(listener: Listener) -> None:
    """Make known what logs views of names; there is one."""
    _listeners[:] = [listener]


def names_seen(
    db: Session, actor: Actor, round_: Round, what: str, submission_id: uuid.UUID | None = None
) -> None:
    """Say that the actor is about to see names of reviewers; call it before they are read.

    ``what`` is the stable key of the door (``desk.matrix``, ``scores.workbook``); ``submission_id`` None: of the
    whole round.
    """
    for listener in _listeners:
        listener(db, actor, round_, what, submission_id)
