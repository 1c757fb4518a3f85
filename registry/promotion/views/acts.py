"""What people do on a promotion's page. Every one of these goes through one action; none knows a way around a gate."""

from fastapi.responses import Response

from portal.kit.errors import Invalid, NotFound
from portal.kit.forms import clean, parse
from portal.kit.i18n import _
from portal.kit.pages import Req
from portal.kit.routes import Doors
from registry.certification.actions.assessing import MAX_EVIDENCE
from registry.promotion import guards
from registry.promotion.actions import common, moving, nominating, sites
from registry.promotion.forms import AssessmentInput, SiteInput
from registry.promotion.models import Stage
from registry.promotion.views.public import show

router = Doors()
STOPS = {"suspend": Stage.suspended, "roll-back": Stage.rolled_back, "retire": Stage.retired}


@router.act("/promotions/{id}/sites", guard=guards.for_staff)
def add_site(req: Req) -> Response:
    """Record a pilot site."""
    parsed = parse(SiteInput, req.form)
    if parsed.model is None:
        return show(req, status=422, errors=parsed.errors, typed=parsed.values)
    try:
        sites.add(req.db, req.actor, promotion_id=req.subject.id, given=parsed.model)
    except Invalid as refusal:
        return show(req, status=refusal.status, errors=dict(refusal.fields), typed=parsed.values)
    return req.redirect(common.url(req.subject.id) + "#sites", flash=_("The site is recorded."))


@router.act("/promotions/{id}/sites/{site}/assess", guard=guards.for_staff)
def assess_site(req: Req) -> Response:
    """Record what came out of the pilot there."""
    fields = {name: str(req.form.get(name, "")) for name in ("use", "effect", "incidents", "verdict")}
    parsed = parse(AssessmentInput, fields)
    if parsed.model is None:
        return show(req, status=422, errors=parsed.errors)
    sent = [each for each in req.files("file") if each.filename]
    file = (sent[0].filename or "", sent[0].file.read(MAX_EVIDENCE + 1)) if sent else None
    sites.assess(
        req.db,
        req.actor,
        promotion_id=req.subject.id,
        site_id=req.path_id("site"),
        given=parsed.model,
        file=file,
    )
    return req.redirect(common.url(req.subject.id) + "#sites", flash=_("The assessment is recorded."))


@router.act("/promotions/{id}/{verb}", guard=guards.for_member)
def act(req: Req) -> Response:
    """``advance`` (with the stage that was shown), ``vote``, ``suspend``, ``roll-back``, ``retire``, ``withdraw``."""
    key, verb = req.subject.id, req.path["verb"]
    reason = clean(str(req.form.get("reason", "")))
    if verb == "advance":
        target = str(req.form.get("target", ""))
        if target not in set(Stage):
            raise Invalid(
                _("Please choose one of the offered values."), fields={"target": _("Reload the page.")}
            )
        moving.advance(req.db, req.actor, promotion_id=key, target=Stage(target), reason=reason)
    elif verb == "vote":
        choice = str(req.form.get("choice", ""))
        if choice not in ("for", "against"):
            raise Invalid(
                _("Please vote for or against."), fields={"choice": _("Please vote for or against.")}
            )
        moving.vote(req.db, req.actor, promotion_id=key, in_favour=choice == "for", reason=reason)
    elif verb in STOPS:
        moving.stop(req.db, req.actor, promotion_id=key, target=STOPS[verb], reason=reason)
    elif verb == "withdraw":
        nominating.withdraw(req.db, req.actor, promotion_id=key, reason=reason)
    else:
        raise NotFound(_("There is nothing at this address."))
    return req.redirect(common.url(key), flash=_("The decision is recorded."))
