"""Conclusions and letters, by submission and by round."""

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import and_, exists, select
from sqlmodel import col

from portal.kit.db import Session
from portal.reviews.conclusions.models import Conclusion, Letter
from portal.reviews.rounds.models import Round, RoundState, Submission, SubmissionState


def conclusions(db: Session, submission_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Conclusion]:
    """What outcomes were set against, by submission."""
    rows = db.scalars(select(Conclusion).where(col(Conclusion.submission_id).in_(submission_ids)))
    return {row.submission_id: row for row in rows}


def letter(db: Session, submission_id: uuid.UUID) -> Letter | None:
    """The newest letter about a submission."""
    return db.scalars(
        select(Letter)
        .where(col(Letter.submission_id) == submission_id)
        .order_by(col(Letter.decided_at).desc())
        .limit(1)
    ).one_or_none()


def lettered(db: Session, round_id: uuid.UUID) -> set[uuid.UUID]:
    """Submissions of a round about which a letter was written."""
    return set(db.scalars(select(col(Letter.submission_id)).where(col(Letter.round_id) == round_id)))


def unsent(db: Session, limit: int = 200) -> Sequence[uuid.UUID]:
    """Decided submissions of concluded rounds whose decision no letter tells of yet."""
    told = and_(
        col(Letter.submission_id) == col(Submission.id), col(Letter.decided_at) == col(Submission.decided_at)
    )
    return db.scalars(
        select(col(Submission.id))
        .join(Round, col(Round.id) == col(Submission.round_id))
        .where(
            col(Round.state) == RoundState.concluded,
            col(Submission.state) == SubmissionState.decided,
            col(Submission.decided_at).is_not(None),
            ~exists().where(told),
        )
        .order_by(col(Submission.decided_at), col(Submission.id))
        .limit(limit)
    ).all()
