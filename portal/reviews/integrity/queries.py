"""Reading the log of names, reports of an approach, and the experts of a concluded round."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from portal.accounts.models import Account, AccountState
from portal.kit.actor import Actor
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.ids import new_id
from portal.kit.paging import Page, keyset
from portal.reviews.integrity.models import OPEN, Approach, NameView
from portal.reviews.rounds.models import COUNTED, Round, Seat, Submission


def note_view(
    db: Session, actor: Actor, round_id: uuid.UUID, door: str, submission_id: uuid.UUID | None
) -> None:
    """Write one view into the log; a second one of the same in the same minute is left out."""
    at = now()
    db.execute(
        insert(NameView)
        .values(
            id=new_id(), round_id=round_id, account_id=actor.id, actor_name=actor.namespace or actor.name,
            door=door, submission_id=submission_id, minute=at.replace(second=0, microsecond=0), at=at,
        )
        .on_conflict_do_nothing()
    )  # fmt: skip


def views(
    db: Session,
    round_id: uuid.UUID,
    *,
    after: str | None = None,
    before: str | None = None,
    size: int = 50,
) -> Page[Any]:
    """The log of a round, the newest first. Nothing in it names a reviewer."""
    statement: Any = (
        select(
            col(NameView.at),
            col(NameView.actor_name),
            col(NameView.door),
            col(Submission.number),
            col(NameView.id),
        )
        .outerjoin(Submission, col(Submission.id) == col(NameView.submission_id))
        .where(col(NameView.round_id) == round_id)
    )
    keys: list[Any] = [col(NameView.id)]
    return keyset(db, statement, keys, after=after, before=before, size=size)


def _rows() -> Any:
    return select(
        col(Approach.account_id),
        col(Approach.submission_id),
        col(Approach.about_secretariat),
        col(Approach.state),
        col(Approach.escalated),
        col(Approach.created_at),
        col(Approach.deadline_at),
        col(Approach.round_id),
        col(Round.title_zh),
        col(Round.title_en),
        col(Approach.id),
    ).join(Round, col(Round.id) == col(Approach.round_id))


def reports_of(
    db: Session, round_id: uuid.UUID, *, after: str | None = None, before: str | None = None
) -> Page[Any]:
    """Reports in a round, the newest first, without names and texts."""
    keys: list[Any] = [col(Approach.id)]
    return keyset(db, _rows().where(col(Approach.round_id) == round_id), keys, after=after, before=before)


def reports(
    db: Session, *, done: bool = False, after: str | None = None, before: str | None = None
) -> Page[Any]:
    """Reports in all rounds, for auditors: longest waiting first, or the newest of those that are over."""
    state = col(Approach.state)
    statement = _rows().where(state.not_in(OPEN) if done else state.in_(OPEN))
    keys: list[Any] = [col(Approach.id)]
    return keyset(db, statement, keys, descending=done, after=after, before=before)


def reporter(db: Session, report_id: uuid.UUID) -> str:
    """Who reported, as handlers read it."""
    statement = (
        select(col(Account.name))
        .join(Approach, col(Approach.account_id) == col(Account.id))
        .where(col(Approach.id) == report_id)
    )
    return str(db.execute(statement).scalar_one())


def own_reports(
    db: Session, account_id: uuid.UUID, round_id: uuid.UUID | None = None, *, open_only: bool = False
) -> Sequence[Any]:
    """Somebody's reports, the newest first."""
    statement = select(Approach).where(col(Approach.account_id) == account_id)
    if round_id is not None:
        statement = statement.where(col(Approach.round_id) == round_id)
    if open_only:
        statement = statement.where(col(Approach.state).in_(OPEN))
    return list(db.scalars(statement.order_by(col(Approach.id).desc()).limit(1000)))


def counted_experts(db: Session, round_id: uuid.UUID) -> list[str]:
    """Names of those with a review that counted, by name in pinyin; accounts that were closed are left out."""
    experts = select(col(Seat.account_id)).where(col(Seat.round_id) == round_id, col(Seat.state).in_(COUNTED))
    statement = (
        select(col(Account.name))
        .where(col(Account.id).in_(experts), col(Account.state) != AccountState.closed)
        .order_by(col(Account.sort_key), col(Account.name))
    )
    return list(db.scalars(statement))


def reviewed_submissions(db: Session, round_id: uuid.UUID) -> int:
    """How many submissions have a review that counted."""
    statement = select(func.count(func.distinct(col(Seat.submission_id)))).where(
        col(Seat.round_id) == round_id, col(Seat.state).in_(COUNTED)
    )
    return int(db.execute(statement).scalar_one())
