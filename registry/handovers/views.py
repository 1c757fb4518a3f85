"""Pages of handovers: the offer of an asset, and the offers to somebody's namespaces."""

from typing import Any

from fastapi.responses import Response

from portal.kit.errors import Invalid, NotFound, Refusal
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, signed_in
from registry.assets.guards import editable_asset
from registry.handovers import actions, queries
from registry.handovers.forms import OfferInput
from registry.handovers.guards import party

router = Doors()


@router.page("/assets/{ns}/{name}/transfer", guard=editable_asset)
def page(req: Req) -> Response:
    """The open offer, or the form to make one."""
    return _page(req, Parsed(values={}))


def _page(req: Context, parsed: Parsed[OfferInput], refusal: Refusal | None = None) -> Response:
    asset = req.subject
    return req.page(
        "handovers/offer.html",
        status=refusal.status if refusal else 422 if parsed.errors else 200,
        asset=asset,
        here_url=f"/assets/{asset.namespace}/{asset.name}",
        offer=queries.open_of(req.db, asset.id),
        values=parsed.values,
        errors=parsed.errors,
        refusal=refusal,
    )


@router.act("/assets/{ns}/{name}/transfer", guard=editable_asset)
def offer(req: Req) -> Response:
    """Offer the asset."""
    parsed = parse(OfferInput, req.form)
    if parsed.model is None:
        return _page(req, parsed)
    try:
        actions.offer(req.db, req.actor, asset_id=req.subject.id, given=parsed.model)
    except Invalid as refusal:
        parsed.errors.update(refusal.fields)
        return _page(req, parsed)
    where = f"/assets/{req.subject.namespace}/{req.subject.name}/transfer"
    return req.redirect(where, flash=_("The receiver was told."))


@router.page("/transfers", guard=signed_in)
def offers(req: Req) -> Response:
    """Offers to the namespaces the reader publishes in."""
    return req.page("handovers/list.html", rows=queries.offered_to(req.db, req.actor.namespaces))


@router.act("/transfers/{id}/{decision}", guard=party)
def answer(req: Req) -> Response:
    """Accept, decline or withdraw."""
    row, decision = req.subject, req.path["decision"]
    where = decide(req, row, decision, str(req.form.get("reason", "")))
    return req.redirect(where, flash=_("The decision is recorded."))


def decide(req: Context, row: Any, decision: str, reason: str) -> str:
    """Do it; answers where to go on."""
    if decision == "accept":
        asset = actions.accept(req.db, req.actor, handover_id=row.id)
        return f"/assets/{row.taker}/{asset.name}"
    if decision == "decline":
        actions.decline(req.db, req.actor, handover_id=row.id, reason=reason)
        return "/transfers"
    if decision == "withdraw":
        actions.withdraw(req.db, req.actor, handover_id=row.id)
        return f"/assets/{row.giver}/{row.name}/transfer"
    raise NotFound(_("There is nothing at this address."))
