"""Who may do what with a benchmark. Pure functions."""

import uuid

from portal.kit.actor import Actor

OVERSEERS = ("secretariat",)


def owns(actor: Actor, namespace_id: uuid.UUID) -> bool:
    """Whether the actor publishes in the benchmark's namespace."""
    return actor.is_system or namespace_id in actor.namespaces


def can_see_hidden_logs(actor: Actor, namespace_id: uuid.UUID) -> bool:
    """The scorer's log may name labels: for the benchmark's owner alone."""
    return owns(actor, namespace_id)
