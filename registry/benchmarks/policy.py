"""Who may do what with a benchmark. Pure functions."""

import uuid

from portal.kit.actor import Actor

OVERSEERS = ("secretariat",)


def owns(actor: Actor, namespace_id: uuid.UUID) -> bool:
    """Whether the actor publishes in the benchmark's namespace."""
    return actor.is_system or namespace_id in actor.namespaces
