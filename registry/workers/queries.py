"""Reading and refreshing workers, and the rule of the queue."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, text, update
from sqlmodel import col, select

from portal.kit.db import Session
from registry.workers.models import GONE_S, KEPT_DAYS, QueueRule, StationDrain, Worker, WorkerState

LIVING = (WorkerState.running, WorkerState.draining)


def rule(db: Session) -> QueueRule:
    """The rule in force; where nobody has changed it, the defaults."""
    return db.get(QueueRule, 1) or QueueRule()


def locked_rule(db: Session) -> QueueRule:
    """The rule under lock, made if need be."""
    db.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('queue/rule', 0))"))
    found = db.get(QueueRule, 1)
    if found is None:
        found = QueueRule()
        db.add(found)
        db.flush()
    return found


def beat(db: Session, worker_id: uuid.UUID, runtimes: dict[str, str]) -> WorkerState | None:
    """A sign of life by the database's clock; the worker's state, None when it counts as gone."""
    here = func.clock_timestamp()
    state: WorkerState | None = db.execute(
        update(Worker)
        .where(col(Worker.id) == worker_id, col(Worker.state).in_(LIVING))
        .values(seen_at=here, deadline_at=here + dt.timedelta(seconds=GONE_S), runtimes=runtimes)
        .returning(col(Worker.state))
        .execution_options(synchronize_session=False)
    ).scalar()
    return state


def may_claim(db: Session, worker_id: uuid.UUID) -> bool:
    """Whether this worker takes work at all."""
    return db.execute(select(Worker.state).where(Worker.id == worker_id)).scalar() is WorkerState.running


def locked(db: Session, worker_id: uuid.UUID) -> Worker | None:
    """A worker under lock."""
    return db.exec(select(Worker).where(Worker.id == worker_id).with_for_update()).first()


def overdue(db: Session) -> Sequence[Worker]:
    """Workers that count as living and passed their deadline, locked."""
    return db.exec(
        select(Worker)
        .where(col(Worker.state).in_(LIVING), Worker.deadline_at < func.clock_timestamp())
        .order_by(col(Worker.id))
        .limit(100)
        .with_for_update(skip_locked=True)
    ).all()


def living(db: Session) -> Sequence[Worker]:
    """Workers heard of lately, by host and start."""
    return db.exec(
        select(Worker)
        .where(col(Worker.state).in_(LIVING), Worker.deadline_at >= func.clock_timestamp())
        .order_by(col(Worker.host), col(Worker.id))
    ).all()


def lately_gone(db: Session, limit: int = 20) -> Sequence[Worker]:
    """Workers that have gone, the latest first."""
    return db.exec(
        select(Worker)
        .where(Worker.state == WorkerState.gone)
        .order_by(col(Worker.ended_at).desc(), col(Worker.id).desc())
        .limit(limit)
    ).all()


def drain_of(db: Session, station: str) -> StationDrain | None:
    """The drain that holds at a station."""
    return db.get(StationDrain, station) if station else None


def drained_and_away(db: Session) -> Sequence[StationDrain]:
    """Drains of stations where nobody works at present, by name."""
    there = select(Worker.station).where(
        col(Worker.state).in_(LIVING), Worker.deadline_at >= func.clock_timestamp()
    )
    return db.exec(
        select(StationDrain)
        .where(col(StationDrain.station).not_in(there))
        .order_by(col(StationDrain.station))
        .limit(200)
    ).all()


def colleagues(db: Session, station: str, state: WorkerState) -> Sequence[Worker]:
    """Workers of a station in a state, locked."""
    return db.exec(
        select(Worker)
        .where(col(Worker.station) == station, col(Worker.state) == state)
        .order_by(col(Worker.id))
        .with_for_update()
    ).all()


def one(db: Session, worker_id: uuid.UUID) -> Worker | None:
    """One worker."""
    return db.get(Worker, worker_id)


def capacity(db: Session) -> list[Any]:
    """Per queue that a worker serves and takes work for: number of workers and slots."""
    served = func.unnest(col(Worker.queues)).table_valued("queue").render_derived()
    return list(
        db.execute(
            select(served.c.queue, func.count().label("workers"), func.sum(col(Worker.slots)).label("slots"))
            .select_from(Worker)
            .join(served, text("true"))
            .where(Worker.state == WorkerState.running, Worker.deadline_at >= func.clock_timestamp())
            .group_by(served.c.queue)
            .order_by(served.c.queue)
        )
    )


def forget(db: Session) -> None:
    """Drop workers that went long ago; the audit log keeps what was done to them."""
    db.execute(
        text(
            "DELETE FROM worker WHERE state = 'gone'"
            " AND ended_at < clock_timestamp() - make_interval(days => :days)"
        ),
        {"days": KEPT_DAYS},
    )
