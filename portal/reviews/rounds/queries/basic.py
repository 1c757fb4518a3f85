"""Single rounds, submissions, seats and invitations, by key; what somebody is in a round."""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlmodel import SQLModel, col

from portal.kit.db import Session
from portal.reviews.rounds.models import (
    HOLDING,
    Invitation,
    Round,
    RoundTemplate,
    Seat,
    SeatState,
    Submission,
    SubmissionExclusion,
    SubmissionPerson,
)

T = TypeVar("T", bound=SQLModel)


def _one(db: Session, table: type[T], *where: Any, lock: bool) -> T | None:
    statement = select(table).where(*where)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return db.scalars(statement).one_or_none()


def one(db: Session, round_id: uuid.UUID, *, lock: bool = False) -> Round | None:
    """One round, in whatever state."""
    return _one(db, Round, col(Round.id) == round_id, lock=lock)


def template(db: Session, key: str) -> RoundTemplate | None:
    """The template of that key."""
    return _one(db, RoundTemplate, col(RoundTemplate.key) == key, lock=False)


def templates(db: Session, *, every: bool = False) -> list[RoundTemplate]:
    """Templates that are offered (``every``: all), by key."""
    statement = select(RoundTemplate).order_by(col(RoundTemplate.key))
    return list(db.scalars(statement if every else statement.where(col(RoundTemplate.active))))


def submission(db: Session, submission_id: uuid.UUID, *, lock: bool = False) -> Submission | None:
    """One submission."""
    return _one(db, Submission, col(Submission.id) == submission_id, lock=lock)


def submission_by_number(db: Session, round_id: uuid.UUID, number: int) -> Submission | None:
    """The submission a round calls by that number."""
    return _one(
        db, Submission, col(Submission.round_id) == round_id, col(Submission.number) == number, lock=False
    )


def submissions(db: Session, round_id: uuid.UUID, *, lock: bool = False) -> list[Submission]:
    """All submissions of a round, by number."""
    statement = (
        select(Submission).where(col(Submission.round_id) == round_id).order_by(col(Submission.number))
    )
    return list(db.scalars(statement.with_for_update() if lock else statement))


