"""Affiliations with dates and confirmation; declared relations."""

import datetime as dt
import uuid

from portal.accounts import queries as accounts
from portal.accounts import throttle
from portal.audit.actions import record
from portal.experts import policy
from portal.experts.actions.common import MINE, in_days, inform, inform_admins, myself, need
from portal.experts.forms import AffiliationForm, RelationForm
from portal.experts.models import (
    AFFILIATION_TRANSITIONS,
    COUNTING,
    Affiliation,
    AffiliationState,
    DeclaredRelation,
)
from portal.experts.queries import dossier
from portal.kit.actor import SYSTEM, Actor
from portal.kit.clock import now
from portal.kit.db import Session, lock_key
from portal.kit.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from portal.kit.i18n import N_, _
from portal.kit.states import check_move
from portal.organisations import queries as organisations
from portal.settings import get_settings

PER_PERSON = (throttle.Limit(30, 24 * 60),)
"""Affiliations one person may state: each of them mails an organisation."""
MAX_ROWS = 200
"""Affiliations, or relations, of one person."""
ASK = N_("%(person)s states to belong, or to have belonged, to “%(organisation)s”.")
ENDED = N_("%(person)s states to have left “%(organisation)s”.")
TOLD = {
    AffiliationState.confirmed: N_("“%(organisation)s” confirmed your affiliation."),
    AffiliationState.refused: N_("Your affiliation with “%(organisation)s” was not confirmed: %(reason)s"),
    AffiliationState.withdrawn: N_(
        "The secretariat has taken your affiliation with “%(organisation)s” back: %(reason)s"
    ),
}


def add_affiliation(db: Session, actor: Actor, *, given: AffiliationForm) -> Affiliation:
    """State where one works or worked. An organisation of the portal is asked to confirm; others cannot be asked."""
    account_id = myself(actor)
    lock_key(db, "dossier", account_id)
    if len(dossier.affiliations_of(db, account_id)) >= MAX_ROWS:
        raise TooMany(_("There are too many entries."))
    unit = organisations.by_slug(db, actor, given.organisation) if given.organisation else None
    if given.organisation and unit is None:
        why = _("There is no such organisation.")
        raise Invalid(_("Please correct the marked fields."), fields={"organisation": why})
    made = Affiliation(
        account_id=account_id,
        organisation_id=unit[0].id if unit else None,
        name="" if unit else given.name,
        credit_code="" if unit else given.credit_code,
        position=given.position,
        since=given.since,
        until=given.until,
        state=AffiliationState.claimed if unit else AffiliationState.unanswered,
        deadline_at=in_days(get_settings().expert_confirm_days) if unit else None,
    )
    if dossier.same_affiliation(db, made):
        why = _("You have stated this already.")
        raise Invalid(_("Please correct the marked fields."), fields={"since": why})
    throttle.check(db, f"affiliation:{account_id}", PER_PERSON)
    throttle.count(db, f"affiliation:{account_id}")
    db.add(made)
    db.flush()
    record(db, actor, verb="affiliation.stated", object=made, organisation=str(made.organisation_id or ""))
    if unit:
        inform_admins(db, unit[0].id, ASK, but=account_id, person=actor.name)
    return made


def end_affiliation(db: Session, actor: Actor, *, affiliation_id: uuid.UUID, until: dt.date) -> Affiliation:
    """Say on which day one's own affiliation ended; the organisation is told."""
    found = _own(db, actor, affiliation_id)
    if found.state not in COUNTING or found.until is not None:
        raise Conflict(_("This affiliation has ended, or does not count."))
    if until < found.since:
        why = _("The last day is before the first.")
        raise Invalid(_("Please correct the marked fields."), fields={"until": why})
    found.until = until
    found.touch()
    db.add(found)
    record(db, actor, verb="affiliation.ended", object=found, until=until.isoformat())
    if found.organisation_id is not None:
        inform_admins(db, found.organisation_id, ENDED, but=actor.id, person=actor.name)
    return found


def take_affiliation_back(db: Session, actor: Actor, *, affiliation_id: uuid.UUID) -> Affiliation:
    """Take back what no organisation has confirmed. The row stays, for the secretariat."""
    found = _own(db, actor, affiliation_id)
    _move(db, actor, found, AffiliationState.withdrawn, "self", "")
    return found


