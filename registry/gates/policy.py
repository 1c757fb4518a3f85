"""Who passes a gate. Pure."""

import uuid

from portal.kit.actor import Actor
from registry.assets.policy import can_edit


def passes_unasked(actor: Actor, namespace_id: uuid.UUID) -> bool:
    """The portal itself, and the publishers of the namespace. Nobody else, whatever the role."""
    return actor.is_system or can_edit(actor, namespace_id)
