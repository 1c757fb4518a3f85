"""Experts as the person, the organisation and the secretariat see them; candidates for routing."""

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, insert, literal, select
from sqlmodel import col

from portal.accounts.models import Account, AccountState, Namespace
from portal.experts.forms import key_of
from portal.experts.models import (
    IN_POOL,
    Expert,
    ExpertCapacity,
    ExpertDiscipline,
    ExpertKeyword,
    ExpertState,
)
from portal.kit.db import Session
from portal.kit.paging import Page, keyset
from portal.kit.text import like
from portal.organisations.models import Membership, Organisation, Verification


def of_account(db: Session, account_id: uuid.UUID | None, *, lock: bool = False) -> Expert | None:
    """Somebody's place in the pool, in whatever state."""
    return _one(db, col(Expert.account_id) == account_id, lock)


def one(db: Session, expert_id: uuid.UUID, *, lock: bool = False) -> Expert | None:
    """One expert, in whatever state."""
    return _one(db, col(Expert.id) == expert_id, lock)


def _one(db: Session, which: Any, lock: bool) -> Expert | None:
    statement = select(Expert).where(which)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return db.scalars(statement).one_or_none()


@dataclass(frozen=True)
class Parts:
    """What a profile holds beside its row."""

    disciplines: list[str]
    keywords: list[str]
    capacities: dict[str, int]


def parts_of(db: Session, expert_id: uuid.UUID) -> Parts:
    """Disciplines, keywords and the quarters with a capacity of their own; one statement."""
    disciplines = (
        select(func.array_agg(col(ExpertDiscipline.discipline_code)))
        .where(col(ExpertDiscipline.expert_id) == expert_id)
        .scalar_subquery()
    )
    keywords = (
        select(func.array_agg(col(ExpertKeyword.keyword)))
        .where(col(ExpertKeyword.expert_id) == expert_id)
        .scalar_subquery()
    )
    places = (
        select(func.jsonb_object_agg(col(ExpertCapacity.period), col(ExpertCapacity.places)))
        .where(col(ExpertCapacity.expert_id) == expert_id)
        .scalar_subquery()
    )
    row = db.execute(select(disciplines, keywords, places)).one()
    return Parts(sorted(row[0] or []), sorted(row[1] or []), dict(sorted((row[2] or {}).items())))


def replace_keywords(db: Session, expert_id: uuid.UUID, keywords: Sequence[str]) -> None:
    """Make these the keywords of a profile, and no others."""
    db.execute(
        delete(ExpertKeyword).where(col(ExpertKeyword.expert_id) == expert_id),
        execution_options={"synchronize_session": False},
    )
    if keywords:
        rows = [{"expert_id": expert_id, "key": key_of(word), "keyword": word} for word in keywords]
        db.execute(insert(ExpertKeyword), rows)


def capacity(db: Session, expert_id: uuid.UUID, period: str) -> ExpertCapacity | None:
    """The capacity given for a quarter."""
    return db.get(ExpertCapacity, (expert_id, period))


def forget_capacities(db: Session, expert_id: uuid.UUID) -> None:
    """Delete what was given for single quarters."""
    db.execute(
        delete(ExpertCapacity).where(col(ExpertCapacity.expert_id) == expert_id),
        execution_options={"synchronize_session": False},
    )


def _rows() -> Any:
    return (
        select(
            col(Expert.id),
            col(Expert.account_id),
            col(Expert.state),
            col(Expert.state_reason),
            col(Expert.state_at),
            col(Expert.deadline_at),
            col(Expert.checked_at),
            col(Expert.senior),
            col(Expert.titles),
            col(Expert.grounds),
            col(Account.name),
            col(Account.sort_key),
            col(Namespace.slug),
            col(Organisation.name).label("organisation"),
        )
        .join(Account, col(Account.id) == col(Expert.account_id))
        .join(Namespace, col(Namespace.account_id) == col(Account.id))
        .outerjoin(Organisation, col(Organisation.id) == col(Expert.organisation_id))
    )


def queue(
    db: Session,
    states: Collection[ExpertState],
    *,
    words: str = "",
    after: str | None = None,
    before: str | None = None,
) -> Page[Any]:
    """The secretariat's list: what has stood longest in its state comes first."""
    statement = _rows().where(col(Expert.state).in_(states))
    if words:
        statement = statement.where(
            col(Account.name).ilike(like(words)) | col(Account.sort_key).ilike(like(words))
        )
    keys: list[Any] = [col(Expert.state_at), col(Expert.id)]
    statement = statement.add_columns(*(key.label(f"key{n}") for n, key in enumerate(keys)))
    return keyset(db, statement, keys, descending=False, after=after, before=before)


