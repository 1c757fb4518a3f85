"""What reviewing holds about one person, for the person's own export."""

import uuid
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from portal.kit.db import Session
from portal.reviews.reviewing.models import Message, Rebuttal
from portal.reviews.rounds.models import Round, Seat, Submission

_REVIEW = (
    "state", "state_reason", "state_at", "deadline_at", "marks", "answers", "private_note", "confidence", "score",
    "saved_at", "submitted_at", "digest", "auto_submit",
)  # fmt: skip


def reviews_data(db: Session, account_id: uuid.UUID) -> list[dict[str, Any]]:
    """Every seat with what was written in it, oldest first."""
    rows = db.execute(
        select(Seat, Submission, Round)
        .join(Submission, col(Submission.id) == col(Seat.submission_id))
        .join(Round, col(Round.id) == col(Seat.round_id))
        .where(col(Seat.account_id) == account_id)
        .order_by(col(Seat.id))
    )
    return [
        {
            "round": row.Round.title_zh,
            "submission": row.Submission.number,
            "letter": row.Seat.letter,
            **{name: getattr(row.Seat, name) for name in _REVIEW},
        }
        for row in rows
    ]


def said_data(db: Session, account_id: uuid.UUID) -> list[dict[str, Any]]:
    """Messages of discussions and answers to reviews, oldest first."""
    messages = db.scalars(
        select(Message).where(col(Message.account_id) == account_id).order_by(col(Message.id))
    )
    answers = db.scalars(
        select(Rebuttal).where(col(Rebuttal.account_id) == account_id).order_by(col(Rebuttal.id))
    )
    return [
        *({"kind": "message", "text": row.text, "at": row.at} for row in messages),
        *(
            {"kind": "answer to the reviews", "text": row.text, "at": row.submitted_at, "state": row.state}
            for row in answers
        ),
    ]