def judge_affiliation(
    db: Session, actor: Actor, *, affiliation_id: uuid.UUID, confirmed: bool, reason: str = ""
) -> Affiliation:
    """The organisation (or the secretariat) confirms an affiliation, or refuses with a reason; nobody his own."""
    found = _locked(db, affiliation_id)
    if not policy.can_confirm_affiliation(actor, found):
        raise Forbidden(_("Only an administrator of the organisation may do this, and nobody for himself."))
    who = "organisation_admin" if policy.can_speak_for(actor, found.organisation_id) else "secretariat"
    if confirmed:
        found.confirmed_by, found.confirmed_at = actor.id, now()
        _move(db, actor, found, AffiliationState.confirmed, who, "")
    else:
        _move(db, actor, found, AffiliationState.refused, who, need(reason))
    return found


def strike_affiliation(db: Session, actor: Actor, *, affiliation_id: uuid.UUID, reason: str) -> Affiliation:
    """The secretariat takes a confirmed affiliation back that turned out wrong."""
    found = _locked(db, affiliation_id)
    if not policy.is_secretariat(actor) or actor.id == found.account_id:
        raise Forbidden(_("Only the secretariat decides about the pool."))
    _move(db, actor, found, AffiliationState.withdrawn, "secretariat", need(reason))
    return found


def expire_affiliations(db: Session) -> int:
    """End the wait for organisations that did not answer: the statement stands, unconfirmed; how many."""
    overdue = dossier.overdue_affiliations(db, now())
    for found in overdue:
        _move(db, SYSTEM, found, AffiliationState.unanswered, "system", "")
    return len(overdue)


def _locked(db: Session, affiliation_id: uuid.UUID) -> Affiliation:
    found = dossier.affiliation(db, affiliation_id)
    if found is None:
        raise NotFound(_("There is nothing at this address."))
    return found


def _own(db: Session, actor: Actor, affiliation_id: uuid.UUID) -> Affiliation:
    found = _locked(db, affiliation_id)
    if found.account_id != myself(actor):
        raise NotFound(_("There is nothing at this address."))
    return found


def _move(
    db: Session, actor: Actor, found: Affiliation, new: AffiliationState, who: str, reason: str
) -> None:
    check_move(AFFILIATION_TRANSITIONS, found.state, new, who)
    found.state, found.state_reason, found.deadline_at = new, reason, None
    found.touch()
    db.add(found)
    db.flush()
    record(db, actor, verb=f"affiliation.{new.value}", object=found, reason=reason or None)
    if new in TOLD and who != "self":
        name = found.name
        if found.organisation_id is not None:
            name = accounts.namespace_of(db, organisation_id=found.organisation_id).display_name
        url = f"{MINE}/affiliations"
        inform(db, found.account_id, TOLD[new], url, organisation=name, reason=reason)


def declare(db: Session, actor: Actor, *, given: RelationForm) -> DeclaredRelation:
    """Declare a relation of one's own. Only the secretariat and the rules of conflict read it."""
    account_id = myself(actor)
    lock_key(db, "dossier", account_id)
    if len(dossier.relations_of(db, account_id)) >= MAX_ROWS:
        raise TooMany(_("There are too many entries."))
    other = accounts.namespace(db, given.person) if given.person else None
    if given.person and (other is None or other.account_id in {None, account_id}):
        why = _("There is no such member, or it is yourself.")
        raise Invalid(_("Please correct the marked fields."), fields={"person": why})
    made = DeclaredRelation(
        account_id=account_id,
        kind=given.kind,
        other_account_id=other.account_id if other is not None else None,
        other_name="" if other is not None else given.other_name,
        other_organisation=given.other_organisation,
        since=given.since,
        until=given.until,
        note=given.note,
    )
    db.add(made)
    db.flush()
    # Whom it is about is nobody's business but the secretariat's: the log says only that there is one.
    record(db, actor, verb="declared_relation.made", object=made)
    return made


def take_relation_back(db: Session, actor: Actor, *, relation_id: uuid.UUID) -> DeclaredRelation:
    """Take one's own declaration back; it stays, with the day, for what was decided while it held."""
    found = dossier.relation(db, relation_id)
    if found is None or found.account_id != myself(actor):
        raise NotFound(_("There is nothing at this address."))
    if found.withdrawn_at is not None:
        raise Conflict(_("This declaration was taken back already."))
    found.withdrawn_at = now()
    found.touch()
    db.add(found)
    record(db, actor, verb="declared_relation.taken_back", object=found)
    return found
