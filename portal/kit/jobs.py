"""Jobs in PostgreSQL (Procrastinate): deferred inside the transaction of the change that wants them."""

import datetime as dt
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import procrastinate
from sqlalchemy import text

from portal.kit.db import Session

app = procrastinate.App(connector=procrastinate.PsycopgConnector())
F = TypeVar("F", bound=Callable[..., Any])

_DEFER = text(
    "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW("
    ":queue, :name, :priority, :lock, :queueing_lock, CAST(:args AS jsonb), CAST(:at AS timestamptz)"
    ")::procrastinate_job_to_defer_v1])"
)
_WAITING = text("SELECT 1 FROM procrastinate_jobs WHERE queueing_lock = :queueing_lock AND status = 'todo'")


@asynccontextmanager
async def connected(dsn: str, *, max_size: int = 10) -> AsyncIterator[procrastinate.App]:
    """The job application with connections of its own, for as long as the block runs (workers only)."""
    connector = procrastinate.PsycopgConnector(conninfo=dsn, min_size=1, max_size=max_size)
    with app.replace_connector(connector) as ready:
        async with ready.open_async():
            yield ready


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

    ``queueing_lock``: at most one such job waits; a second is silently not queued. ``lock``: jobs with the same
    lock run one after the other.
    """
    values = {
        "queue": queue,
        "name": name,
        "priority": priority,
        "lock": lock,
        "queueing_lock": queueing_lock,
    }
    if queueing_lock is not None:
        # The unique index would abort the whole transaction, so the name is held first and looked up.
        session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:n, 7))"), {"n": queueing_lock})
        if session.execute(_WAITING, {"queueing_lock": queueing_lock}).first() is not None:
            return
    session.execute(_DEFER, {**values, "args": json.dumps(args), "at": at})
