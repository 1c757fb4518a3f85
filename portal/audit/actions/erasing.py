"""Erasing persons from the log without changing a leaf: values go together with their salts."""

import datetime as dt

from portal.audit import queries
from portal.audit.models import AuditEvent
from portal.kit.clock import now
from portal.kit.db import Session
from portal.settings import get_settings


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
