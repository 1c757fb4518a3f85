"""Who may do what to promotions, and when a vote carries. Pure."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from portal.kit.actor import Actor
from registry.promotion.forms import Rules
from registry.promotion.gates import Checked

STAFF = ("secretariat", "promotion_committee")


@dataclass(frozen=True)
class Ballot:
    """One vote: for or against, and which gates were not met when it was cast."""

    in_favour: bool
    unmet: frozenset[str]


def is_staff(actor: Actor) -> bool:
    """The secretariat and the promotion committee: they have promotions before them."""
    return actor.id is not None and actor.has(*STAFF)


def sees_withheld(actor: Actor) -> bool:
    """Whether promotions of withheld assets are shown."""
    return actor.has(*STAFF, "auditor")


def acts_as(actor: Actor, allowed: Collection[str]) -> str:
    """The role, of those a move is allowed for, that the actor moves in; empty: none. Never the system."""
    if actor.id is None or actor.is_system or not actor.may("write"):
        return ""
    return next((role for role in STAFF if role in allowed and actor.has(role)), "")


def runs_node(actor: Actor, organisation_id: uuid.UUID | None) -> bool:
    """Whether somebody reports for an organisation: a node operator who is a member of it."""
    return (
        actor.id is not None
        and actor.may("write")
        and not actor.is_system
        and actor.has("node_operator")
        and organisation_id in actor.organisations
    )


def reads_incidents(actor: Actor, organisation_id: uuid.UUID | None, namespace_id: uuid.UUID) -> bool:
    """Whether somebody reads what happened in words: the staff, the node's organisation, the version's publishers."""
    return (
        is_staff(actor)
        or actor.has("auditor")
        or organisation_id in actor.organisations
        or namespace_id in actor.namespaces
    )


def can_edit_profiles(actor: Actor) -> bool:
    """The secretariat writes the rules down."""
    return actor.id is not None and actor.may("write") and actor.has("secretariat")


def carried(rules: Rules, ballots: Sequence[Ballot], unmet: Sequence[Checked]) -> bool:
    """Whether the committee's vote lets a promotion go on without these gates: quorum, more for than against, enough
    members for, every gate one that may be passed over, and none that those in favour did not know of."""
    favour = [each for each in ballots if each.in_favour]
    return (
        len(ballots) >= rules.quorum
        and len(favour) >= rules.in_favour
        and 2 * len(favour) > len(ballots)
        and all(one.gate.overridable for one in unmet)
        and all(one.gate.code in each.unmet for one in unmet for each in favour)
    )
