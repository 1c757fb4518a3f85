"""Jobs of gates."""

from portal.kit.db import transaction
from portal.kit.jobs import periodic
from registry.gates import actions


@periodic("gates.expire_unanswered", "41 * * * *")
def expire_unanswered(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate passes it
    """End requests for access that nobody answered in time, hourly."""
    with transaction() as db:
        actions.expire_unanswered(db)
