"""Reading the audit log."""

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


def latest(db: Session, before: int | None = None, limit: int = 50) -> list[AuditEvent]:
    """The newest events, for auditors; ``before`` is the sequence number to go on from."""
    statement = select(AuditEvent).order_by(col(AuditEvent.seq).desc()).limit(limit)
    if before is not None:
        statement = statement.where(col(AuditEvent.seq) < before)
    return list(db.exec(statement))
