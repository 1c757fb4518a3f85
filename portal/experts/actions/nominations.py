"""Coming into the pool: nominated by oneself or an organisation, confirmed, admitted or not."""

import datetime as dt
import uuid

from portal.accounts import queries as accounts
from portal.accounts import throttle
from portal.audit.actions import record
from portal.experts import policy
from portal.experts.actions.common import (
    MINE,
    POOL,
    admit_again,
    in_days,
    inform,
    inform_admins,
    judged,
    locked,
    move,
    myself,
    name_of,
    need,
    own,
    tell_secretariat,
)
from portal.experts.models import Expert, ExpertState
from portal.experts.queries import pool
from portal.kit.actor import Actor
from portal.kit.clock import now, shanghai
from portal.kit.db import Session, lock_key
from portal.kit.errors import Conflict, Forbidden, Invalid, NotFound
from portal.kit.i18n import N_, _
from portal.organisations import policy as unit_policy
from portal.organisations import queries as organisations
from portal.organisations.models import Organisation, Verification
from portal.settings import get_settings

PER_PERSON = (throttle.Limit(5, 24 * 60),)
"""Nominations of one person: each of them mails people."""
ASK_UNIT = N_("%(person)s asks “%(organisation)s” to confirm a nomination as an expert.")
ASK_PERSON = N_("“%(organisation)s” recommends you as an expert. Nothing happens without your consent.")
ASK_SECRETARIAT = N_("The nomination of %(person)s waits for admission.")
CONFIRMED = N_("“%(organisation)s” confirmed your nomination. The secretariat decides next.")
REFUSED = N_("“%(organisation)s” did not confirm your nomination: %(reason)s")
ADMITTED = N_("You are in the expert pool now. Please complete your profile.")
DECLINED = N_("Your nomination as an expert was declined: %(reason)s")
CONSENTED = N_("%(person)s accepted the recommendation of “%(organisation)s”.")
NOT_CONSENTED = N_("%(person)s did not accept the recommendation of “%(organisation)s”.")


def nominate_self(db: Session, actor: Actor, *, organisation: str, grounds: str) -> Expert:
    """Ask to come into the pool; an organisation the actor belongs to is asked to confirm."""
    account_id = myself(actor)
    unit = _unit(db, actor, organisation)
    if not unit_policy.is_member(actor, unit.id):
        why = _(
            "You can name an organisation that you belong to here; ask its administrators for an invitation."
        )
        raise Invalid(_("Please correct the marked fields."), fields={"organisation": why})
    expert = _begin(db, account_id, unit, grounds, actor, ExpertState.confirming, "self")
    inform_admins(db, unit.id, ASK_UNIT, but=account_id, person=actor.name)
    if organisations.admins(db, unit.id) == [account_id]:
        # The only administrator cannot confirm himself.
        tell_secretariat(db, ASK_UNIT, POOL, person=actor.name, organisation=unit.name)
    return expert


def recommend(db: Session, actor: Actor, *, organisation_id: uuid.UUID, person: str, grounds: str) -> Expert:
    """An organisation's administrator recommends one of its members, who is asked first."""
    unit = organisations.locked(db, organisation_id)
    if unit is None:
        raise NotFound(_("There is no such organisation."))
    if not policy.can_speak_for(actor, unit.id):
        raise Forbidden(_("Only an administrator of the organisation may do this."))
    _require_verified(unit)
    namespace = accounts.namespace(db, person)
    account_id = namespace.account_id if namespace is not None else None
    if account_id is None or organisations.membership(db, unit.id, account_id) is None:
        why = _("Only members of the organisation can be recommended.")
        raise Invalid(_("Please correct the marked fields."), fields={"person": why})
    if account_id == actor.id:
        why = _("To nominate yourself, use your own page.")
        raise Invalid(_("Please correct the marked fields."), fields={"person": why})
    expert = _begin(db, account_id, unit, grounds, actor, ExpertState.nominated, "organisation_admin")
    inform(db, account_id, ASK_PERSON, MINE, organisation=unit.name)
    return expert


def _unit(db: Session, actor: Actor, slug: str) -> Organisation:
    found = organisations.by_slug(db, actor, slug)
    if found is None:
        why = _("There is no such organisation.")
        raise Invalid(_("Please correct the marked fields."), fields={"organisation": why})
    _require_verified(found[0])
    return found[0]


def _require_verified(unit: Organisation) -> None:
    if unit.verification is not Verification.verified:
        raise Conflict(
            _("The organisation is not verified yet."), hint=_("Its administrators can ask the secretariat.")
        )


