"""Reading appeals, and who had what part in their rounds."""

import uuid
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Text, cast, literal, select, union_all
from sqlmodel import col

from portal.audit.models import AuditEvent
from portal.kit.db import Session
from portal.kit.paging import Page, keyset
from portal.reviews.appeals.models import OPEN, Appeal, AppealState
from portal.reviews.appeals.policy import Bar
from portal.reviews.rounds.models import Invitation, Round, Seat, Submission, SubmissionPerson


def latest(db: Session, submission_id: uuid.UUID) -> Appeal | None:
    """The newest appeal about a submission."""
    statement = (
        select(Appeal)
        .where(col(Appeal.submission_id) == submission_id)
        .order_by(col(Appeal.id).desc())
        .limit(1)
    )
    return db.scalars(statement).one_or_none()


def all_of(db: Session, submission_id: uuid.UUID) -> list[Appeal]:
    """All appeals about a submission, the newest first."""
    statement = select(Appeal).where(col(Appeal.submission_id) == submission_id)
    return list(db.scalars(statement.order_by(col(Appeal.id).desc())))


def stands(db: Session, submission: Submission) -> bool:
    """Whether the present decision about a submission was appealed already (a withdrawn appeal does not count)."""
    statement = select(
        select(col(Appeal.id))
        .where(
            col(Appeal.submission_id) == submission.id,
            col(Appeal.decided_at) == submission.decided_at,
            col(Appeal.state) != AppealState.withdrawn,
        )
        .exists()
    )
    return bool(db.execute(statement).scalar())


def queue(
    db: Session, *, done: bool = False, after: str | None = None, before: str | None = None
) -> Page[Any]:
    """Appeals for those who decide, without texts: longest waiting first, or the newest that are over."""
    state = col(Appeal.state)
    statement: Any = (
        select(
            col(Appeal.account_id),
            col(Appeal.submission_id),
            col(Appeal.round_id),
            col(Appeal.state),
            col(Appeal.escalated),
            col(Appeal.created_at),
            col(Appeal.deadline_at),
            col(Submission.number),
            col(Submission.title),
            col(Round.title_zh),
            col(Round.title_en),
            col(Appeal.id),
        )
        .join(Submission, col(Submission.id) == col(Appeal.submission_id))
        .join(Round, col(Round.id) == col(Appeal.round_id))
        .where(state.not_in(OPEN) if done else state.in_(OPEN))
    )
    keys: list[Any] = [col(Appeal.id)]
    return keyset(db, statement, keys, descending=done, after=after, before=before)


def filed_by(db: Session, account_id: uuid.UUID) -> Sequence[Any]:
    """Somebody's own appeals, the newest first."""
    statement: Any = (
        select(
            col(Appeal.id),
            col(Appeal.grounds),
            col(Appeal.text),
            col(Appeal.links),
            col(Appeal.state),
            col(Appeal.state_reason),
            col(Appeal.created_at),
            col(Submission.title),
        )
        .join(Submission, col(Submission.id) == col(Appeal.submission_id))
        .where(col(Appeal.account_id) == account_id)
        .order_by(col(Appeal.id).desc())
        .limit(1000)
    )
    found: Sequence[Any] = db.execute(statement).all()
    return found


def _objects(rounds: Collection[uuid.UUID]) -> Any:
    """Everything of these rounds that the audit log knows by id."""
    tables: tuple[Any, ...] = (Submission, Seat, Invitation)
    whole: Any = select(cast(col(Round.id), Text).label("key"), col(Round.id).label("round_id"))
    parts = [
        select(cast(col(table.id), Text), col(table.round_id)).where(col(table.round_id).in_(rounds))
        for table in tables
    ]
    return union_all(whole.where(col(Round.id).in_(rounds)), *parts).subquery()


def parts(
    db: Session, accounts: Collection[uuid.UUID], rounds: Collection[uuid.UUID]
) -> dict[tuple[uuid.UUID, uuid.UUID], set[Bar]]:
    """(round, account) -> what part it had in it: made it, acted in it, applied or was an expert of it. One statement.

    A seat counts in whatever state, and so does an invitation: who was only asked knows too much already.
    """
    objects = _objects(rounds)
    found = [
        select(col(Round.id), col(Round.created_by), literal(Bar.created.value)).where(
            col(Round.id).in_(rounds), col(Round.created_by).in_(accounts)
        ),
        select(objects.c.round_id, col(AuditEvent.actor_id), literal(Bar.acted.value))
        .join(objects, objects.c.key == col(AuditEvent.object_id))
        .where(col(AuditEvent.actor_id).in_(accounts)),
        select(col(Submission.round_id), col(SubmissionPerson.account_id), literal(Bar.part.value))
        .join(Submission, col(Submission.id) == col(SubmissionPerson.submission_id))
        .where(col(Submission.round_id).in_(rounds), col(SubmissionPerson.account_id).in_(accounts)),
        *(
            select(col(table.round_id), col(table.account_id), literal(Bar.part.value)).where(
                col(table.round_id).in_(rounds), col(table.account_id).in_(accounts)
            )
            for table in (Seat, Invitation)
        ),
    ]
    result: dict[tuple[uuid.UUID, uuid.UUID], set[Bar]] = {}
    for round_id, account_id, bar in db.execute(union_all(*found)):
        result.setdefault((round_id, account_id), set()).add(Bar(bar))
    return result
