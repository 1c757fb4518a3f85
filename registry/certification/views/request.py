"""Asking for certification, and one's own requests."""

from typing import Any

from fastapi.responses import Response

from portal.kit.errors import Conflict, Invalid, Refusal
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import _, label
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, signed_in
from registry.certification import guards, shown
from registry.certification.actions import assessing, common, profiles
from registry.certification.forms import RequestInput
from registry.certification.models import Level
from registry.certification.queries import certificates as queries
from registry.versions.addresses import address

router = Doors()
ASK = "/assets/{ns}/{name}/versions/{number}/certify"


@router.page("/me/certificates", guard=signed_in)
def mine(req: Req) -> Response:
    """What was asked for one's own versions."""
    page = queries.mine(req.db, req.actor, after=req.query.get("after"), before=req.query.get("before"))
    return req.page(
        "certification/mine.html",
        page=page,
        rows=[(row, shown.worth(row), shown.title(row, req.locale), shown.level(row)) for row in page],
    )


@router.page(ASK, guard=guards.certifiable)
def form(req: Req) -> Response:
    """The form."""
    return _form(req, Parsed(values={}))


@router.act(ASK, guard=guards.certifiable)
def ask(req: Req) -> Response:
    """Ask for the assessment."""
    parsed = parse(RequestInput, req.form)
    if parsed.model is None:
        return _form(req, parsed)
    try:
        made = assessing.request(req.db, req.actor, version_id=req.subject.id, given=parsed.model)
    except (Invalid, Conflict) as refusal:
        parsed.errors.update(refusal.fields)
        return _form(req, parsed, refusal)
    return req.redirect(
        common.url(made.id), flash=_("Certification was asked for. Add the evidence the profile wants.")
    )


def _form(req: Context, parsed: Parsed[Any], refusal: Refusal | None = None) -> Response:
    version = req.subject
    levels = [Level.pilot] if version.executable_format else list(Level)
    return req.page(
        "certification/request.html",
        status=refusal.status if refusal else 422 if parsed.errors else 200,
        version=version,
        here_url=address(version),
        published=guards.is_published(version),
        values=parsed.values,
        errors=parsed.errors,
        refusal=refusal,
        profiles=profiles.in_force(req.db),
        levels=[(each.value, label(each)) for each in levels],
        executable=version.executable_format,
    )
