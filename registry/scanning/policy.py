"""Who decides about quarantined versions, and who sees which findings. Pure."""

import uuid

from portal.kit.actor import Actor
from registry.assets.policy import can_edit
from registry.versions.models import VersionState


def can_decide(actor: Actor, namespace_id: uuid.UUID, state: VersionState) -> bool:
    """Certifiers decide what is quarantined, but never about what stands in a namespace of their own."""
    return is_certifier(actor) and state is VersionState.quarantined and not can_edit(actor, namespace_id)


def is_certifier(actor: Actor) -> bool:
    """Whether the actor may see the queue."""
    return actor.has("certifier")


def can_see_finding(actor: Actor, namespace_id: uuid.UUID, *, hidden: bool) -> bool:
    """Findings in hidden files are for the owner's publishers and for certifiers (who see no excerpt)."""
    return not hidden or can_edit(actor, namespace_id) or is_certifier(actor)


def can_see_excerpt(actor: Actor, namespace_id: uuid.UUID, *, hidden: bool, rule: str) -> bool:
    """No excerpt out of hidden files but for their owner; found secrets are for the owner and certifiers."""
    if can_edit(actor, namespace_id):
        return True
    return not hidden and (not rule.startswith(("secret.", "personal.")) or is_certifier(actor))
