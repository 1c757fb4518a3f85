"""Rows of one person, for the own export."""

import uuid
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from portal.kit.db import Session
from portal.reviews.rounds.models import Invitation, InvitationState, Round, Submission, SubmissionPerson


def invitation_data(db: Session, account_id: uuid.UUID) -> list[dict[str, Any]]:
    """Invitations that went out, with what was answered."""
    rows = db.execute(
        select(Invitation, col(Round.title_zh))
        .join(Round, col(Round.id) == col(Invitation.round_id))
        .where(col(Invitation.account_id) == account_id, col(Invitation.state) != InvitationState.planned)
        .order_by(col(Invitation.id))
    )
    return [
        {
            "round": title, "state": row.state, "sent": row.sent_at, "answered": row.answered_at,
            "pledged": row.pledged_at, "declined_for": row.declined_for, "reason": row.reason,
            "suggestion": row.suggestion,
        }
        for row, title in rows
    ]  # fmt: skip


def submission_data(db: Session, account_id: uuid.UUID) -> list[dict[str, Any]]:
    """Submissions the person stands behind."""
    rows = db.execute(
        select(SubmissionPerson, Submission, col(Round.title_zh))
        .join(Submission, col(Submission.id) == col(SubmissionPerson.submission_id))
        .join(Round, col(Round.id) == col(Submission.round_id))
        .where(col(SubmissionPerson.account_id) == account_id)
        .order_by(col(Submission.id))
    )
    return [
        {
            "round": title, "number": row.number, "title": row.title, "text": row.text, "leads": person.lead,
            "name": person.name, "organisation": person.organisation_name, "state": row.state,
        }
        for person, row, title in rows
    ]  # fmt: skip
