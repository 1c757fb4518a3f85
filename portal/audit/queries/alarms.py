"""Alarms of the log."""

from sqlmodel import col, select

from portal.audit.models import AlarmState, AuditAlarm
from portal.kit.db import Session


def raised(db: Session, *, lock: bool = False) -> list[AuditAlarm]:
    """Alarms nobody has accepted, oldest first."""
    statement = select(AuditAlarm).where(AuditAlarm.state == AlarmState.raised).order_by(col(AuditAlarm.id))
    return list(db.exec(statement.with_for_update() if lock else statement))


def latest(db: Session, limit: int = 20) -> list[AuditAlarm]:
    """Alarms in any state, the newest first."""
    return list(db.exec(select(AuditAlarm).order_by(col(AuditAlarm.id).desc()).limit(limit)))


def with_note(db: Session, note: str) -> AuditAlarm | None:
    """The alarm about exactly this checkpoint, in any state."""
    return db.exec(select(AuditAlarm).where(AuditAlarm.note == note).limit(1)).first()
