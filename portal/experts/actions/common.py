"""What the verbs share: locking, moving along the table, telling people by notice and mail."""

import datetime as dt
import uuid
from typing import Any

from portal.accounts import queries as accounts
from portal.accounts.actions.people import tell_by_mail
from portal.accounts.models import AccountState, Role
from portal.audit.actions import record
from portal.experts import policy
from portal.experts.models import EXPERT_TRANSITIONS, Expert, ExpertState
from portal.experts.queries import pool
from portal.kit.actor import Actor
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.errors import Forbidden, NotFound, SignInNeeded
from portal.kit.forms import need_reason
from portal.kit.i18n import N_, _
from portal.kit.states import check_move
from portal.notices.actions import filled, speaking, tell
from portal.organisations import queries as organisations
from portal.settings import get_settings

SUBJECT = N_("Expert pool: please have a look")
BODY = N_("Hello %(name)s,\n\n%(text)s\n\n%(url)s\n")
MINE = "/me/expert"
POOL = "/admin/experts"


def inform(
    db: Session, account_id: uuid.UUID, message: str, url: str, *, subject: str = SUBJECT, **params: Any
) -> None:
    """Tell somebody by notice and by mail, in the language of the account; closed accounts are told nothing."""
    account = accounts.by_id(db, account_id)
    if account is None or account.state is AccountState.closed:
        return
    tell(db, account_id, message=message, url=url, **params)
    with speaking(account.locale):
        text = _(message, **filled(params))
    tell_by_mail(db, account, subject, BODY, text=text, url=f"{get_settings().site_url}{url}")


def tell_secretariat(db: Session, message: str, url: str, **params: Any) -> None:
    """Put a notice before the whole secretariat."""
    for account in accounts.with_role(db, Role.secretariat):
        tell(db, account.id, message=message, url=url, **params)


def inform_admins(
    db: Session, organisation_id: uuid.UUID, message: str, *, but: uuid.UUID | None = None, **params: Any
) -> None:
    """Tell an organisation's administrators by notice and mail."""
    namespace = accounts.namespace_of(db, organisation_id=organisation_id)
    url = f"/organisations/{namespace.slug}/experts"
    for account_id in organisations.admins(db, organisation_id):
        if account_id != but:
            inform(db, account_id, message, url, organisation=namespace.display_name, **params)


def name_of(db: Session, account_id: uuid.UUID) -> str:
    """The name notices call somebody by."""
    return accounts.namespace_of(db, account_id=account_id).display_name


def myself(actor: Actor) -> uuid.UUID:
    """The actor's account; refuses nobody."""
    if actor.id is None:
        raise SignInNeeded(_("Please sign in first."))
    return actor.id


def locked(db: Session, expert_id: uuid.UUID) -> Expert:
    """The expert, locked for a change."""
    found = pool.one(db, expert_id, lock=True)
    if found is None:
        raise NotFound(_("There is nothing at this address."))
    return found


def own(db: Session, actor: Actor) -> Expert:
    """The actor's own place in the pool, locked."""
    found = pool.of_account(db, myself(actor), lock=True)
    if found is None:
        raise NotFound(_("You have not been nominated."), hint=_("You can nominate yourself."))
    return found


def judged(db: Session, actor: Actor, expert_id: uuid.UUID) -> Expert:
    """The expert, locked, for a decision of the secretariat; nobody decides about himself."""
    found = locked(db, expert_id)
    if not policy.is_secretariat(actor):
        raise Forbidden(_("Only the secretariat decides about the pool."))
    if not policy.can_decide(actor, found):
        raise Forbidden(_("This is about yourself; somebody else must decide."))
    return found


def need(reason: str) -> str:
    """The reason without spaces around it; refuses none."""
    return need_reason(reason, 1000)


def in_days(days: int) -> dt.datetime:
    """The instant so many days from now."""
    return now() + dt.timedelta(days=days)


def move(
    db: Session,
    actor: Actor,
    expert: Expert,
    new: ExpertState,
    who: str,
    *,
    reason: str = "",
    deadline: dt.datetime | None = None,
    **evidence: Any,
) -> None:
    """Move a locked expert along the table and say so in the audit log. Tells nobody."""
    old = expert.state
    check_move(EXPERT_TRANSITIONS, old, new, who)
    expert.state, expert.state_reason, expert.state_at = new, reason, now()
    expert.deadline_at, expert.reminded_at, expert.resumes = deadline, None, False
    expert.touch()
    db.add(expert)
    db.flush()
    record(
        db,
        actor,
        verb=f"expert.{new.value}",
        object=expert,
        reason=reason or None,
        before=old.value,
        **evidence,
    )


def admit_again(db: Session, actor: Actor, expert: Expert, who: str, *, checked: bool) -> None:
    """Put a locked expert (back) into the pool; ``checked`` says that the profile holds today."""
    days = get_settings().expert_check_days
    if checked or expert.checked_at is None:
        expert.checked_at = now()
    move(db, actor, expert, ExpertState.active, who, deadline=expert.checked_at + dt.timedelta(days=days))
