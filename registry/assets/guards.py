"""Guards: load through ``readable(actor)`` (absent and invisible are the same 404), then ask the policy (403)."""

from typing import Any
from urllib.parse import quote

from portal.kit.errors import Forbidden, NotFound, Refusal
from portal.kit.i18n import _
from portal.kit.pages import Context
from portal.kit.routes import signed_in
from registry.assets import policy, queries


class Moved(Refusal):
    """The asset has another address now: 308, so that a POST or PUT goes on as what it is."""

    status = 308
    code = "moved"


def missing(req: Context, message: str | None = None) -> Refusal:
    """What to raise where no asset stands at ``{ns}/{name}`` of the address for this actor: the way to its new address
    if it was transferred and the actor may read it there, else the 404 that says nothing.
    """
    old = f"/{req.path['ns']}/{req.path['name']}"
    new = queries.moved_to(req.db, req.actor, req.path["ns"], req.path["name"])
    before, found, after = req.request.url.path.partition(old)
    if new is None or not found:
        return NotFound(message or _("There is nothing at this address."))
    query = f"?{req.request.url.query}" if req.request.url.query else ""
    refusal = Moved(_("This asset has moved to %(name)s.", name=new))
    refusal.headers["Location"] = quote(f"{before}/{new}{after}", safe="/+@:~!$&'()*,;=-._") + query
    return refusal


def readable_asset(req: Context) -> Any:
    """The asset in the address, if the actor may read it."""
    asset = queries.detail(req.db, req.actor, req.path["ns"], req.path["name"])
    if asset is None:
        raise missing(req)
    return asset


def editable_asset(req: Context) -> Any:
    """The asset in the address, if the actor may change it."""
    signed_in(req)
    asset = readable_asset(req)
    if not policy.can_edit(req.actor, asset.namespace_id):
        raise Forbidden(_("Only publishers of this namespace may do this."))
    return asset
