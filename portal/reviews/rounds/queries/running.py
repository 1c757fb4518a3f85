"""What the verbs and the clock ask about rounds that run: who is invited, what is missing, what is due."""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlmodel import col

from portal.kit.db import Session
from portal.reviews.rounds.models import (
    RUNNING,
    Delay,
    Invitation,
    InvitationState,
    Phase,
    Round,
    RoundState,
    Seat,
    SeatState,
    Submission,
    SubmissionState,
)


def seats_of_account(
    db: Session,
    round_id: uuid.UUID,
    account_id: uuid.UUID,
    states: Collection[SeatState],
    *,
    lock: bool = False,
) -> list[Seat]:
    """The account's seats of a round in these states."""
    statement = (
        select(Seat)
        .where(
            col(Seat.round_id) == round_id, col(Seat.account_id) == account_id, col(Seat.state).in_(states)
        )
        .order_by(col(Seat.submission_id))
    )
    return list(db.scalars(statement.with_for_update() if lock else statement))


def uninvited(db: Session, round_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """Accounts that hold a planned seat of the round and have no invitation."""
    known = select(col(Invitation.account_id)).where(col(Invitation.round_id) == round_id)
    return db.scalars(
        select(col(Seat.account_id))
        .where(
            col(Seat.round_id) == round_id,
            col(Seat.state) == SeatState.planned,
            col(Seat.account_id).not_in(known),
        )
        .distinct()
        .order_by(col(Seat.account_id))
    ).all()


def overdue_invitations(db: Session, at: dt.datetime, limit: int = 500) -> Sequence[uuid.UUID]:
    """Sent invitations whose time is over."""
    return db.scalars(
        select(col(Invitation.id))
        .where(col(Invitation.state) == InvitationState.sent, col(Invitation.deadline_at) <= at)
        .order_by(col(Invitation.deadline_at))
        .limit(limit)
    ).all()


def unanswered(db: Session, at: dt.datetime, limit: int = 500) -> Sequence[Invitation]:
    """Sent invitations whose time runs and that were reminded fewer than twice."""
    return db.scalars(
        select(Invitation)
        .where(
            col(Invitation.state) == InvitationState.sent,
            col(Invitation.deadline_at) > at,
            col(Invitation.reminders) < 2,
        )
        .order_by(col(Invitation.deadline_at))
        .limit(limit)
    ).all()


def unfinished(db: Session, at: dt.datetime, limit: int = 2000) -> Sequence[Any]:
    """Seats whose review is not delivered and was reminded of fewer than twice, with their rounds' deadlines."""
    return db.execute(
        select(Seat, Round)
        .join(Round, col(Round.id) == col(Seat.round_id))
        .where(
            col(Seat.state).in_((SeatState.accepted, SeatState.draft, SeatState.returned)),
            col(Seat.deadline_at) > at,
            col(Seat.reminders) < 2,
            col(Round.phase) == Phase.review,
        )
        .order_by(col(Seat.round_id), col(Seat.account_id), col(Seat.submission_id))
        .limit(limit)
    ).all()


def running(db: Session) -> Sequence[Round]:
    """Rounds that are prepared or run, by their ends."""
    return db.scalars(
        select(Round)
        .where(col(Round.state).in_((RoundState.draft, *RUNNING)), col(Round.deadline_at).is_not(None))
        .order_by(col(Round.deadline_at), col(Round.id))
    ).all()


def delays(db: Session, round_id: uuid.UUID) -> list[Delay]:
    """How the ends of the round's phases were moved, oldest first."""
    return list(db.scalars(select(Delay).where(col(Delay.round_id) == round_id).order_by(col(Delay.id))))


def counts_of_seats(
    db: Session, round_id: uuid.UUID, *, but: Collection[uuid.UUID] = ()
) -> dict[SeatState, int]:
    """How many seats of the round are in each state, those at some submissions left out."""
    statement = (
        select(col(Seat.state), func.count())
        .where(col(Seat.round_id) == round_id, col(Seat.submission_id).not_in(but))
        .group_by(col(Seat.state))
    )
    return {row[0]: row[1] for row in db.execute(statement)}


def coverage(
    db: Session, round_id: uuid.UUID, states: Collection[SeatState]
) -> dict[uuid.UUID, tuple[int, int]]:
    """Submissions that are in the round: their numbers, and how many of their seats are in these states."""
    rows = db.execute(
        select(col(Submission.id), col(Submission.number), func.count(col(Seat.id)))
        .outerjoin(Seat, (col(Seat.submission_id) == col(Submission.id)) & col(Seat.state).in_(states))
        .where(col(Submission.round_id) == round_id, col(Submission.state) != SubmissionState.withdrawn)
        .group_by(col(Submission.id), col(Submission.number))
        .order_by(col(Submission.number))
    )
    return {key: (number, count) for key, number, count in rows}


def undecided(db: Session, round_id: uuid.UUID) -> Sequence[int]:
    """Numbers of submissions that have no outcome yet."""
    return db.scalars(
        select(col(Submission.number))
        .where(col(Submission.round_id) == round_id, col(Submission.state) == SubmissionState.entered)
        .order_by(col(Submission.number))
    ).all()


def unfrozen_of_discipline(db: Session, code: str) -> list[Submission]:
    """Submissions not frozen yet that name a discipline, locked."""
    statement = select(Submission).where(
        col(Submission.digest) == "", col(Submission.disciplines).op("@>")(func.jsonb_build_array(code))
    )
    return list(db.scalars(statement.order_by(col(Submission.id)).with_for_update()))
