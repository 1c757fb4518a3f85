"""Verbs of gates: set one; request, withdraw, approve, refuse, revoke; let unanswered requests end."""

import datetime as dt
import uuid
from collections.abc import Mapping

from portal.accounts import throttle
from portal.audit.actions import record
from portal.kit.actor import SYSTEM, Actor
from portal.kit.clock import now
from portal.kit.db import Session, lock_key
from portal.kit.errors import Clash, Conflict, Forbidden, Invalid, NotFound, SignInNeeded
from portal.kit.i18n import N_, _, ngettext
from portal.kit.states import check_move
from portal.notices.actions import tell
from portal.settings import get_settings
from registry.assets import queries as asset_queries
from registry.assets.models import Asset
from registry.assets.policy import can_edit
from registry.gates import policy, queries
from registry.gates.forms import GateInput
from registry.gates.models import (
    ACCESS_TRANSITIONS,
    AccessEvent,
    AccessRequest,
    AccessState,
    Gate,
    GateField,
    GateTerms,
)
from registry.gates.terms import digest

PER_READER = (throttle.Limit(20, 60), throttle.Limit(60, 24 * 60))
"""Requests of one reader over all assets: enough for honest work, too few to flood owners."""
DECISIONS = {
    "approve": AccessState.approved,
    "refuse": AccessState.refused,
    "revoke": AccessState.revoked,
}
ASKED = N_("%(reader)s asks for access to the files of %(asset)s.")
TOLD = {
    AccessState.approved: N_("Your access to the files of %(asset)s was approved."),
    AccessState.refused: N_("Your request for the files of %(asset)s was refused: %(reason)s"),
    AccessState.revoked: N_("Your access to the files of %(asset)s was revoked: %(reason)s"),
    AccessState.expired: N_(
        "Your request for the files of %(asset)s ended without an answer. You may ask again."
    ),
}
EXPIRED = N_("A request of %(reader)s for %(asset)s ended without an answer.")
WITHDRAWN = N_("%(reader)s has withdrawn the request for %(asset)s.")


def set_gate(db: Session, actor: Actor, *, asset_id: uuid.UUID, given: GateInput) -> Asset:
    """Shut or open the gate of an asset, and set its terms. Approved requests stand on the terms they accepted.

    Refuses a gate without terms: a reader must know what is asked.
    """
    asset = asset_queries.get_for_change(db, asset_id)
    if asset is None:
        raise NotFound(_("There is nothing at this address."))
    if not can_edit(actor, asset.namespace_id):
        raise Forbidden(_("Only publishers of this namespace may do this."))
    if given.gated and not given.terms.strip():
        raise Invalid(
            _("Please correct the marked fields."),
            fields={"terms": _("A gate needs terms: say what readers must agree to.")},
        )
    sha256 = _keep_terms(db, given.terms, given.terms_en)
    gate = queries.gate_for_change(db, asset_id) or Gate(asset_id=asset_id, terms_sha256=sha256)
    gate.terms_sha256 = sha256
    gate.fields = [item.value for item in given.fields]
    was, asset.gated = asset.gated, given.gated
    asset.touch()
    db.add(gate)
    db.add(asset)
    verb = "asset.gate-changed" if was == given.gated else "asset.gated" if given.gated else "asset.ungated"
    record(db, actor, verb=verb, object=asset, terms_sha256=sha256, fields=gate.fields)
    db.flush()
    return asset


def _keep_terms(db: Session, terms: str, terms_en: str) -> str:
    sha256 = digest(terms, terms_en)
    lock_key(db, "gate-terms", sha256)
    if queries.terms(db, sha256) is None:
        db.add(GateTerms(sha256=sha256, terms=terms, terms_en=terms_en))
        db.flush()
    return sha256


def request_access(
    db: Session,
    actor: Actor,
    *,
    asset_id: uuid.UUID,
    terms_sha256: str,
    accept: bool,
    answers: Mapping[GateField, str],
) -> AccessRequest:
    """Ask for the files of a gated asset. The digest says which terms were read: changed ones must be read again.

    Refuses who passes anyway, a second live request, and asking again too soon after a refusal.
    """
    if actor.id is None:
        raise SignInNeeded(_("Please sign in first."))
    asset = asset_queries.get_for_change(db, asset_id)
    gate = queries.gate_of(db, asset_id)
    if asset is None or gate is None or not asset.gated:
        raise Conflict(_("The files of this asset are open; no request is needed."))
    if policy.passes_unasked(actor, asset.namespace_id):
        raise Conflict(_("You publish in this namespace; no request is needed."))
    _check_answers(gate.sha256, gate.fields, terms_sha256, accept, answers)
    _check_earlier(queries.newest_of(db, asset_id, actor.id))
    throttle.check(db, f"access:{actor.id}", PER_READER)
    throttle.count(db, f"access:{actor.id}")
    request = AccessRequest(
        asset_id=asset_id,
        account_id=actor.id,
        terms_sha256=gate.sha256,
        answers={item.value: answers[item].strip() for item in GateField if item.value in gate.fields},
        deadline_at=now() + dt.timedelta(days=get_settings().gate_answer_days),
    )
    db.add(request)
    db.flush()
    _note(db, actor, request, "access.requested", "")
    name = queries.full_name(db, asset_id)
    for account_id in queries.publishers_of(db, asset.namespace_id):
        tell(db, account_id, message=ASKED, url=f"/assets/{name}/requests", reader=actor.name, asset=name)
    return request