def _begin(
    db: Session, account_id: uuid.UUID, unit: Organisation, grounds: str, actor: Actor,
    state: ExpertState, who: str,
) -> Expert:  # fmt: skip
    """A new nomination, on a new row or on the one an earlier nomination left."""
    lock_key(db, "expert", account_id)
    expert = pool.of_account(db, account_id, lock=True)
    _refuse_early(expert)
    throttle.check(db, f"nomination:{account_id}", PER_PERSON)
    throttle.count(db, f"nomination:{account_id}")
    deadline = in_days(get_settings().expert_confirm_days)
    if expert is None:
        account = accounts.by_id(db, account_id)
        expert = Expert(
            account_id=account_id, state=state, deadline_at=deadline, organisation_id=unit.id,
            nominated_by=actor.id, grounds=grounds, orcid=account.orcid if account is not None else "",
        )  # fmt: skip
        db.add(expert)
        db.flush()
        record(db, actor, verb=f"expert.{state.value}", object=expert, organisation=str(unit.id))
        return expert
    expert.organisation_id, expert.nominated_by, expert.grounds = unit.id, actor.id, grounds
    move(db, actor, expert, state, who, deadline=deadline, organisation=str(unit.id))
    return expert


def _refuse_early(expert: Expert | None) -> None:
    if expert is None:
        return
    if expert.state is ExpertState.removed:
        raise Conflict(_("This person was removed from the pool; that is final."))
    if not policy.can_be_nominated(expert):
        raise Conflict(_("This person is in the pool already, or on the way into it."))
    again = expert.state_at + dt.timedelta(days=get_settings().expert_again_days)
    if expert.state is ExpertState.declined and again > now():
        raise Conflict(
            _("The last nomination was declined a short time ago."),
            hint=_("The next one is possible from %(day)s.", day=f"{shanghai(again):%Y-%m-%d}"),
        )


def answer_recommendation(db: Session, actor: Actor, *, accept: bool) -> Expert:
    """The person accepts the recommendation of an organisation, or not."""
    expert = own(db, actor)
    unit_id, person = expert.organisation_id, actor.name
    if not accept:
        move(db, actor, expert, ExpertState.declined, "self")
        if unit_id is not None:
            inform_admins(db, unit_id, NOT_CONSENTED, person=person)
        return expert
    if expert.state is not ExpertState.nominated:
        raise Conflict(_("There is no recommendation that waits for you."))
    _to_admission(db, actor, expert, "self")
    if unit_id is not None:
        inform_admins(db, unit_id, CONSENTED, person=person)
    return expert


def _to_admission(db: Session, actor: Actor, expert: Expert, who: str) -> None:
    deadline = in_days(get_settings().expert_admit_days)
    move(db, actor, expert, ExpertState.admitting, who, deadline=deadline)
    tell_secretariat(db, ASK_SECRETARIAT, f"{POOL}/{expert.id}", person=name_of(db, expert.account_id))


def confirm(db: Session, actor: Actor, *, expert_id: uuid.UUID, confirmed: bool, reason: str = "") -> Expert:
    """The organisation (or, in its place, the secretariat) confirms a nomination, or refuses with a reason."""
    expert = locked(db, expert_id)
    if not policy.can_confirm(actor, expert):
        raise Forbidden(_("Only an administrator of the organisation may do this, and nobody for himself."))
    if expert.state is not ExpertState.confirming:
        raise Conflict(_("This nomination does not wait for the organisation."))
    who = "organisation_admin" if policy.can_speak_for(actor, expert.organisation_id) else "secretariat"
    unit = unit_name(db, expert)
    if confirmed:
        _to_admission(db, actor, expert, who)
        inform(db, expert.account_id, CONFIRMED, MINE, organisation=unit)
        return expert
    text = need(reason)
    move(db, actor, expert, ExpertState.declined, who, reason=text)
    inform(db, expert.account_id, REFUSED, MINE, organisation=unit, reason=text)
    return expert


def unit_name(db: Session, expert: Expert) -> str:
    """The name of the organisation that recommends or confirms."""
    if expert.organisation_id is None:
        return "—"
    return accounts.namespace_of(db, organisation_id=expert.organisation_id).display_name


def take_back(db: Session, actor: Actor, *, expert_id: uuid.UUID) -> Expert:
    """The organisation takes its recommendation back while the person has not answered."""
    expert = locked(db, expert_id)
    if not policy.can_speak_for(actor, expert.organisation_id):
        raise Forbidden(_("Only an administrator of the organisation may do this."))
    if expert.state is not ExpertState.nominated:
        raise Conflict(_("This recommendation does not wait any more."))
    move(db, actor, expert, ExpertState.withdrawn, "organisation_admin")
    return expert


def admit(db: Session, actor: Actor, *, expert_id: uuid.UUID, senior: bool) -> Expert:
    """Take somebody into the pool for a year; ``senior`` as the secretariat has checked the title."""
    expert = judged(db, actor, expert_id)
    if expert.state is not ExpertState.admitting:
        raise Conflict(_("This nomination does not wait for admission."))
    expert.senior = senior
    admit_again(db, actor, expert, "secretariat", checked=True)
    inform(db, expert.account_id, ADMITTED, MINE)
    return expert


def decline(db: Session, actor: Actor, *, expert_id: uuid.UUID, reason: str) -> Expert:
    """Do not admit somebody, with a reason that the person reads."""
    expert = judged(db, actor, expert_id)
    text = need(reason)
    move(db, actor, expert, ExpertState.declined, "secretariat", reason=text)
    inform(db, expert.account_id, DECLINED, MINE, reason=text)
    return expert
