"""Jobs in PostgreSQL (Procrastinate): deferred inside the transaction of the change that wants them."""

import datetime as dt
import json
import select
from collections.abc import Callable
from typing import Any, TypeVar

import procrastinate
import psycopg
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import text

from portal.kit.db import Session

app = procrastinate.App(connector=procrastinate.PsycopgConnector())
F = TypeVar("F", bound=Callable[..., Any])

_DEFER = text(
    "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW("
    ":queue, :name, :priority, :lock, :queueing_lock, CAST(:args AS jsonb), CAST(:at AS timestamptz)"
    ")::procrastinate_job_to_defer_v1])"
)
_WAITING = text(
    "SELECT 1 FROM procrastinate_jobs WHERE queueing_lock = :queueing_lock AND status = 'todo' FOR NO KEY UPDATE"
)


async def still_open(connection: psycopg.AsyncConnection[Any]) -> None:
    """Refuse a connection the server has closed: its socket then has something to read. Costs no round trip."""
    readable, _writable, _odd = select.select([connection.fileno()], [], [], 0)
    if readable:
        raise psycopg.OperationalError("the server has closed this connection")


async def _autocommit(connection: psycopg.AsyncConnection[Any]) -> None:
    await connection.set_autocommit(True)


def pool(dsn: str, *, max_size: int = 8) -> AsyncConnectionPool[Any]:
    """Connections for a worker's queues, not yet open.

    Autocommit: every call is one statement, and a transaction around each would triple the round trips of a job.
    """
    return AsyncConnectionPool(
        dsn,
        min_size=2,
        max_size=max_size,
        timeout=5,
        open=False,
        check=still_open,
        configure=_autocommit,
        kwargs={"connect_timeout": 3, "application_name": "cspon-worker"},
    )


def job(name: str, *, queue: str = "default", retry: Any = None) -> Callable[[F], F]:
    """Register a function as the job ``name``. Its arguments are JSON; put ids into them, not things."""

    def register(function: F) -> F:
        app.task(name=name, queue=queue, retry=retry)(function)
        return function

    return register


def periodic(name: str, cron: str, *, queue: str = "default") -> Callable[[F], F]:
    """Register a job that runs by the clock (six fields where seconds matter). It takes ``timestamp``."""

    def register(function: F) -> F:
        task = app.task(name=name, queue=queue, queueing_lock=name)(function)
        app.periodic(cron=cron)(task)
        return function

    return register


def defer(
    session: Session,
    name: str,
    *,
    queue: str = "default",
    lock: str | None = None,
    queueing_lock: str | None = None,
    priority: int = 0,
    at: dt.datetime | None = None,
    **args: Any,
) -> None:
    """Queue the job ``name``; it exists if and only if this transaction commits.

    ``queueing_lock``: at most one such job waits; a second is silently not queued, and the one that waits begins
    after this transaction, so that it sees what this one wrote. ``lock``: jobs with the same lock run one after the
    other.
    """
    values = {
        "queue": queue,
        "name": name,
        "priority": priority,
        "lock": lock,
        "queueing_lock": queueing_lock,
    }
    if queueing_lock is not None:
        # The unique index would abort the whole transaction, so the name is held first and looked up. Workers skip
        # locked rows: without the lock, the waiting job could run before this commit, and nobody would run it after.
        session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:n, 7))"), {"n": queueing_lock})
        if session.execute(_WAITING, {"queueing_lock": queueing_lock}).first() is not None:
            return
    session.execute(_DEFER, {**values, "args": json.dumps(args), "at": at})
