"""Likes and watching: plain forms in the head of an asset's page, and a page for the levels."""

from typing import Any

from fastapi.responses import Response
from markupsafe import Markup

from portal.kit.errors import Refusal
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import _, label
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors
from registry.assets.fragments import draw
from registry.assets.panels import DOORS
from registry.community.actions import reactions
from registry.community.forms import WatchInput
from registry.community.guards import member
from registry.community.models import WatchLevel
from registry.community.queries import reactions as queries

router = Doors()
BASE = "/assets/{ns}/{name}"


def here(asset: Any, *more: str) -> str:
    """An address below the asset's page."""
    return "/".join([f"/assets/{asset.namespace}/{asset.name}", *more])


def outcome(parsed: Parsed[Any], refusal: Refusal | None) -> dict[str, Any]:
    """Status and errors of a form that is drawn again with all that was typed."""
    if refusal is not None:
        return {"status": refusal.status, "errors": {"": f"{refusal.message} {refusal.hint or ''}".strip()}}
    return {"status": 422 if parsed.errors else 200, "errors": parsed.errors}


@router.act(f"{BASE}/like", guard=member)
def like(req: Req) -> Response:
    """Like the asset."""
    reactions.like(req.db, req.actor, asset_id=req.subject.id)
    return req.redirect(here(req.subject))


@router.act(f"{BASE}/unlike", guard=member)
def unlike(req: Req) -> Response:
    """Take the like back."""
    reactions.unlike(req.db, req.actor, asset_id=req.subject.id)
    return req.redirect(here(req.subject))


@router.page(f"{BASE}/watch", guard=member)
def watch_page(req: Req) -> Response:
    """What to be told of; the address that notices name for ending it."""
    return _page(req, {})


def _page(req: Context, errors: dict[str, str]) -> Response:
    assert req.actor.id is not None  # noqa: S101 - the guard lets only members in
    _liked, level = queries.standing(req.db, req.subject.id, req.actor.id)
    return req.page(
        "community/watch.html",
        status=422 if errors else 200,
        asset=req.subject,
        here_url=here(req.subject),
        level=level,
        levels=[(item.value, label(item)) for item in WatchLevel],
        errors=errors,
    )


@router.act(f"{BASE}/watch", guard=member)
def watch(req: Req) -> Response:
    """Watch, or watch otherwise."""
    parsed = parse(WatchInput, req.form)
    if parsed.model is None:
        return _page(req, parsed.errors)
    reactions.watch(req.db, req.actor, asset_id=req.subject.id, level=parsed.model.level)
    return req.redirect(here(req.subject), flash=_("You watch this asset."))


@router.act(f"{BASE}/unwatch", guard=member)
def unwatch(req: Req) -> Response:
    """Watch no more."""
    reactions.unwatch(req.db, req.actor, asset_id=req.subject.id)
    return req.redirect(here(req.subject), flash=_("You do not watch this asset any more."))


def door(req: Context, asset: Any) -> Markup:
    """Likes, watching, discussions and reporting, in the head of the asset's page."""
    liked, level = (
        queries.standing(req.db, asset.id, req.actor.id) if req.actor.id is not None else (False, None)
    )
    return draw(
        "community/_door.html",
        asset=asset,
        here_url=here(asset),
        member=req.actor.id is not None,
        liked=liked,
        level=level,
    )


DOORS.register("community", 10, door)
