"""Guards of uploads and of what takes room: absent and invisible are the same 404."""

from typing import Any

from portal.accounts.queries import namespace
from portal.kit.errors import Forbidden, NotFound
from portal.kit.i18n import _
from portal.kit.pages import Context
from portal.kit.routes import signed_in
from registry.assets.policy import can_edit
from registry.storage import queries
from registry.versions.guards import own_version


def own_session(req: Context) -> Any:
    """The upload session in the address, of a version whose namespace the actor may publish in."""
    version = own_version(req)
    session = queries.session_of(req.db, version.id, req.path_id("id"))
    if session is None:
        raise NotFound(_("There is nothing at this address."))
    return session


def own_namespace(req: Context) -> Any:
    """The namespace in the address, for those who may publish in it and for system administrators."""
    signed_in(req)
    found = namespace(req.db, req.path["ns"])
    if found is None:
        raise NotFound(_("There is nothing at this address."))
    if not (can_edit(req.actor, found.id) or req.actor.has("system_admin")):
        raise Forbidden(_("Only publishers of this namespace may do this."))
    return found
