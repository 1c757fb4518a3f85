"""Nominating a version from its page."""

from typing import Any

from fastapi.responses import Response

from portal.kit.errors import Conflict, Invalid, Refusal
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors
from registry.promotion import guards
from registry.promotion.actions import common, nominating
from registry.promotion.forms import NominationInput
from registry.versions.addresses import address

router = Doors()
NOMINATE = "/assets/{ns}/{name}/versions/{number}/nominate"


@router.page(NOMINATE, guard=guards.nominable)
def form(req: Req) -> Response:
    """The form."""
    return _form(req, Parsed(values={}))


@router.act(NOMINATE, guard=guards.nominable)
def nominate(req: Req) -> Response:
    """Nominate the version."""
    parsed = parse(NominationInput, req.form)
    if parsed.model is None:
        return _form(req, parsed)
    try:
        made = nominating.nominate(req.db, req.actor, version_id=req.subject.id, given=parsed.model)
    except (Invalid, Conflict) as refusal:
        return _form(req, parsed, refusal)
    return req.redirect(common.url(made.id), flash=_("The version is nominated."))


def _form(req: Context, parsed: Parsed[Any], refusal: Refusal | None = None) -> Response:
    return req.page(
        "promotion/nominate.html",
        status=refusal.status if refusal else 422 if parsed.errors else 200,
        version=req.subject,
        here_url=address(req.subject),
        values=parsed.values,
        errors=parsed.errors,
        refusal=refusal,
    )
