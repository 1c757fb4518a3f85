"""Guards of promotion: absent and invisible are the same 404."""

from typing import Any

from portal.kit.errors import Forbidden
from portal.kit.i18n import _
from portal.kit.pages import Context, existing
from portal.kit.routes import role, signed_in
from registry.promotion import policy
from registry.promotion.queries import promotions as queries
from registry.versions.guards import described_version


def promotion(req: Context) -> Any:
    """The promotion of the address, for whoever may read it."""
    return existing(queries.one(req.db, req.actor, req.path_id()))


def for_member(req: Context) -> Any:
    """The same for somebody who is signed in; the actions ask for roles and conflicts."""
    signed_in(req)
    return promotion(req)


def operator(req: Context) -> None:
    """Node operators; what they may do for which organisation the actions ask."""
    signed_in(req)
    if not req.actor.has("node_operator"):
        raise Forbidden(_("This page is for node operators."))


def for_operator(req: Context) -> Any:
    """The promotion of the address for a node operator."""
    operator(req)
    return promotion(req)


def for_staff(req: Context) -> Any:
    """The same for the secretariat and the committee."""
    found = for_member(req)
    if not policy.is_staff(req.actor):
        raise Forbidden(_("This page is for other roles than yours."))
    return found


desk = role(*policy.STAFF)
"""The secretariat and the committee."""


def profile_editor(req: Context) -> None:
    """The secretariat."""
    signed_in(req)
    if not policy.can_edit_profiles(req.actor):
        raise Forbidden(_("Only the secretariat changes the rules of promotion."))


def nominable(req: Context) -> Any:
    """The version of the address, for any member; the action refuses in words what cannot be nominated."""
    signed_in(req)
    return described_version(req)
