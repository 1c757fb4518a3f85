"""What staffing holds about one person, for the person's own export."""

import uuid
from typing import Any

from sqlalchemy import delete, select
from sqlmodel import col

from portal.accounts.queries.personal import rows_of
from portal.kit.db import Session
from portal.reviews.conflicts.grounds import Ground
from portal.reviews.rounds.models import Round
from portal.reviews.staffing.models import ConflictNote, Verdict


def declared_data(db: Session, account_id: uuid.UUID) -> list[dict[str, Any]]:
    """Conflicts the person declared, oldest first.

    Found ones are left out: they tell who applies, and whom applicants asked not to have, which is not the person's to
    know.
    """
    statement: Any = (
        select(col(Round.title_zh).label("round"), col(ConflictNote.reason), col(ConflictNote.decided_at))
        .join(Round, col(Round.id) == col(ConflictNote.round_id))
        .where(
            col(ConflictNote.account_id) == account_id,
            col(ConflictNote.decided_by) == account_id,
            col(ConflictNote.ground) == Ground.declared,
        )
        .order_by(col(ConflictNote.id))
    )
    return [dict(row) for row in db.execute(statement).mappings()]


def noted_of(account_id: uuid.UUID) -> Any:
    """A scalar subquery: how many decided conflicts of the person there are."""
    return rows_of(col(ConflictNote.account_id), account_id, col(ConflictNote.verdict) != Verdict.open)


def forget_person(db: Session, account_id: uuid.UUID) -> None:
    """Delete conflicts of a closed account that nobody decided about."""
    db.execute(
        delete(ConflictNote).where(
            col(ConflictNote.account_id) == account_id, col(ConflictNote.verdict) == Verdict.open
        ),
        execution_options={"synchronize_session": False},
    )
