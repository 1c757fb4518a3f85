"""Seats as their holders and the secretariat read them, versions of reviews, seats whose time is over."""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, and_, func, or_, select
from sqlmodel import col

from portal.accounts.models import Account
from portal.kit.db import Session
from portal.kit.paging import Page, keyset
from portal.reviews.reviewing.models import ReviewVersion
from portal.reviews.rounds.models import HOLDING, Phase, Round, Seat, SeatState, Submission, SubmissionPerson

OPEN = (SeatState.accepted, SeatState.draft, SeatState.returned)
DONE = (SeatState.submitted, SeatState.locked)
OWN = (*OPEN, *DONE)
"""States in which the holder may read the seat's submission and the own review."""
_TAKING = (Phase.preparation, Phase.invitation, Phase.review)


def due_of(seat: Seat, round_: Round) -> dt.datetime | None:
    """When the review is due: the seat's own end, else that of the reviews."""
    return seat.deadline_at or round_.review_until or (
        round_.deadline_at if round_.phase is Phase.review else None
    )  # fmt: skip


def queue(db: Session, account_id: uuid.UUID) -> Sequence[Row[Any]]:
    """(``Seat``, ``Submission``, ``Round``) of all open reviews of an account, the most urgent first."""
    due = func.coalesce(col(Seat.deadline_at), col(Round.review_until), col(Round.deadline_at))
    return db.execute(
        _own(account_id, OPEN).order_by(due.asc().nulls_last(), col(Round.id), col(Submission.number))
    ).all()


def done(db: Session, account_id: uuid.UUID, *, after: str | None, before: str | None) -> Page[Row[Any]]:
    """The same of reviews that were handed in, latest seat first."""
    key: Any = col(Seat.id)
    statement = _own(account_id, DONE).add_columns(key.label("key"))
    return keyset(db, statement, [key], after=after, before=before)


def _own(account_id: uuid.UUID, states: Collection[SeatState]) -> Any:
    return (
        select(Seat, Submission, Round)
        .join(Submission, col(Submission.id) == col(Seat.submission_id))
        .join(Round, col(Round.id) == col(Seat.round_id))
        .where(col(Seat.account_id) == account_id, col(Seat.state).in_(states))
    )


def applied_among(
    db: Session, account_id: uuid.UUID, submissions: Collection[uuid.UUID]
) -> frozenset[uuid.UUID]:
    """Those of these submissions the account itself is behind."""
    return frozenset(
        db.scalars(
            select(col(SubmissionPerson.submission_id)).where(
                col(SubmissionPerson.account_id) == account_id,
                col(SubmissionPerson.submission_id).in_(submissions),
            )
        )
    )


def own_in_round(db: Session, account_id: uuid.UUID, round_id: uuid.UUID) -> Sequence[Row[Any]]:
    """(``Seat``, ``Submission``) of the account's reviews in a round, by number."""
    return db.execute(
        select(Seat, Submission)
        .join(Submission, col(Submission.id) == col(Seat.submission_id))
        .where(col(Seat.round_id) == round_id, col(Seat.account_id) == account_id, col(Seat.state).in_(OWN))
        .order_by(col(Submission.number))
    ).all()


def versions_of(db: Session, seat_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[ReviewVersion]]:
    """Seat -> all its submitted versions, oldest first; seats that never submitted are left out."""
    found: dict[uuid.UUID, list[ReviewVersion]] = {}
    for row in db.scalars(
        select(ReviewVersion)
        .where(col(ReviewVersion.seat_id).in_(seat_ids))
        .order_by(col(ReviewVersion.seat_id), col(ReviewVersion.number))
    ):
        found.setdefault(row.seat_id, []).append(row)
    return found


def latest(db: Session, seat_id: uuid.UUID) -> ReviewVersion | None:
    """What the seat submitted last."""
    return db.scalars(
        select(ReviewVersion)
        .where(col(ReviewVersion.seat_id) == seat_id)
        .order_by(col(ReviewVersion.number).desc())
        .limit(1)
    ).one_or_none()


def by_letter(db: Session, submission_id: uuid.UUID, alias: int, *, lock: bool = False) -> Seat | None:
    """The seat of a submission that has this letter."""
    statement = select(Seat).where(col(Seat.submission_id) == submission_id, col(Seat.alias) == alias)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return db.scalars(statement).one_or_none()


def progress(db: Session, round_id: uuid.UUID) -> Sequence[Row[Any]]:
    """(``Seat``, ``Submission``, name) of all taken seats of a round, by number and letter."""
    return db.execute(
        select(Seat, Submission, col(Account.name).label("name"))
        .join(Submission, col(Submission.id) == col(Seat.submission_id))
        .join(Account, col(Account.id) == col(Seat.account_id))
        .where(col(Seat.round_id) == round_id, col(Seat.state).in_(HOLDING))
        .order_by(col(Submission.number), col(Seat.alias))
    ).all()


def names_of(db: Session, account_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Names of accounts."""
    rows = db.execute(select(col(Account.id), col(Account.name)).where(col(Account.id).in_(account_ids)))
    return {row.id: row.name for row in rows}


def due(db: Session, at: dt.datetime, limit: int = 200) -> Sequence[uuid.UUID]:
    """Seats whose time is over: by their own end, or because their round takes no more reviews."""
    waiting = (SeatState.planned, SeatState.invited, *OPEN, SeatState.submitted)
    return db.scalars(
        select(col(Seat.id))
        .join(Round, col(Round.id) == col(Seat.round_id))
        .where(
            or_(
                and_(col(Seat.state).in_(OPEN), col(Seat.deadline_at) <= at),
                and_(col(Seat.state).in_(waiting), col(Round.phase).not_in(_TAKING)),
            )
        )
        .order_by(col(Seat.id))
        .limit(limit)
    ).all()


def unfinished_in(db: Session, round_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """Seats of a round that are neither given up nor locked."""
    states = [state for state in HOLDING if state is not SeatState.locked]
    return db.scalars(
        select(col(Seat.id))
        .where(col(Seat.round_id) == round_id, col(Seat.state).in_(states))
        .order_by(col(Seat.id))
    ).all()


def unfinished_of(db: Session, account_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """Seats of an account whose review was not handed in."""
    states = (SeatState.planned, SeatState.invited, SeatState.accepted, SeatState.draft)
    return db.scalars(
        select(col(Seat.id))
        .where(col(Seat.account_id) == account_id, col(Seat.state).in_(states))
        .order_by(col(Seat.id))
    ).all()
