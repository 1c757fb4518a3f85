"""Which persons' traces are due to go, and their going."""

import datetime as dt
import uuid

from sqlalchemy import update
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from portal.audit.models import AuditEvent
from portal.kit.db import Session


def closed_accounts(db: Session, before: dt.datetime) -> list[uuid.UUID]:
    """Accounts closed before the instant whose traces are still there; 50 at a time."""
    done = aliased(AuditEvent)
    erased = select(col(done.seq)).where(
        col(done.object_id) == col(AuditEvent.object_id), col(done.verb) == "account.traces_erased"
    )
    statement = (
        select(col(AuditEvent.object_id))
        .where(col(AuditEvent.verb) == "account.closed", col(AuditEvent.at) < before, ~erased.exists())
        .order_by(col(AuditEvent.seq))
        .limit(50)
    )
    return [uuid.UUID(found) for found in db.exec(statement)]


def erase_reason(db: Session, seq: int) -> AuditEvent | None:
    """Erase the reason of one event; the event, or None where there is none, or it has no reason."""
    event = db.get(AuditEvent, seq)
    if event is None or event.reason is None:
        return None
    event.reason = event.reason_salt = None
    db.add(event)
    db.flush()
    return event


def erase_person(db: Session, account_id: uuid.UUID) -> int:
    """Erase the person as actor everywhere, and reasons in events about the account; how many events were touched."""
    quiet = {"synchronize_session": False}
    actor = (
        update(AuditEvent)
        .where(col(AuditEvent.actor_id) == account_id)
        .values(actor_id=None, actor_name="", actor_salt=None)
    )
    reason = (
        update(AuditEvent)
        .where(
            col(AuditEvent.object_type) == "account",
            col(AuditEvent.object_id) == str(account_id),
            col(AuditEvent.reason).is_not(None),
        )
        .values(reason=None, reason_salt=None)
    )
    touched = [db.execute(statement, execution_options=quiet) for statement in (actor, reason)]
    return sum(int(getattr(result, "rowcount", 0)) for result in touched)
