"""Reading the audit log."""

import uuid
from dataclasses import dataclass

from sqlmodel import col, select

from portal.audit.models import AuditEvent
from portal.kit.db import Session


def of_object(db: Session, object_type: str, object_id: str, limit: int = 200) -> list[AuditEvent]:
    """The events of one object, oldest first."""
    statement = (
        select(AuditEvent)
        .where(AuditEvent.object_type == object_type, AuditEvent.object_id == object_id)
        .order_by(col(AuditEvent.seq))
        .limit(limit)
    )
    return list(db.exec(statement))


@dataclass(frozen=True)
class Wanted:
    """What an auditor narrows the log to. ``what``: a verb, or the noun of many; ``who``: an account."""

    what: str = ""
    object_id: str = ""
    who: uuid.UUID | None = None


def latest(
    db: Session, before: int | None = None, limit: int = 50, wanted: Wanted | None = None
) -> list[AuditEvent]:
    """The newest events, for auditors; ``before`` is the sequence number to go on from."""
    statement = select(AuditEvent).order_by(col(AuditEvent.seq).desc()).limit(limit)
    if before is not None:
        statement = statement.where(col(AuditEvent.seq) < before)
    wanted = wanted or Wanted()
    if "." in wanted.what:
        statement = statement.where(AuditEvent.verb == wanted.what)
    elif wanted.what:
        statement = statement.where(col(AuditEvent.verb).startswith(f"{wanted.what}.", autoescape=True))
    if wanted.object_id:
        statement = statement.where(AuditEvent.object_id == wanted.object_id)
    if wanted.who is not None:
        statement = statement.where(AuditEvent.actor_id == wanted.who)
    return list(db.exec(statement))
