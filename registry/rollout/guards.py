"""Guards of rollout: people by their roles, nodes by their token; absent and invisible are the same 404."""

from dataclasses import dataclass
from typing import Any

from portal.kit.errors import Forbidden, NotFound, SignInNeeded
from portal.kit.i18n import _
from portal.kit.ids import digest_secret
from portal.kit.limits import Limit, spend
from portal.kit.pages import Context, existing
from portal.kit.routes import signed_in
from registry.rollout import offers, policy
from registry.rollout.actions import nodes as actions
from registry.rollout.models import NodeState, RolloutNode
from registry.rollout.queries import bundles, nodes

PER_NODE = (Limit(240, 60),)


def desk(req: Context) -> None:
    """Staff, node operators, and members of organisations that have nodes."""
    signed_in(req)
    if not (policy.reads_all(req.actor) or req.actor.has("node_operator") or req.actor.organisations):
        raise Forbidden(_("This page is for other roles than yours."))


def operator(req: Context) -> None:
    """Node operators."""
    signed_in(req)
    if not req.actor.has("node_operator"):
        raise Forbidden(
            _("Only node operators of an organisation register its nodes."),
            hint=_("A system administrator gives the role of a node operator."),
        )


def node(req: Context) -> Any:
    """The node of the address, for whoever may see it."""
    signed_in(req)
    return existing(nodes.one(req.db, req.actor, req.path_id()))


def by_token(req: Context) -> RolloutNode:
    """A confirmed node that shows its token."""
    scheme, _space, secret = req.request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip().startswith(actions.PREFIX):
        raise SignInNeeded(
            _("A node shows its token here."), hint=_("Its operator makes one on the node's page.")
        )
    found = nodes.by_token(req.db, digest_secret(secret.strip()))
    if found is None:
        raise SignInNeeded(
            _("The node's token is unknown, expired or replaced."),
            hint=_("Its operator makes one on the node's page."),
        )
    if found.state is not NodeState.confirmed:
        raise Forbidden(_("This node is not confirmed, or suspended."), hint=_("Ask the secretariat."))
    spend(f"rollout-node:{found.id}", PER_NODE)
    actions.seen(req.db, found)
    return found


@dataclass(frozen=True)
class Served:
    """A bundle that is offered to a node."""

    node: RolloutNode
    bundle: Any


def bundle_for_node(req: Context) -> Served:
    """A bundle that is offered to the node just now; anything else is the same 404."""
    found = by_token(req)
    key = req.path_id()
    offered = next((row for row in offers.of_node(req.db, found) if row.id == key), None)
    if offered is None:
        raise NotFound(
            _("No such bundle is offered to this node."),
            hint=_("It may have been withdrawn or replaced: ask for the index again."),
        )
    return Served(found, offered)


def bundle_for_person(req: Context) -> Any:
    """A bundle that is offered just now, for node operators, staff and the version's publishers."""
    signed_in(req)
    key = req.path_id()
    found = existing(next((row for row in bundles.offered(req.db, bundle_id=key) if row.id == key), None))
    if not policy.can_download(req.actor, found.namespace_id):
        raise Forbidden(_("Bundles are for node operators, staff and the version's publishers."))
    return found
