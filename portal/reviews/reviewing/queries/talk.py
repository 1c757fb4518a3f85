"""The discussion of a submission and the applicants' answer."""

import uuid
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlmodel import col

from portal.kit.db import Session
from portal.reviews.reviewing.models import Message, Rebuttal, RebuttalState
from portal.reviews.rounds.models import Phase, Round, Submission


def messages(db: Session, submission_id: uuid.UUID) -> list[Message]:
    """All messages of a submission, withdrawn ones among them, in the order of writing."""
    return list(
        db.scalars(
            select(Message).where(col(Message.submission_id) == submission_id).order_by(col(Message.number))
        )
    )


def message(db: Session, submission_id: uuid.UUID, number: int, *, lock: bool = False) -> Message | None:
    """The message of that number."""
    statement = select(Message).where(
        col(Message.submission_id) == submission_id, col(Message.number) == number
    )
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return db.scalars(statement).one_or_none()


def last_number(db: Session, submission_id: uuid.UUID) -> int:
    """The highest number given at a submission; 0 where nothing was said."""
    return (
        db.scalar(select(func.max(col(Message.number))).where(col(Message.submission_id) == submission_id))
        or 0
    )


def rebuttal(db: Session, submission_id: uuid.UUID, *, lock: bool = False) -> Rebuttal | None:
    """The answer to the reviews of a submission."""
    statement = select(Rebuttal).where(col(Rebuttal.submission_id) == submission_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return db.scalars(statement).one_or_none()


def drafts_in(db: Session, round_id: uuid.UUID) -> list[Rebuttal]:
    """Answers of a round that were not submitted, locked."""
    return list(
        db.scalars(
            select(Rebuttal)
            .join(Submission, col(Submission.id) == col(Rebuttal.submission_id))
            .where(col(Submission.round_id) == round_id, col(Rebuttal.state) == RebuttalState.draft)
            .order_by(col(Rebuttal.id))
            .with_for_update(of=Rebuttal)
        )
    )


def rounds_with_late_drafts(db: Session) -> Sequence[uuid.UUID]:
    """Rounds past the applicants' answers in which an answer is still a draft."""
    return db.scalars(
        select(col(Submission.round_id))
        .join(Rebuttal, col(Rebuttal.submission_id) == col(Submission.id))
        .join(Round, col(Round.id) == col(Submission.round_id))
        .where(col(Rebuttal.state) == RebuttalState.draft, col(Round.phase) != Phase.rebuttal)
        .distinct()
    ).all()