def rows_for_csv(db: Session, states: Collection[ExpertState], limit: int = 5000) -> Sequence[Any]:
    """The same as a table, by name."""
    statement = _rows().where(col(Expert.state).in_(states)).order_by(col(Account.sort_key), col(Expert.id))
    found: Sequence[Any] = db.execute(statement.limit(limit)).all()
    return found


def by_state(db: Session) -> dict[ExpertState, int]:
    """How many there are in each state; for the secretariat."""
    statement = select(col(Expert.state), func.count()).group_by(col(Expert.state))
    return {row[0]: row[1] for row in db.execute(statement)}


def nominations_of(db: Session, organisation_id: uuid.UUID, states: Collection[ExpertState]) -> Sequence[Any]:
    """Nominations that name an organisation, longest waiting first."""
    statement = _rows().where(col(Expert.organisation_id) == organisation_id, col(Expert.state).in_(states))
    found: Sequence[Any] = db.execute(statement.order_by(col(Expert.state_at), col(Expert.id))).all()
    return found


def due(db: Session, at: dt.datetime, limit: int = 200) -> list[uuid.UUID]:
    """Experts whose state ends (or whose re-check begins) by now."""
    statement = select(col(Expert.id)).where(col(Expert.deadline_at) <= at)
    return list(db.scalars(statement.order_by(col(Expert.deadline_at)).limit(limit)))


def to_remind(db: Session, before: dt.datetime, limit: int = 200) -> list[uuid.UUID]:
    """Experts under re-check whose period ends before that instant and who were not reminded yet."""
    statement = select(col(Expert.id)).where(
        col(Expert.state) == ExpertState.recheck,
        col(Expert.deadline_at) <= before,
        col(Expert.reminded_at).is_(None),
    )
    return list(db.scalars(statement.order_by(col(Expert.deadline_at)).limit(limit)))


def is_verified(db: Session, account_id: uuid.UUID | None) -> bool:
    """Whether somebody stands for more than a mail address: in a verified organisation, or in the pool."""
    unit = (
        select(col(Membership.id))
        .join(Organisation, col(Organisation.id) == col(Membership.organisation_id))
        .where(
            col(Membership.account_id) == account_id,
            col(Organisation.verification) == Verification.verified,
        )
    )
    expert = select(col(Expert.id)).where(
        col(Expert.account_id) == account_id, col(Expert.state).in_(IN_POOL)
    )
    return bool(db.execute(select(unit.exists() | expert.exists())).scalar())


Load = Callable[[], Any]
"""A scalar subquery, correlated to ``Expert``, that counts what an expert has on the desk of another part."""
_loads: list[Load] = []


def register_load(load: Load) -> None:
    """Make known what else experts have on the desk; the pool does not know who reviews."""
    if load not in _loads:
        _loads.append(load)


def elsewhere() -> Any:
    """All that other parts count for an expert, added up: for ``candidates``."""
    total: Any = literal(0)
    for load in _loads:
        total = total + load()
    return total


def candidates(
    db: Session, period: str, load: Any, *, beside: Any = None, but: Collection[uuid.UUID] = ()
) -> Sequence[Any]:
    """Experts of the pool with what routing asks about, by name; one statement.

    ``load`` is a scalar subquery correlated to ``Expert`` that counts what somebody has on the desk; ``beside``:
    another one, in a column of its own. ``but``: accounts left out.
    """
    codes = (
        select(func.array_agg(col(ExpertDiscipline.discipline_code)))
        .where(col(ExpertDiscipline.expert_id) == col(Expert.id))
        .correlate(Expert)
        .scalar_subquery()
    )
    keys = (
        select(func.array_agg(col(ExpertKeyword.key)))
        .where(col(ExpertKeyword.expert_id) == col(Expert.id))
        .correlate(Expert)
        .scalar_subquery()
    )
    places = (
        select(col(ExpertCapacity.places))
        .where(col(ExpertCapacity.expert_id) == col(Expert.id), col(ExpertCapacity.period) == period)
        .correlate(Expert)
        .scalar_subquery()
    )
    statement: Any = (
        select(
            col(Expert.id),
            col(Expert.account_id),
            col(Expert.senior),
            col(Expert.titles),
            col(Expert.biography_zh),
            col(Expert.publications),
            col(Account.name),
            col(Namespace.slug),
            codes.label("codes"),
            keys.label("keys"),
            func.coalesce(places, col(Expert.capacity)).label("places"),
            load.label("load"),
            (literal(0) if beside is None else beside).label("beside"),
        )
        .join(Account, col(Account.id) == col(Expert.account_id))
        .join(Namespace, col(Namespace.account_id) == col(Account.id))
        .where(col(Expert.state).in_(IN_POOL), col(Account.state) == AccountState.active)
        .order_by(col(Account.sort_key), col(Expert.id))
    )
    if but:
        statement = statement.where(col(Expert.account_id).not_in(list(but)))
    found: Sequence[Any] = db.execute(statement).all()
    return found
