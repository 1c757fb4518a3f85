"""Upload sessions and their parts."""

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, func
from sqlmodel import col, select

from portal.kit.db import Session
from registry.storage.models import LIVE, SessionState, UploadPart, UploadSession, UploadTarget


def session_of(db: Session, version_id: uuid.UUID, session_id: uuid.UUID) -> UploadSession | None:
    """A session of a version, not locked."""
    statement = select(UploadSession).where(
        col(UploadSession.id) == session_id, col(UploadSession.version_id) == version_id
    )
    return db.exec(statement).first()


def get_session_for_change(db: Session, session_id: uuid.UUID) -> UploadSession | None:
    """A session, its row locked until the transaction ends."""
    statement = select(UploadSession).where(col(UploadSession.id) == session_id).with_for_update()
    return db.exec(statement.execution_options(populate_existing=True)).first()


def live_session(
    db: Session, version_id: uuid.UUID, account_id: uuid.UUID, target: UploadTarget, path: str
) -> UploadSession | None:
    """This publisher's session for this path of the draft that has not ended, locked."""
    statement = (
        select(UploadSession)
        .where(
            col(UploadSession.version_id) == version_id,
            col(UploadSession.created_by) == account_id,
            col(UploadSession.target) == target,
            col(UploadSession.path) == path,
            col(UploadSession.state).in_(LIVE),
        )
        .with_for_update()
    )
    return db.exec(statement).first()


def sessions_of_version(
    db: Session, version_id: uuid.UUID, limit: int = 100
) -> list[tuple[UploadSession, int]]:
    """The live sessions of a draft by path, with the bytes that have arrived of each."""
    arrived = (
        select(func.coalesce(func.sum(UploadPart.size), 0))
        .where(col(UploadPart.session_id) == col(UploadSession.id))
        .correlate(UploadSession)
        .scalar_subquery()
    )
    statement: Any = (
        select(UploadSession, arrived)
        .where(col(UploadSession.version_id) == version_id, col(UploadSession.state).in_(LIVE))
        .order_by(col(UploadSession.path), col(UploadSession.id))
        .limit(limit)
    )
    return [(row[0], int(row[1])) for row in db.execute(statement)]


def parts_of(db: Session, session_id: uuid.UUID) -> dict[int, UploadPart]:
    """The parts that have arrived, by number."""
    statement = select(UploadPart).where(col(UploadPart.session_id) == session_id)
    return {part.number: part for part in db.exec(statement.order_by(col(UploadPart.number)))}


def remove_parts(db: Session, session_id: uuid.UUID, numbers: Iterable[int] | None = None) -> None:
    """Forget parts: these, or all."""
    statement = delete(UploadPart).where(col(UploadPart.session_id) == session_id)
    if numbers is not None:
        statement = statement.where(col(UploadPart.number).in_(list(numbers)))
    db.execute(statement, execution_options={"synchronize_session": False})


def reserved(db: Session, namespace_id: uuid.UUID) -> list[tuple[uuid.UUID, int]]:
    """The live sessions of a namespace and the bytes each has announced."""
    statement: Any = select(col(UploadSession.id), col(UploadSession.size)).where(
        col(UploadSession.namespace_id) == namespace_id, col(UploadSession.state).in_(LIVE)
    )
    return [(row[0], int(row[1])) for row in db.execute(statement)]


def overdue_sessions(db: Session, instant: dt.datetime, limit: int = 100) -> list[UploadSession]:
    """Live sessions whose deadline has passed, locked; those somebody works on are left out."""
    statement = (
        select(UploadSession)
        .where(col(UploadSession.state).in_(LIVE), col(UploadSession.deadline_at) < instant)
        .order_by(col(UploadSession.deadline_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(db.exec(statement))


def ended_with_handle(db: Session, limit: int = 100) -> list[tuple[uuid.UUID, str]]:
    """Ended sessions of which the store may still hold parts."""
    statement: Any = (
        select(col(UploadSession.id), col(UploadSession.handle))
        .where(col(UploadSession.state).not_in(LIVE), col(UploadSession.handle) != "")
        .limit(limit)
    )
    return [(row[0], row[1]) for row in db.execute(statement)]


def handles(db: Session) -> set[str]:
    """What the store calls the files of sessions that have not ended."""
    statement = select(UploadSession.handle).where(col(UploadSession.state).in_(LIVE))
    return {handle.partition(":")[0] for handle in db.exec(statement)}


def forget_sessions(db: Session, before: dt.datetime) -> int:
    """Delete sessions that ended long ago; how many."""
    statement = delete(UploadSession).where(
        col(UploadSession.state).in_([state for state in SessionState if state not in LIVE]),
        col(UploadSession.handle) == "",
        col(UploadSession.updated_at) < before,
    )
    result: Any = db.execute(statement, execution_options={"synchronize_session": False})
    return int(result.rowcount)
