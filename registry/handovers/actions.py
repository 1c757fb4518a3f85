"""Verbs of handovers."""

import datetime as dt
import uuid

from portal.accounts import queries as accounts
from portal.audit.actions import record
from portal.kit.actor import SYSTEM, Actor
from portal.kit.clock import now
from portal.kit.db import Session, lock_key
from portal.kit.errors import Clash, Conflict, Forbidden, Invalid, NotFound
from portal.kit.i18n import N_, _
from portal.kit.states import check_move
from portal.notices.actions import tell
from portal.settings import get_settings
from registry.assets import queries as asset_queries
from registry.assets.models import Asset
from registry.assets.policy import can_edit
from registry.gates.queries import full_name, publishers_of
from registry.handovers import queries
from registry.handovers.forms import OfferInput
from registry.handovers.models import HANDOVER_TRANSITIONS, Handover, HandoverState
from registry.versions.actions.files import check_quota
from registry.versions.queries import remember_blobs

OFFERED = N_("%(asset)s is offered to %(taker)s: accept or decline the transfer.")
TOLD = {
    HandoverState.accepted: N_("%(asset)s now belongs to %(taker)s."),
    HandoverState.declined: N_("%(taker)s has declined the transfer of %(asset)s: %(reason)s"),
    HandoverState.withdrawn: N_("The offer of %(asset)s to %(taker)s was withdrawn."),
    HandoverState.expired: N_("The offer of %(asset)s to %(taker)s has expired."),
}


def offer(db: Session, actor: Actor, *, asset_id: uuid.UUID, given: OfferInput) -> Handover:
    """Offer an asset to another namespace; its publishers are told and have fourteen days (a setting).

    Refuses unknown receivers, the owner itself, a name that the receiver uses or used, and a second open offer.
    """
    asset = _asset(db, asset_id)
    if actor.id is None or not can_edit(actor, asset.namespace_id):
        raise Forbidden(_("Only publishers of this namespace may do this."))
    taker = accounts.namespace(db, given.to)
    if taker is None or taker.id == asset.namespace_id:
        text = _("There is no other namespace of that name.")
        raise Clash(text, fields={"to": text})
    if queries.name_taken(db, taker.id, asset.name, asset.id):
        text = _("The receiver has, or once had, an asset of this name.")
        raise Clash(text, fields={"to": text})
    if queries.open_of(db, asset_id) is not None:
        raise Conflict(_("This asset is offered already."), hint=_("Withdraw that offer first."))
    made = Handover(
        asset_id=asset_id,
        from_id=asset.namespace_id,
        to_id=taker.id,
        message=given.message,
        offered_by=actor.id,
        deadline_at=now() + dt.timedelta(days=get_settings().transfer_days),
    )
    db.add(made)
    db.flush()
    record(db, actor, verb="transfer.offered", object=made, asset=str(asset_id), to=given.to)
    name = full_name(db, asset_id)
    for account_id in publishers_of(db, taker.id):
        tell(db, account_id, message=OFFERED, url="/transfers", asset=name, taker=taker.slug)
    return made


def accept(db: Session, actor: Actor, *, handover_id: uuid.UUID) -> Asset:
    """Take the asset over: address, quota and rights move; its old addresses lead to the new one from now on.

    Refuses where the giver does not own it any more, the name clashes by now, or the quota does not hold it.
    """
    found = _locked(db, handover_id)
    if not can_edit(actor, found.to_id):
        raise Forbidden(_("Only publishers of the receiving namespace may do this."))
    check_move(HANDOVER_TRANSITIONS, found.state, HandoverState.accepted, "receiver")
    if found.deadline_at is not None and found.deadline_at < now():
        raise Conflict(_("This offer has expired."))
    for namespace_id in sorted(
        (found.from_id, found.to_id)
    ):  # one order, so that two handovers never wait in a ring
        lock_key(db, "quota", namespace_id)
    asset = _asset(db, found.asset_id)
    if asset.namespace_id != found.from_id:
        raise Conflict(_("The asset has a new owner by now."))
    if queries.name_taken(db, found.to_id, asset.name, asset.id):
        raise Conflict(_("The receiver has, or once had, an asset of this name."))
    before = full_name(db, asset.id)
    blobs = queries.blobs_of(db, asset.id)
    check_quota(db, found.to_id, blobs)
    queries.take_off_quota(db, found.from_id, asset.id)
    remember_blobs(db, found.to_id, blobs)
    queries.move_alias(db, asset, left=found.from_id, entered=found.to_id)
    asset.namespace_id = found.to_id
    asset.touch()
    db.add(asset)
    db.flush()
    after = full_name(db, asset.id)
    record(db, actor, verb="asset.transferred", object=asset, **{"from": before, "to": after})
    _end(db, actor, found, HandoverState.accepted, "receiver", "")
    return asset


def decline(db: Session, actor: Actor, *, handover_id: uuid.UUID, reason: str) -> Handover:
    """Say no to an offer, by the receiver's publishers, with a reason."""
    found = _locked(db, handover_id)
    if not can_edit(actor, found.to_id):
        raise Forbidden(_("Only publishers of the receiving namespace may do this."))
    if len(reason.strip()) < 4:
        text = _("Please give a reason that others can understand.")
        raise Invalid(text, fields={"reason": text})
    return _end(db, actor, found, HandoverState.declined, "receiver", reason.strip())


def withdraw(db: Session, actor: Actor, *, handover_id: uuid.UUID) -> Handover:
    """Take an offer back, by the giver's publishers."""
    found = _locked(db, handover_id)
    if not can_edit(actor, found.from_id):
        raise Forbidden(_("Only publishers of this namespace may do this."))
    return _end(db, actor, found, HandoverState.withdrawn, "publisher", "")


def expire_offers(db: Session) -> int:
    """End the offers whose time is over; how many."""
    found = queries.overdue(db, now())
    for handover_id in found:
        late = _locked(db, handover_id)
        if late.state is HandoverState.offered:
            _end(db, SYSTEM, late, HandoverState.expired, "system", "")
    return len(found)


def _asset(db: Session, asset_id: uuid.UUID) -> Asset:
    asset = asset_queries.get_for_change(db, asset_id)
    if asset is None:
        raise NotFound(_("There is nothing at this address."))
    return asset


def _locked(db: Session, handover_id: uuid.UUID) -> Handover:
    found = queries.for_change(db, handover_id)
    if found is None:
        raise NotFound(_("There is nothing at this address."))
    return found


def _end(db: Session, actor: Actor, found: Handover, new: HandoverState, who: str, reason: str) -> Handover:
    check_move(HANDOVER_TRANSITIONS, found.state, new, who)
    found.state, found.reason, found.deadline_at = new, reason[:2000], None
    found.touch()
    db.add(found)
    db.flush()
    record(
        db,
        actor,
        verb=f"transfer.{new.value}",
        object=found,
        reason=reason or None,
        asset=str(found.asset_id),
    )
    row = queries.one(db, found.id)
    name = full_name(db, found.asset_id)
    people = dict.fromkeys([*publishers_of(db, found.from_id), *publishers_of(db, found.to_id)])
    for account_id in people:
        if account_id != actor.id and row is not None:
            tell(
                db,
                account_id,
                message=TOLD[new],
                url="/transfers",
                asset=name,
                taker=row.taker,
                reason=reason,
            )
    return found
