"""The database: one engine per process, one transaction per request or task, one commit, here and nowhere else."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlmodel import Session, SQLModel, select

from portal.kit.actor import SYSTEM, Actor
from portal.kit.errors import NotFound, Unavailable
from portal.kit.i18n import _
from portal.settings import get_settings

T = TypeVar("T", bound=SQLModel)
__all__ = [
    "Session",
    "configure",
    "engine",
    "lock_key",
    "lock_row",
    "notify",
    "raw_dsn",
    "read_as",
    "reader_of",
    "transaction",
]

_url: str | None = None


def configure(url: str) -> None:
    """Point this process at a database; the embedded server calls this once it knows its address."""
    global _url
    if url != _url:
        _url = url
        if engine.cache_info().currsize:
            engine().dispose()
        engine.cache_clear()


def database_url() -> str:
    """The address in use: configured, from the settings, or that of the running embedded server."""
    if _url:
        return _url
    from portal.kit.embedded import url as embedded_url

    settings = get_settings()
    return settings.database_url or embedded_url(settings.home)


def raw_dsn() -> str:
    """The same address for libpq (psycopg without SQLAlchemy)."""
    return database_url().replace("postgresql+psycopg://", "postgresql://", 1)


@lru_cache(maxsize=1)
def engine() -> Engine:
    """The engine of this process. A waiting page gives up after 2 s: a 503 helps more than a spinner."""
    return create_engine(
        database_url(),
        pool_size=get_settings().db_pool,
        max_overflow=10,
        pool_timeout=2,
        pool_pre_ping=False,
        pool_recycle=1800,
        connect_args={
            "connect_timeout": 2,
            "application_name": "cspon",
            "options": "-c timezone=UTC -c lock_timeout=8000 -c idle_in_transaction_session_timeout=60000",
        },
    )


@contextmanager
def transaction() -> Iterator[Session]:
    """One session, one transaction: committed when the block ends, rolled back whole when it raises."""
    session = Session(engine(), autoflush=False, expire_on_commit=False)
    try:
        yield session
        session.commit()
    except OperationalError as error:
        _forget(session)
        if _is_outage(error):
            raise Unavailable(
                _("The database does not answer."), hint=_("Please try again in a minute.")
            ) from error
        raise
    except BaseException:
        _forget(session)
        raise
    finally:
        session.close()


def _forget(session: Session) -> None:
    """Roll back; a connection that has gone has rolled back already."""
    try:
        session.rollback()
    except DBAPIError:
        session.invalidate()


def _is_outage(error: OperationalError) -> bool:
    """Whether the server is away (as against a deadlock or a lock timeout, which are the program's own)."""
    state = getattr(error.orig, "sqlstate", None)
    return bool(error.connection_invalidated) or state is None or state[:2] in {"08", "57", "53"}


def read_as(session: Session, actor: Actor) -> None:
    """Say for whom this session reads. Called by the door of every request; queries that guard bytes ask it."""
    session.info["reader"] = actor


def reader_of(session: Session) -> Actor:
    """For whom this session reads: the actor of the request, or the system where there is none (jobs, commands)."""
    reader = session.info.get("reader", SYSTEM)
    assert isinstance(reader, Actor)  # noqa: S101 - read_as is the only writer
    return reader


def lock_row(session: Session, kind: type[T], key: uuid.UUID) -> T:
    """A row as it is at this moment, locked for a change. Where there is none: the 404."""
    table: Any = kind
    statement = select(kind).where(table.id == key).with_for_update()
    found = session.exec(statement.execution_options(populate_existing=True)).first()
    if found is None:
        raise NotFound(_("There is nothing at this address."))
    return found


def lock_key(session: Session, *parts: object) -> None:
    """Hold an advisory lock on a name until the transaction ends; others who name it wait."""
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": "/".join(map(str, parts))}
    )


def notify(session: Session, channel: str, payload: str) -> None:
    """Tell listeners of ``channel`` once this transaction has committed."""
    session.execute(text("SELECT pg_notify(:channel, :payload)"), {"channel": channel, "payload": payload})


def scalar(session: Session, sql: str, **values: Any) -> Any:
    """One value of a statement about the server itself (clock, version, size)."""
    return session.execute(text(sql), values).scalar()
