"""What objections, reports of an approach and appeals share: one person files, others decide with a reason, in time.

A case that its handlers let lie is passed on to the auditors, once; let lie again it expires, which everybody who may
see it can tell from a decision.
"""

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import select
from sqlmodel import Field, col

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
from portal.kit.tables import StampedTable, instant_field
from portal.notices.actions import tell
from portal.settings import get_settings

HANDLERS = frozenset({"secretariat", "auditor"})
PASSED_ON = N_("Nobody has decided in time; please take it over: %(what)s")


class Case(StampedTable):
    """Columns of every case; the state is the own table's."""

    account_id: uuid.UUID = Field(foreign_key="account.id", index=True)
    """Who filed it."""
    state_reason: str = Field(default="", max_length=2000)
    handled_by: uuid.UUID | None = Field(default=None, foreign_key="account.id", nullable=True)
    deadline_at: dt.datetime | None = instant_field(nullable=True, index=True)
    """When its present handlers have let it lie; None once it is decided."""
    escalated: bool = False
    """Whether it was passed on to the auditors."""
    if TYPE_CHECKING:
        state: Any

    @property
    def receipt(self) -> str:
        """The number a person is given: ten signs of the id that nobody can count from."""
        return self.id.hex[-10:].upper()


C = TypeVar("C", bound=Case)


def handling_deadline() -> dt.datetime:
    """When a case that begins to wait now is passed on, or expires."""
    return in_days(get_settings().handling_days)


def handles_as(actor: Actor, case: Case, barred: Collection[uuid.UUID] = ()) -> str | None:
    """As what somebody decides: ``secretariat``, ``auditor`` (once passed on), or None.

    Never the own case, nor one about something the person has part in (``barred``).
    """
    if actor.id is None or actor.id == case.account_id or actor.id in barred or not actor.may("write"):
        return None
    if case.escalated and actor.has(Role.auditor):
        return "auditor"
    return "secretariat" if actor.has(Role.secretariat) else None


def sees(actor: Actor, case: Case, barred: Collection[uuid.UUID] = ()) -> bool:
    """Whoever filed it, whoever may decide it, and the auditors that have no part in it."""
    if actor.id is None:
        return False
    if actor.id == case.account_id:
        return True
    return actor.id not in barred and (actor.has(Role.auditor) or handles_as(actor, case, barred) is not None)


def one(db: Session, kind: type[C], case_id: uuid.UUID, *, lock: bool = False) -> C:
    """One case; ``NotFound`` where there is none."""
    statement = select(kind).where(col(kind.id) == case_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = db.scalars(statement).one_or_none()
    if found is None:
        raise NotFound(_("There is nothing at this address."))
    return found


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


def due(db: Session, kind: type[C], at: dt.datetime, limit: int = 200) -> list[uuid.UUID]:
    """Cases whose time is over, oldest first."""
    statement = select(col(kind.id)).where(col(kind.deadline_at) <= at)
    return list(db.scalars(statement.order_by(col(kind.deadline_at)).limit(limit)))


def let_lie(db: Session, case: Case, table: Transitions[Any], expired: StrEnum, what: str, url: str) -> bool:
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
