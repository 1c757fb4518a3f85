"""Telling the secretariat numbers of a round: to each member those of the submissions it may know of.

Whoever applies, or is in conflict with a submission, learns nothing from counts either.
"""

import uuid
from collections.abc import Callable
from typing import Any

from portal.accounts import queries as accounts
from portal.accounts.models import Role
from portal.kit.db import Session
from portal.kit.errors import Conflict
from portal.kit.i18n import _
from portal.notices.actions import tell
from portal.reviews.rounds.models import Round
from portal.reviews.rounds.policy import Standing
from portal.reviews.rounds.queries import basic
from portal.reviews.rounds.standing import conflicts_of

Numbers = Callable[[frozenset[uuid.UUID]], dict[str, Any] | None]
"""Submissions to leave out -> what to fill into the message, or None where nothing is left to tell."""


def tell_numbers(db: Session, round_: Round, message: str, url: str, numbers: Numbers) -> None:
    """Put a notice before every member of the secretariat for whom there is something to tell."""
    every = basic.submission_ids(db, round_.id)
    for account in accounts.with_role(db, Role.secretariat):
        applied = basic.applications_of(db, round_.id, account.id)
        filled = numbers(conflicts_of(db, account.id, every) | frozenset(applied))
        if filled is not None:
            tell(db, account.id, message=message, url=url, round=round_.titles, **filled)


def require_impartial(standing: Standing) -> None:
    """Refuse a member whom the refusal itself would tell something: what is counted must all be known to it."""
    if standing.applied | standing.conflicted:
        raise Conflict(
            _(
                "You stand behind a submission of this round or are in conflict with one; a colleague has to do this."
            ),
            hint=_("It happens by itself when the phase is over."),
        )
