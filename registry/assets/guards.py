"""Guards: load through ``readable(actor)`` (absent and invisible are the same 404), then ask the policy (403)."""

from typing import Any

from portal.kit.errors import Forbidden, NotFound
from portal.kit.i18n import _
from portal.kit.pages import Context
from portal.kit.routes import signed_in
from registry.assets import policy, queries


def readable_asset(req: Context) -> Any:
    """The asset in the address, if the actor may read it."""
    asset = queries.detail(req.db, req.actor, req.path["ns"], req.path["name"])
    if asset is None:
        raise NotFound(_("There is nothing at this address."))
    return asset


def editable_asset(req: Context) -> Any:
    """The asset in the address, if the actor may change it."""
    asset = readable_asset(req)
    signed_in(req)
    if not policy.can_edit(req.actor, asset.namespace_id):
        raise Forbidden(_("Only publishers of this namespace may do this."))
    return asset
