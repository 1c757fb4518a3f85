"""Leased rows under lock. All instants are the database's.

Locks are FOR NO KEY UPDATE (``key_share``), so that rows that refer to a leased one can be written meanwhile.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import Text, cast, column, func, table, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import col, select

from portal.kit.db import Session
from registry.leases.models import Held, R, Terms

BATCH = 50
_JOBS = table("procrastinate_jobs", column("task_name", Text), column("status", Text), column("args", JSONB))


def instant(db: Session) -> dt.datetime:
    """The database's clock, now (not at the start of the transaction)."""
    found: dt.datetime = db.execute(select(func.clock_timestamp())).scalar_one()
    return found


def locked(db: Session, terms: Terms[R], row_id: uuid.UUID, *states: StrEnum) -> R | None:
    """A row under lock, if it is in one of ``states``."""
    row = terms.table
    return db.exec(
        select(row)
        .where(col(row.id) == row_id, col(row.state).in_(states))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).first()


def held(db: Session, terms: Terms[R], lease: Held) -> R | None:
    """A running row under lock, if the lease still holds; None: stop at once and write nothing."""
    row = terms.table
    return db.exec(
        select(row)
        .where(col(row.id) == lease.id, col(row.lease_token) == lease.token, col(row.state) == terms.running)
        .with_for_update(key_share=True)
    ).first()


def renew(db: Session, terms: Terms[Any], lease: Held, seconds: float) -> bool:
    """Lengthen the lease; False: it is lost, or nobody wants the work any more."""
    row = terms.table
    changed = (
        update(row)
        .where(col(row.id) == lease.id, col(row.lease_token) == lease.token, col(row.state) == terms.running)
        .values(lease_expires_at=func.clock_timestamp() + dt.timedelta(seconds=seconds))
        .returning(col(row.id))
        .execution_options(synchronize_session=False)
    )
    return db.execute(changed).first() is not None


def expired(db: Session, terms: Terms[R]) -> Sequence[R]:
    """Rows whose worker has lost its lease or that passed their deadline, locked; those being written are skipped."""
    row = terms.table
    here = func.clock_timestamp()
    lost = (col(row.lease_expires_at) < here) & (col(row.state) == terms.running)
    return db.exec(
        select(row)
        .where(col(row.state).in_(terms.live), lost | (col(row.deadline_at) < here))
        .limit(BATCH)
        .with_for_update(skip_locked=True, key_share=True)
    ).all()


def untold(db: Session, terms: Terms[Any], age_s: float = 30.0) -> list[uuid.UUID]:
    """Rows that wait while no job would ever start them."""
    row, job = terms.table, _JOBS.c
    started = (
        select(job.task_name)
        .where(
            job.task_name == terms.job,
            cast(job.status, Text).in_(("todo", "doing")),
            job.args[terms.argument].astext == cast(col(row.id), Text),
        )
        .exists()
    )
    waiting = (
        select(row.id)
        .where(
            col(row.state) == terms.queued,
            col(row.updated_at) < func.clock_timestamp() - dt.timedelta(seconds=age_s),
            ~started,
        )
        .order_by(col(row.id))
        .limit(BATCH)
    )
    return list(db.execute(waiting).scalars())
