"""Tables of the secretariat: submissions with their seats, invitations with their states, what is late."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlmodel import col

from portal.accounts.models import Account, Namespace
from portal.kit.db import Session
from portal.kit.paging import Page, keyset
from portal.reviews.rounds.models import (
    COUNTED,
    HOLDING,
    Invitation,
    InvitationState,
    Seat,
    SeatState,
    Submission,
    SubmissionPerson,
)

WRITING = (SeatState.accepted, SeatState.draft, SeatState.returned)


def _submissions(round_id: uuid.UUID, panel: str) -> Any:
    statement = select(Submission, col(Submission.number)).where(col(Submission.round_id) == round_id)
    return statement.where(col(Submission.panel) == panel) if panel else statement


def submissions_page(
    db: Session, round_id: uuid.UUID, *, panel: str = "", after: str | None = None, before: str | None = None
) -> Page[Any]:
    """20 submissions by number; rows are (submission, number)."""
    keys: list[Any] = [col(Submission.number)]
    return keyset(
        db,
        _submissions(round_id, panel),
        keys,
        descending=False,
        after=after,
        before=before,
    )


def all_submissions(db: Session, round_id: uuid.UUID, panel: str = "") -> Sequence[Submission]:
    """All submissions by number, for a table."""
    return db.scalars(_submissions(round_id, panel).order_by(col(Submission.number))).all()


def panels(db: Session, round_id: uuid.UUID) -> Sequence[str]:
    """The panels submissions of the round are in."""
    return db.scalars(
        select(col(Submission.panel))
        .where(col(Submission.round_id) == round_id, col(Submission.panel) != "")
        .distinct()
        .order_by(col(Submission.panel))
    ).all()


def seats_by_submission(
    db: Session, submission_ids: Collection[uuid.UUID], *, every: bool = False
) -> Mapping[uuid.UUID, list[Any]]:
    """Seats that are taken (``every``: and those that were) with the names of their holders, by letter.

    For whoever runs the submissions; say so to ``rounds.sight`` before it is shown.
    """
    statement = (
        select(
            col(Seat.id), col(Seat.submission_id), col(Seat.alias), col(Seat.state), col(Seat.state_reason),
            col(Seat.state_at), col(Seat.deadline_at), col(Seat.origin), col(Seat.submitted_at),
            col(Account.name), col(Namespace.slug),
        )
        .join(Account, col(Account.id) == col(Seat.account_id))
        .join(Namespace, col(Namespace.account_id) == col(Account.id))
        .where(col(Seat.submission_id).in_(submission_ids))
        .order_by(col(Seat.submission_id), col(Seat.alias))
    )  # fmt: skip
    if not every:
        statement = statement.where(col(Seat.state).in_(HOLDING))
    found: dict[uuid.UUID, list[Any]] = defaultdict(list)
    for row in db.execute(statement):
        found[row.submission_id].append(row)
    return found


def leads_of(db: Session, submission_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Who leads each submission, by name and organisation."""
    rows = db.execute(
        select(
            col(SubmissionPerson.submission_id),
            col(SubmissionPerson.name),
            col(SubmissionPerson.organisation_name),
        )
        .where(col(SubmissionPerson.submission_id).in_(submission_ids), col(SubmissionPerson.lead))
        .order_by(col(SubmissionPerson.submission_id), col(SubmissionPerson.id).desc())
    )
    return {row[0]: row[1] + (f" ({row[2]})" if row[2] else "") for row in rows}


def _invitations(round_id: uuid.UUID) -> Any:
    def count(states: Collection[SeatState]) -> Any:
        return (
            select(func.count())
            .where(
                col(Seat.round_id) == col(Invitation.round_id),
                col(Seat.account_id) == col(Invitation.account_id),
                col(Seat.state).in_(states),
            )
            .correlate(Invitation)
            .scalar_subquery()
        )

    return (
        select(
            Invitation, col(Account.name), col(Namespace.slug), count(HOLDING).label("seats"),
            count(COUNTED).label("delivered"), count(WRITING).label("missing"), col(Invitation.id),
        )
        .join(Account, col(Account.id) == col(Invitation.account_id))
        .join(Namespace, col(Namespace.account_id) == col(Account.id))
        .where(col(Invitation.round_id) == round_id)
    )  # fmt: skip


def invitations_page(
    db: Session,
    round_id: uuid.UUID,
    *,
    states: Collection[InvitationState] = (),
    late: bool = False,
    after: str | None = None,
    before: str | None = None,
) -> Page[Any]:
    """20 invitations with names and counts of seats, in the order in which they were planned.

    ``late``: only experts who owe reviews.
    """
    statement = _invitations(round_id)
    if states:
        statement = statement.where(col(Invitation.state).in_(states))
    if late:
        owes = select(col(Seat.id)).where(
            col(Seat.round_id) == col(Invitation.round_id),
            col(Seat.account_id) == col(Invitation.account_id),
            col(Seat.state).in_(WRITING),
        )
        statement = statement.where(owes.exists())
    keys: list[Any] = [col(Invitation.id)]
    return keyset(db, statement, keys, descending=False, after=after, before=before)


def all_invitations(db: Session, round_id: uuid.UUID) -> Sequence[Any]:
    """All of them, for a table."""
    return db.execute(_invitations(round_id).order_by(col(Invitation.id)).limit(10_000)).all()


def counts_of_invitations(db: Session, round_id: uuid.UUID) -> dict[InvitationState, int]:
    """How many are in each state."""
    statement = (
        select(col(Invitation.state), func.count())
        .where(col(Invitation.round_id) == round_id)
        .group_by(col(Invitation.state))
    )
    return {row[0]: row[1] for row in db.execute(statement)}


def late_experts(
    db: Session, round_id: uuid.UUID, before: dt.datetime, but: Collection[uuid.UUID] = ()
) -> int:
    """How many experts owe a review whose time ends before an instant."""
    statement = select(func.count(func.distinct(col(Seat.account_id)))).where(
        col(Seat.round_id) == round_id,
        col(Seat.state).in_(WRITING),
        col(Seat.deadline_at) < before,
        col(Seat.submission_id).not_in(but),
    )
    return db.scalar(statement) or 0
