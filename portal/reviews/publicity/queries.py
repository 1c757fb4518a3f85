"""Reading public notices and objections. No statement here but ``objection_shown`` names who objects."""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import func, select, update
from sqlmodel import col

from portal.accounts.models import Account
from portal.kit.db import Session
from portal.kit.paging import Page, keyset
from portal.kit.text import like
from portal.reviews.publicity.models import (
    DECIDED,
    OPEN,
    SHOWN,
    NoticeState,
    Objection,
    ObjectionState,
    PublicNotice,
)
from portal.reviews.publicity.policy import Verdict

UNDECIDED = (*OPEN, ObjectionState.expired)
"""Objections nobody has decided; one that expired stays undecided for ever."""


def one(db: Session, notice_id: uuid.UUID, *, lock: bool = False) -> PublicNotice | None:
    """One notice, in whatever state."""
    statement = select(PublicNotice).where(col(PublicNotice.id) == notice_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return db.scalars(statement).one_or_none()


def latest_of(db: Session, kind: str, subject_id: uuid.UUID) -> PublicNotice | None:
    """The notice of a subject that began last."""
    statement = (
        select(PublicNotice)
        .where(
            col(PublicNotice.subject_kind) == kind,
            col(PublicNotice.subject_id) == subject_id,
            col(PublicNotice.starts_at).is_not(None),
        )
        .order_by(col(PublicNotice.starts_at).desc(), col(PublicNotice.id).desc())
        .limit(1)
    )
    return db.scalars(statement).one_or_none()


def verdict(db: Session, kind: str, subject_id: uuid.UUID) -> Verdict:
    """Where the notice of a subject stands, for gates; the one that began last decides.

    ``running`` until the midnight after the last day; then ``open_objections`` while any is undecided (an expired one
    for ever), ``upheld`` if one was upheld, else ``clean``. A cancelled notice counts as none.
    """
    return verdict_of(db, latest_of(db, kind, subject_id))


def verdict_of(db: Session, notice: PublicNotice | None) -> Verdict:
    """The same of a notice that was read already: the one of its subject that began last."""
    if notice is None or notice.state is NoticeState.cancelled:
        return Verdict.none
    if notice.state is NoticeState.running:
        return Verdict.running
    states = {state for state, _n in counts(db, notice.id).items()}
    if states & set(UNDECIDED):
        return Verdict.open_objections
    return Verdict.upheld if ObjectionState.upheld in states else Verdict.clean


def counts(db: Session, notice_id: uuid.UUID) -> dict[ObjectionState, int]:
    """How many objections to a notice are in each state."""
    statement = (
        select(col(Objection.state), func.count())
        .where(col(Objection.notice_id) == notice_id)
        .group_by(col(Objection.state))
    )
    return {row[0]: row[1] for row in db.execute(statement)}


def results(db: Session, notice_id: uuid.UUID) -> Sequence[Any]:
    """What was decided about the objections to a notice: ground, state, published reason; by ground, without time."""
    statement: Any = (
        select(col(Objection.ground), col(Objection.state), col(Objection.state_reason))
        .where(col(Objection.notice_id) == notice_id, col(Objection.state).in_(DECIDED))
        .order_by(col(Objection.ground), col(Objection.state), col(Objection.state_reason))
    )
    found: Sequence[Any] = db.execute(statement).all()
    return found


def _rows(states: Collection[NoticeState], words: str) -> Any:
    def how_many(*which: Any) -> Any:
        return (
            select(func.count())
            .select_from(Objection)
            .where(col(Objection.notice_id) == col(PublicNotice.id), *which)
            .correlate(PublicNotice)
            .scalar_subquery()
        )

    statement: Any = select(
        col(PublicNotice.title_zh),
        col(PublicNotice.title_en),
        col(PublicNotice.state),
        col(PublicNotice.state_reason),
        col(PublicNotice.working_days),
        col(PublicNotice.last_day),
        col(PublicNotice.deadline_at),
        col(PublicNotice.updated_at),
        col(PublicNotice.demo),
        how_many().label("objections"),
        how_many(col(Objection.state) == ObjectionState.upheld).label("upheld"),
        how_many(col(Objection.state).in_(UNDECIDED)).label("undecided"),
        col(PublicNotice.starts_at),
        col(PublicNotice.id),
    ).where(col(PublicNotice.state).in_(states))
    if words:
        statement = statement.where(
            col(PublicNotice.title_zh).ilike(like(words)) | col(PublicNotice.title_en).ilike(like(words))
        )
    return statement


def public_list(
    db: Session,
    states: Collection[NoticeState] = SHOWN,
    *,
    words: str = "",
    after: str | None = None,
    before: str | None = None,
    size: int = 20,
) -> Page[Any]:
    """Notices that have begun, the newest first."""
    statement = _rows(states, words).where(col(PublicNotice.starts_at).is_not(None))
    keys: list[Any] = [col(PublicNotice.starts_at), col(PublicNotice.id)]
    return keyset(db, statement, keys, after=after, before=before, size=size)


def put_up(db: Session, ids: Collection[uuid.UUID]) -> list[PublicNotice]:
    """Those of these notices that were put up."""
    statement = select(PublicNotice).where(
        col(PublicNotice.id).in_(ids), col(PublicNotice.starts_at).is_not(None)
    )
    return list(db.scalars(statement))


def drafts(db: Session, *, after: str | None = None, before: str | None = None) -> Page[Any]:
    """Notices in preparation, the newest first."""
    keys: list[Any] = [col(PublicNotice.id)]
    return keyset(db, _rows([NoticeState.draft], ""), keys, after=after, before=before)


def objection_shown(db: Session, objection_id: uuid.UUID) -> Any | None:
    """The name of whoever objects, as handlers read it."""
    statement = (
        select(col(Account.name), col(Account.affiliation), col(Account.email))
        .join(Objection, col(Objection.account_id) == col(Account.id))
        .where(col(Objection.id) == objection_id)
    )
    return db.execute(statement).one_or_none()


def queue(
    db: Session, *, done: bool = False, after: str | None = None, before: str | None = None
) -> Page[Any]:
    """Objections for their handlers, without names and texts: longest waiting first, or the latest decided first."""
    statement: Any = (
        select(
            col(Objection.account_id),
            col(Objection.ground),
            col(Objection.state),
            col(Objection.created_at),
            col(Objection.deadline_at),
            col(Objection.escalated),
            col(PublicNotice.id).label("notice_id"),
            col(PublicNotice.title_zh),
            col(PublicNotice.title_en),
            col(PublicNotice.subject_kind),
            col(PublicNotice.subject_id),
            col(Objection.id),
        )
        .join(PublicNotice, col(PublicNotice.id) == col(Objection.notice_id))
        .where(col(Objection.state).in_(OPEN) if not done else col(Objection.state).not_in(OPEN))
    )
    keys: list[Any] = [col(Objection.id)]
    return keyset(db, statement, keys, descending=done, after=after, before=before)


def open_of(db: Session, account_id: uuid.UUID, notice_id: uuid.UUID | None = None) -> list[uuid.UUID]:
    """Somebody's objections that nobody has decided yet, to one notice or all."""
    statement = select(col(Objection.id)).where(
        col(Objection.account_id) == account_id, col(Objection.state).in_(OPEN)
    )
    if notice_id is not None:
        statement = statement.where(col(Objection.notice_id) == notice_id)
    return list(db.scalars(statement))


def open_at(db: Session, notice_id: uuid.UUID) -> list[Objection]:
    """Objections to a notice that nobody has decided yet, locked; lock the notice first."""
    statement = (
        select(Objection)
        .where(col(Objection.notice_id) == notice_id, col(Objection.state).in_(OPEN))
        .order_by(col(Objection.id))
        .with_for_update()
    )
    return list(db.scalars(statement))


def filed_by(db: Session, account_id: uuid.UUID, limit: int = 100) -> Sequence[Any]:
    """Somebody's own objections, the newest first."""
    statement: Any = (
        select(
            col(Objection.id),
            col(Objection.ground),
            col(Objection.text),
            col(Objection.contact),
            col(Objection.state),
            col(Objection.state_reason),
            col(Objection.created_at),
            col(PublicNotice.title_zh),
            col(PublicNotice.title_en),
        )
        .join(PublicNotice, col(PublicNotice.id) == col(Objection.notice_id))
        .where(col(Objection.account_id) == account_id)
        .order_by(col(Objection.id).desc())
        .limit(limit)
    )
    found: Sequence[Any] = db.execute(statement).all()
    return found


def due(db: Session, at: dt.datetime, limit: int = 200) -> list[uuid.UUID]:
    """Drafts that lapse and notices whose period is over."""
    statement = select(col(PublicNotice.id)).where(
        col(PublicNotice.deadline_at) <= at,
        col(PublicNotice.state).in_([NoticeState.draft, NoticeState.running]),
    )
    return list(db.scalars(statement.order_by(col(PublicNotice.deadline_at)).limit(limit)))


def forget_contacts(db: Session, account_id: uuid.UUID) -> None:
    """Delete how somebody wanted to be reached."""
    db.execute(
        update(Objection).where(col(Objection.account_id) == account_id).values(contact=""),
        execution_options={"synchronize_session": False},
    )