def _check_answers(
    sha256: str, fields: list[str], given_sha256: str, accept: bool, answers: Mapping[GateField, str]
) -> None:
    errors: dict[str, str] = {}
    if given_sha256 != sha256:
        errors["accept"] = _("The terms have changed since you opened this page. Please read them again.")
    elif not accept:
        errors["accept"] = _("Files are given only to readers who accept the terms.")
    for name in fields:
        if not answers.get(GateField(name), "").strip():
            errors[name] = _("Please fill this in.")
    if errors:
        raise Clash(_("Please correct the marked fields."), fields=errors)


def _check_earlier(earlier: AccessRequest | None) -> None:
    if earlier is None:
        return
    if earlier.state in {AccessState.requested, AccessState.approved}:
        raise Conflict(_("You have asked already."), hint=_("The page of your request says how it stands."))
    days = get_settings().gate_again_days
    if earlier.state in {
        AccessState.refused,
        AccessState.revoked,
    } and now() - earlier.updated_at < dt.timedelta(days=days):
        raise Conflict(
            _("The owner has said no."),
            hint=ngettext("You may ask again after %(n)s day.", "You may ask again after %(n)s days.", days),
        )


def withdraw(db: Session, actor: Actor, *, request_id: uuid.UUID) -> AccessRequest:
    """Take a request back while nobody has answered."""
    request = _locked(db, request_id)
    if actor.id is None or request.account_id != actor.id:
        raise Forbidden(_("Only whoever asked can withdraw the request."))
    _move(db, actor, request, AccessState.withdrawn, "requester", "access.withdrawn", "")
    _tell_publishers(db, request, WITHDRAWN, actor.name)
    return request


def decide(db: Session, actor: Actor, *, request_id: uuid.UUID, decision: str, reason: str) -> AccessRequest:
    """Approve, refuse or revoke, by a publisher of the namespace; never about a request of one's own."""
    request = _locked(db, request_id)
    asset = asset_queries.get_for_change(db, request.asset_id)
    if asset is None or not can_edit(actor, asset.namespace_id):
        raise Forbidden(_("Only publishers of this namespace may do this."))
    if request.account_id == actor.id:
        raise Forbidden(_("Nobody decides about a request of one's own."))
    if decision != "approve" and len(reason.strip()) < 4:
        text = _("Please give a reason that others can understand.")
        raise Invalid(text, fields={"reason": text})
    state = DECISIONS[decision]
    _move(db, actor, request, state, "publisher", f"access.{state.value}", reason.strip())
    name = queries.full_name(db, request.asset_id)
    tell(db, request.account_id, message=TOLD[state], url=f"/assets/{name}/access", asset=name, reason=reason)
    return request


def expire_unanswered(db: Session) -> int:
    """End the requests whose deadline has passed, and tell both sides; how many."""
    found = queries.overdue(db, now())
    for request_id in found:
        request = _locked(db, request_id)
        if request.state is not AccessState.requested:
            continue
        _move(db, SYSTEM, request, AccessState.expired, "system", "access.expired", "")
        name = queries.full_name(db, request.asset_id)
        tell(
            db,
            request.account_id,
            message=TOLD[AccessState.expired],
            url=f"/assets/{name}/access",
            asset=name,
        )
        row = queries.request_of(db, request.asset_id, request.id)
        _tell_publishers(db, request, EXPIRED, row.reader if row is not None else "")
    return len(found)


def _locked(db: Session, request_id: uuid.UUID) -> AccessRequest:
    request = queries.request_for_change(db, request_id)
    if request is None:
        raise NotFound(_("There is nothing at this address."))
    return request


def _move(
    db: Session, actor: Actor, request: AccessRequest, new: AccessState, who: str, verb: str, reason: str
) -> None:
    check_move(ACCESS_TRANSITIONS, request.state, new, who)
    request.state = new
    request.reason = reason[:2000]
    request.deadline_at = None
    request.touch()
    db.add(request)
    db.flush()
    _note(db, actor, request, verb, reason)


def _note(db: Session, actor: Actor, request: AccessRequest, verb: str, reason: str) -> None:
    """The owner's log and the audit log; the latter holds no personal answers."""
    db.add(
        AccessEvent(
            request_id=request.id,
            state=request.state,
            actor_name=actor.name if not actor.is_system else "",
            reason=reason[:2000],
        )
    )
    record(
        db,
        actor,
        verb=verb,
        object=request,
        reason=reason or None,
        asset=str(request.asset_id),
        terms_sha256=request.terms_sha256,
    )


def _tell_publishers(db: Session, request: AccessRequest, message: str, reader: str) -> None:
    asset = asset_queries.get_for_change(db, request.asset_id)
    if asset is None:
        return
    name = queries.full_name(db, asset.id)
    for account_id in queries.publishers_of(db, asset.namespace_id):
        tell(db, account_id, message=message, url=f"/assets/{name}/requests", reader=reader, asset=name)
