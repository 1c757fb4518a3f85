"""Who may do what about nodes and bundles, and which bundles a node is offered. Pure."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from portal.kit.actor import Actor
from registry.rollout.models import Channel, NodeState

READERS = ("secretariat", "promotion_committee", "auditor", "system_admin", "security_admin")


def reads_all(actor: Actor) -> bool:
    """Whether somebody sees every node."""
    return actor.is_system or (actor.id is not None and actor.has(*READERS))


def belongs(actor: Actor, organisation_id: uuid.UUID) -> bool:
    """Whether somebody is of the node's organisation."""
    return organisation_id in actor.organisations


def can_register(actor: Actor, organisation_id: uuid.UUID) -> bool:
    """Node operators register nodes of their own organisation."""
    return (
        actor.id is not None
        and actor.may("write")
        and actor.has("node_operator")
        and belongs(actor, organisation_id)
    )


can_operate = can_register
"""The same people look after a node: its token, its receipts, closing it."""


def can_decide(actor: Actor, organisation_id: uuid.UUID) -> bool:
    """The secretariat confirms, suspends and closes; nobody does so with nodes of their own organisation."""
    return (
        actor.id is not None
        and actor.may("write")
        and actor.has("secretariat")
        and not belongs(actor, organisation_id)
    )


def can_download(actor: Actor, namespace_id: uuid.UUID) -> bool:
    """Bundles on the pages: for node operators, staff, and the version's publishers."""
    return actor.id is not None and (
        actor.has("node_operator", "secretariat", "promotion_committee") or namespace_id in actor.namespaces
    )


@dataclass(frozen=True)
class Site:
    """A pilot site, accepted by the secretariat, as a promotion has it."""

    node: str
    division: str
    organisation: uuid.UUID | None = None
    """None: recorded by its name alone."""


@dataclass(frozen=True)
class Place:
    """A node as offers look at it."""

    state: NodeState
    organisation: uuid.UUID | None
    names: frozenset[str]
    """Its own name and that of its organisation, in small letters."""
    division: str


def offered(place: Place, channel: Channel, sites: Collection[Site]) -> bool:
    """Whether a node may have a bundle: nothing unless it is confirmed; national everything; regional what was piloted
    in its province; pilot what it pilots itself (division and organisation, or the name where there is only that)."""
    if place.state is not NodeState.confirmed:
        return False
    if channel is Channel.national:
        return True
    if channel is Channel.regional:
        return any(site.division[:2] == place.division[:2] for site in sites)
    return any(site.division == place.division and _same(place, site) for site in sites)


def _same(place: Place, site: Site) -> bool:
    if site.organisation is not None:
        return site.organisation == place.organisation
    return site.node.casefold() in place.names
