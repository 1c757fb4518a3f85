"""Guards of handovers."""

from typing import Any

from portal.kit.errors import NotFound
from portal.kit.i18n import _
from portal.kit.pages import Context
from portal.kit.routes import signed_in
from registry.assets.policy import can_edit
from registry.handovers import queries


def party(req: Context) -> Any:
    """The handover in the address, for publishers of either side; absent for everybody else."""
    signed_in(req)
    row = queries.one(req.db, req.path_id())
    if row is None or not (can_edit(req.actor, row.to_id) or can_edit(req.actor, row.from_id)):
        raise NotFound(_("There is nothing at this address."))
    return row
