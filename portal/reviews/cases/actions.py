"""What is done to cases of any kind: told, decided, moved, passed on, expired."""

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any

from portal.accounts import queries as accounts
from portal.accounts.models import Role
from portal.audit.actions import record
from portal.experts.actions.common import in_days
from portal.kit.actor import SYSTEM, Actor
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.errors import Forbidden, NotFound
from portal.kit.i18n import N_, _
from portal.kit.states import Transitions, check_move
from portal.notices.actions import tell
from portal.reviews.cases.models import Case
from portal.reviews.cases.policy import handles_as, sees
from portal.settings import get_settings

PASSED_ON = N_("Nobody has decided in time; please take it over: %(what)s")


def handling_deadline() -> dt.datetime:
    """When a case that begins to wait now is passed on, or expires."""
    return in_days(get_settings().handling_days)


def handled(db: Session, actor: Actor, case: Case, barred: Collection[uuid.UUID]) -> str:
    """As what the actor decides a locked case; refuses everybody who may not."""
    if not sees(actor, case, barred) or actor.id == case.account_id:
        raise NotFound(_("There is nothing at this address."))
    who = handles_as(actor, case, barred)
    if who is None:
        raise Forbidden(
            _("The secretariat decides this; auditors do once it was passed on to them."),
        )
    case.handled_by = actor.id
    db.add(case)
    return who


def move(
    db: Session,
    actor: Actor,
    case: Case,
    table: Mapping[Any, Any],
    state: StrEnum,
    who: str,
    *,
    reason: str = "",
) -> None:
    """Move a locked case along its table; it waits anew where the state is not final. Says so in the audit log."""
    check_move(table, case.state, state, who)
    case.state, case.state_reason = state, reason
    case.deadline_at = handling_deadline() if table.get(state) else None
    case.touch()
    db.add(case)
    record(db, actor, verb=f"{case.__tablename__}.{state.value}", object=case, reason=reason or None)


def tell_handlers(
    db: Session, case: Case, barred: Collection[uuid.UUID], message: str, url: str, **params: Any
) -> None:
    """Put a notice before the members of the secretariat that may decide a case."""
    for account in accounts.with_role(db, Role.secretariat):
        if account.id != case.account_id and account.id not in barred:
            tell(db, account.id, message=message, url=url, **params)


def let_lie(
    db: Session, case: Case, table: Transitions[Any], expired: StrEnum, what: str | dict[str, str], url: str
) -> bool:
    """A locked case whose time is over: passed on to the auditors, the second time expired. False: not due."""
    if case.deadline_at is None or case.deadline_at > now():
        return False
    if case.escalated:
        move(db, SYSTEM, case, table, expired, "system")
        return True
    case.escalated, case.deadline_at = True, handling_deadline()
    case.touch()
    db.add(case)
    record(db, SYSTEM, verb=f"{case.__tablename__}.passed-on", object=case)
    for account in accounts.with_role(db, Role.auditor):
        tell(db, account.id, message=PASSED_ON, url=url, what=what)
    return True
