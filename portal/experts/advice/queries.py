"""Reading questions, routings and answers."""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import exists, func, select
from sqlmodel import col

from portal.accounts.models import Account, AccountState, Namespace
from portal.accounts.queries.personal import rows_of
from portal.experts.advice.models import (
    OPEN,
    PENDING,
    AdviceAnswer,
    AdviceDiscipline,
    AdviceRequest,
    AdviceRouting,
    AdviceState,
    AnswerSight,
)
from portal.experts.models import Expert
from portal.kit.db import Session
from portal.kit.paging import Page, keyset
from portal.kit.text import like


def one(db: Session, request_id: uuid.UUID, *, lock: bool = False) -> AdviceRequest | None:
    """One question, in whatever state."""
    statement = select(AdviceRequest).where(col(AdviceRequest.id) == request_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return db.scalars(statement).one_or_none()


def disciplines_of(db: Session, request_id: uuid.UUID) -> list[str]:
    """The codes a question names."""
    statement = select(col(AdviceDiscipline.discipline_code)).where(
        col(AdviceDiscipline.request_id) == request_id
    )
    return list(db.scalars(statement.order_by(col(AdviceDiscipline.discipline_code))))


def routing_of(
    db: Session, request_id: uuid.UUID, account_id: uuid.UUID | None, *, lock: bool = False
) -> AdviceRouting | None:
    """How an account was asked to answer a question; None where it was not."""
    statement = (
        select(AdviceRouting)
        .join(Expert, col(Expert.id) == col(AdviceRouting.expert_id))
        .where(col(AdviceRouting.request_id) == request_id, col(Expert.account_id) == account_id)
    )
    if lock:
        statement = statement.with_for_update(of=AdviceRouting).execution_options(populate_existing=True)
    return db.scalars(statement).one_or_none()


def routings_of(db: Session, request_id: uuid.UUID) -> Sequence[Any]:
    """Who was asked, with what became of it; for the secretariat."""
    statement: Any = (
        select(
            col(AdviceRouting.id),
            col(AdviceRouting.expert_id),
            col(AdviceRouting.state),
            col(AdviceRouting.score),
            col(AdviceRouting.reason),
            col(AdviceRouting.deadline_at),
            col(AdviceRouting.created_at),
            col(Expert.account_id),
            col(Account.name),
        )
        .join(Expert, col(Expert.id) == col(AdviceRouting.expert_id))
        .join(Account, col(Account.id) == col(Expert.account_id))
        .where(col(AdviceRouting.request_id) == request_id)
        .order_by(col(AdviceRouting.id))
    )
    found: Sequence[Any] = db.execute(statement).all()
    return found


def pending_of(db: Session, request_id: uuid.UUID) -> list[AdviceRouting]:
    """The experts still asked about a question, locked."""
    statement = select(AdviceRouting).where(
        col(AdviceRouting.request_id) == request_id, col(AdviceRouting.state).in_(PENDING)
    )
    return list(db.scalars(statement.order_by(col(AdviceRouting.id)).with_for_update()))


def answers_of(db: Session, request_id: uuid.UUID) -> Sequence[Any]:
    """All answers with their authors, oldest first; policy says who reads which."""
    statement: Any = (
        select(
            col(AdviceAnswer.id),
            col(AdviceAnswer.account_id),
            col(AdviceAnswer.text),
            col(AdviceAnswer.sight),
            col(AdviceAnswer.at),
            col(Account.name),
            col(Namespace.slug),
            (col(Account.state) == AccountState.closed).label("closed"),
        )
        .join(Account, col(Account.id) == col(AdviceAnswer.account_id))
        .join(Namespace, col(Namespace.account_id) == col(Account.id))
        .where(col(AdviceAnswer.request_id) == request_id)
        .order_by(col(AdviceAnswer.id))
    )
    found: Sequence[Any] = db.execute(statement).all()
    return found


def load() -> Any:
    """How many questions an expert has on the desk: a subquery for ``pool.candidates``."""
    return (
        select(func.count())
        .select_from(AdviceRouting)
        .where(col(AdviceRouting.expert_id) == col(Expert.id), col(AdviceRouting.state).in_(PENDING))
        .correlate(Expert)
        .scalar_subquery()
    )


def _columns() -> Any:
    public = (
        select(func.count())
        .select_from(AdviceAnswer)
        .where(
            col(AdviceAnswer.request_id) == col(AdviceRequest.id),
            col(AdviceAnswer.sight) != AnswerSight.private,
        )
        .correlate(AdviceRequest)
        .scalar_subquery()
    )
    codes = (
        select(func.array_agg(col(AdviceDiscipline.discipline_code)))
        .where(col(AdviceDiscipline.request_id) == col(AdviceRequest.id))
        .correlate(AdviceRequest)
        .scalar_subquery()
    )
    return select(
        col(AdviceRequest.id),
        col(AdviceRequest.title),
        col(AdviceRequest.text),
        col(AdviceRequest.keywords),
        col(AdviceRequest.state),
        col(AdviceRequest.created_at),
        col(AdviceRequest.demo),
        codes.label("codes"),
        public.label("answers"),
    )


def published(
    db: Session,
    *,
    words: str = "",
    discipline: Collection[str] = (),
    after: str | None = None,
    before: str | None = None,
) -> Page[Any]:
    """Published questions, newest publication first. No asker is named, here or anywhere public."""
    statement = _columns().where(
        col(AdviceRequest.public),
        ~col(AdviceRequest.hidden),
        col(AdviceRequest.published_at).is_not(None),
    )
    if words:
        statement = statement.where(
            col(AdviceRequest.title).ilike(like(words)) | col(AdviceRequest.text).ilike(like(words))
        )
    if discipline:
        about = exists().where(
            col(AdviceDiscipline.request_id) == col(AdviceRequest.id),
            col(AdviceDiscipline.discipline_code).in_(list(discipline)),
        )
        statement = statement.where(about)
    keys: list[Any] = [col(AdviceRequest.published_at), col(AdviceRequest.id)]
    statement = statement.add_columns(*(key.label(f"key{n}") for n, key in enumerate(keys)))
    return keyset(db, statement, keys, after=after, before=before)


def asked_by(db: Session, account_id: uuid.UUID, limit: int = 100) -> Sequence[Any]:
    """Somebody's own questions, newest first."""
    statement = _columns().add_columns(col(AdviceRequest.deadline_at))
    statement = statement.where(col(AdviceRequest.account_id) == account_id)
    found: Sequence[Any] = db.execute(statement.order_by(col(AdviceRequest.id).desc()).limit(limit)).all()
    return found


def routed_to(db: Session, account_id: uuid.UUID, limit: int = 100) -> Sequence[Any]:
    """What somebody was asked as an expert, what waits first."""
    statement: Any = (
        select(
            col(AdviceRequest.id),
            col(AdviceRequest.title),
            col(AdviceRouting.state),
            col(AdviceRouting.deadline_at),
            col(AdviceRouting.created_at),
        )
        .join(AdviceRequest, col(AdviceRequest.id) == col(AdviceRouting.request_id))
        .join(Expert, col(Expert.id) == col(AdviceRouting.expert_id))
        .where(col(Expert.account_id) == account_id)
        .order_by(col(AdviceRouting.state).in_(PENDING).desc(), col(AdviceRouting.id).desc())
        .limit(limit)
    )
    found: Sequence[Any] = db.execute(statement).all()
    return found


def queue(
    db: Session,
    states: Collection[AdviceState],
    *,
    after: str | None = None,
    before: str | None = None,
) -> Page[Any]:
    """The secretariat's list: what has waited longest comes first."""
    statement: Any = (
        select(
            col(AdviceRequest.title),
            col(AdviceRequest.state),
            col(AdviceRequest.public),
            col(AdviceRequest.hidden),
            col(AdviceRequest.rerouted),
            col(AdviceRequest.deadline_at),
            col(AdviceRequest.created_at),
            col(Account.name).label("asker"),
            col(AdviceRequest.id),
        )
        .join(Account, col(Account.id) == col(AdviceRequest.account_id))
        .where(col(AdviceRequest.state).in_(states))
    )
    keys: list[Any] = [col(AdviceRequest.id)]
    return keyset(db, statement, keys, descending=False, after=after, before=before)


def due(db: Session, at: dt.datetime, limit: int = 200) -> list[uuid.UUID]:
    """Questions whose state ends by now."""
    statement = select(col(AdviceRequest.id)).where(
        col(AdviceRequest.deadline_at) <= at, col(AdviceRequest.state).in_(OPEN)
    )
    return list(db.scalars(statement.order_by(col(AdviceRequest.deadline_at)).limit(limit)))


def routings_due(db: Session, at: dt.datetime, limit: int = 200) -> list[tuple[uuid.UUID, uuid.UUID]]:
    """(request, routing) of experts whose time to answer is over."""
    statement = select(col(AdviceRouting.request_id), col(AdviceRouting.id)).where(
        col(AdviceRouting.deadline_at) <= at, col(AdviceRouting.state).in_(PENDING)
    )
    rows = db.execute(statement.order_by(col(AdviceRouting.deadline_at)).limit(limit))
    return [(row[0], row[1]) for row in rows]


def routing(db: Session, routing_id: uuid.UUID) -> AdviceRouting | None:
    """One routing, locked; lock the question first."""
    statement = select(AdviceRouting).where(col(AdviceRouting.id) == routing_id).with_for_update()
    return db.scalars(statement.execution_options(populate_existing=True)).one_or_none()


def open_of(db: Session, account_id: uuid.UUID) -> list[uuid.UUID]:
    """Somebody's questions that are not over."""
    statement = select(col(AdviceRequest.id)).where(
        col(AdviceRequest.account_id) == account_id, col(AdviceRequest.state).in_(OPEN)
    )
    return list(db.scalars(statement))


def pending_at(db: Session, account_id: uuid.UUID) -> list[tuple[uuid.UUID, uuid.UUID]]:
    """(request, routing) that wait for somebody as an expert."""
    statement = (
        select(col(AdviceRouting.request_id), col(AdviceRouting.id))
        .join(Expert, col(Expert.id) == col(AdviceRouting.expert_id))
        .where(col(Expert.account_id) == account_id, col(AdviceRouting.state).in_(PENDING))
    )
    return [(row[0], row[1]) for row in db.execute(statement)]


def advice_data(db: Session, account_id: uuid.UUID) -> list[dict[str, Any]]:
    """Somebody's questions and answers, for the person's own export."""
    names = ("title", "text", "keywords", "public", "state", "state_reason", "created_at")
    asked = select(*(getattr(AdviceRequest, name) for name in names)).where(
        col(AdviceRequest.account_id) == account_id
    )
    answered = (
        select(
            col(AdviceRequest.title),
            col(AdviceAnswer.text),
            col(AdviceAnswer.sight),
            col(AdviceAnswer.at),
        )
        .join(AdviceRequest, col(AdviceRequest.id) == col(AdviceAnswer.request_id))
        .where(col(AdviceAnswer.account_id) == account_id)
    )
    questions = db.execute(asked.order_by(col(AdviceRequest.id))).mappings()
    answers = db.execute(answered.order_by(col(AdviceAnswer.id))).mappings()
    return [{"kind": "question", **row} for row in questions] + [{"kind": "answer", **row} for row in answers]


def published_of(account_id: uuid.UUID) -> Any:
    """A number in SQL: how much of what somebody asked or answered is published."""
    asked = rows_of(col(AdviceRequest.account_id), account_id, col(AdviceRequest.published_at).is_not(None))
    answered = rows_of(
        col(AdviceAnswer.account_id), account_id, col(AdviceAnswer.sight) != AnswerSight.private
    )
    return asked + answered
