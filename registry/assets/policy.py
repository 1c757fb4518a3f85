"""Who may do what to assets. Pure: everything asked about is in the arguments."""

import uuid

from portal.kit.actor import Actor

STAFF = ("secretariat", "certifier")


def is_staff(actor: Actor) -> bool:
    """Whether the actor looks after what was submitted (sees what is scanned or quarantined)."""
    return actor.has(*STAFF)


def sees_withheld(actor: Actor) -> bool:
    """Whoever decides about reports sees what was taken out of sight for them."""
    return actor.has("secretariat", "security_admin")


def can_create_in(actor: Actor, namespace_id: uuid.UUID) -> bool:
    """Publishers may create assets in their own namespace and in those of their organisations."""
    return namespace_id in actor.namespaces


def can_edit(actor: Actor, namespace_id: uuid.UUID) -> bool:
    """Publishers of the namespace may describe its assets and push versions."""
    return namespace_id in actor.namespaces
