"""Erasing persons from the log without changing a leaf: values go together with their salts."""

import datetime as dt

from portal.audit import queries
from portal.audit.actions.recording import record
from portal.audit.models import AuditEvent
from portal.kit.actor import Actor
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.errors import Conflict, NotFound
from portal.kit.i18n import _
from portal.settings import get_settings


def erase_reason(db: Session, actor: Actor, *, seq: int, reason: str) -> None:
    """Erase the reason given in one event, because it named somebody or told what must not be known. The leaf holds.

    The event that says so has a reason of its own; it must not repeat what was erased.
    """
    if not reason.strip():
        raise Conflict(_("Say why the reason is erased, without repeating it."))
    event = queries.erase_reason(db, seq)
    if event is None:
        raise NotFound(_("There is no event of this number with a reason."))
    record(db, actor, verb="log.reason_erased", object=event, reason=reason.strip(), seq=seq)


def erase_closed(db: Session) -> int:
    """Erase who acted, and reasons given about them, for accounts closed longer ago than the log keeps names."""
    before = now() - dt.timedelta(days=get_settings().log_names_days)
    accounts = queries.closed_accounts(db, before)
    for account_id in accounts:
        count = queries.erase_person(db, account_id)
        db.add(
            AuditEvent(
                actor_name="system",
                verb="account.traces_erased",
                object_type="account",
                object_id=str(account_id),
                evidence={"events": count},
            )
        )
    return len(accounts)
