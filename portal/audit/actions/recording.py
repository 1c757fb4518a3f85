"""Writing to the audit log."""

from typing import Any

from sqlmodel import SQLModel

from portal.audit.models import AuditEvent
from portal.kit.actor import Actor
from portal.kit.db import Session


def record(
    db: Session,
    actor: Actor,
    *,
    verb: str,
    object: SQLModel,  # noqa: A002
    reason: str | None = None,
    **evidence: Any,
) -> AuditEvent:
    """Write what happened, in the transaction of the change itself: both stand or neither does.

    ``verb`` is ``noun.past-participle`` (``version.published``). ``evidence`` must be JSON and hold no personal data.
    """
    event = AuditEvent(
        actor_id=actor.id,
        # The short name, not the person's: the log cannot be changed, and an account may be closed one day.
        actor_name=actor.namespace or actor.name or ("system" if actor.is_system else "anonymous"),
        verb=verb,
        object_type=str(object.__tablename__),
        object_id=str(getattr(object, "id", getattr(object, "seq", ""))),
        reason=reason,
        evidence=evidence,
    )
    db.add(event)
    return event