def submission_ids(db: Session, round_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """Ids of all submissions of a round, by number."""
    return db.scalars(
        select(col(Submission.id))
        .where(col(Submission.round_id) == round_id)
        .order_by(col(Submission.number))
    ).all()


def last_number(db: Session, round_id: uuid.UUID) -> int:
    """The highest number a submission of the round has; 0 without any."""
    found = select(func.max(col(Submission.number))).where(col(Submission.round_id) == round_id)
    return db.scalar(found) or 0


def has_subject(db: Session, round_id: uuid.UUID, subject_id: uuid.UUID) -> bool:
    """Whether the thing is in the round."""
    found = select(col(Submission.id)).where(
        col(Submission.round_id) == round_id, col(Submission.subject_id) == subject_id
    )
    return db.scalar(found.limit(1)) is not None


def people(db: Session, submission_ids: Collection[uuid.UUID]) -> list[SubmissionPerson]:
    """Who stands behind these submissions, in the order in which they were named."""
    return list(
        db.scalars(
            select(SubmissionPerson)
            .where(col(SubmissionPerson.submission_id).in_(submission_ids))
            .order_by(col(SubmissionPerson.submission_id), col(SubmissionPerson.id))
        )
    )


def exclusions(db: Session, submission_ids: Collection[uuid.UUID]) -> list[SubmissionExclusion]:
    """Whom the applicants of these submissions asked not to have."""
    return list(
        db.scalars(
            select(SubmissionExclusion)
            .where(col(SubmissionExclusion.submission_id).in_(submission_ids))
            .order_by(col(SubmissionExclusion.submission_id), col(SubmissionExclusion.id))
        )
    )


def applications_of(db: Session, round_id: uuid.UUID, account_id: uuid.UUID) -> dict[uuid.UUID, bool]:
    """Submissions of the round the account is behind, and whether it leads them."""
    rows = db.execute(
        select(col(SubmissionPerson.submission_id), col(SubmissionPerson.lead))
        .join(Submission, col(Submission.id) == col(SubmissionPerson.submission_id))
        .where(col(Submission.round_id) == round_id, col(SubmissionPerson.account_id) == account_id)
    )
    return {row.submission_id: row.lead for row in rows}


def seats_of(db: Session, round_id: uuid.UUID, account_id: uuid.UUID) -> dict[uuid.UUID, SeatState]:
    """The account's seats in the round, in whatever state, by submission."""
    rows = db.execute(
        select(col(Seat.submission_id), col(Seat.state)).where(
            col(Seat.round_id) == round_id, col(Seat.account_id) == account_id
        )
    )
    return {row.submission_id: row.state for row in rows}


def seated_among(
    db: Session, account_id: uuid.UUID, submission_ids: Collection[uuid.UUID]
) -> frozenset[uuid.UUID]:
    """Those of the submissions at which the account has or had a seat."""
    return frozenset(
        db.scalars(
            select(col(Seat.submission_id)).where(
                col(Seat.account_id) == account_id, col(Seat.submission_id).in_(submission_ids)
            )
        )
    )


def seat(db: Session, seat_id: uuid.UUID, *, lock: bool = False) -> Seat | None:
    """One seat."""
    return _one(db, Seat, col(Seat.id) == seat_id, lock=lock)


def seat_of(
    db: Session, submission_id: uuid.UUID, account_id: uuid.UUID, *, lock: bool = False
) -> Seat | None:
    """The account's seat at a submission, in whatever state."""
    return _one(
        db, Seat, col(Seat.submission_id) == submission_id, col(Seat.account_id) == account_id, lock=lock
    )


def seats(
    db: Session, round_id: uuid.UUID, *, states: Collection[SeatState] = HOLDING, lock: bool = False
) -> list[Seat]:
    """Seats of a round in these states, by submission and letter."""
    statement = (
        select(Seat)
        .where(col(Seat.round_id) == round_id, col(Seat.state).in_(states))
        .order_by(col(Seat.submission_id), col(Seat.alias))
    )
    return list(db.scalars(statement.with_for_update() if lock else statement))


def seats_at(db: Session, submission_id: uuid.UUID, *, states: Collection[SeatState] = HOLDING) -> list[Seat]:
    """Seats at one submission in these states, by letter."""
    return list(
        db.scalars(
            select(Seat)
            .where(col(Seat.submission_id) == submission_id, col(Seat.state).in_(states))
            .order_by(col(Seat.alias))
        )
    )


def aliases(db: Session, submission_id: uuid.UUID) -> set[int]:
    """Letters that are or were given at a submission."""
    return set(db.scalars(select(col(Seat.alias)).where(col(Seat.submission_id) == submission_id)))


def invitation(
    db: Session, round_id: uuid.UUID, account_id: uuid.UUID, *, lock: bool = False
) -> Invitation | None:
    """The invitation of an account to a round."""
    return _one(
        db,
        Invitation,
        col(Invitation.round_id) == round_id,
        col(Invitation.account_id) == account_id,
        lock=lock,
    )


def invitations(db: Session, round_id: uuid.UUID) -> list[Invitation]:
    """All invitations to a round, oldest first."""
    return list(
        db.scalars(
            select(Invitation).where(col(Invitation.round_id) == round_id).order_by(col(Invitation.id))
        )
    )


def due(db: Session, at: dt.datetime, limit: int = 100) -> Sequence[uuid.UUID]:
    """Rounds whose phase is over."""
    return db.scalars(
        select(col(Round.id))
        .where(col(Round.deadline_at) <= at)
        .order_by(col(Round.deadline_at))
        .limit(limit)
    ).all()


def invitation_by_id(db: Session, invitation_id: uuid.UUID, *, lock: bool = False) -> Invitation | None:
    """One invitation."""
    return _one(db, Invitation, col(Invitation.id) == invitation_id, lock=lock)


def invitation_by_digest(db: Session, digest: str) -> Invitation | None:
    """The invitation whose mail held the secret of that digest."""
    return _one(db, Invitation, col(Invitation.token_digest) == digest, lock=False)
