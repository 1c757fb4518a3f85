"""Jobs of handovers."""

from portal.kit.db import transaction
from portal.kit.jobs import periodic
from registry.handovers import actions


@periodic("handovers.expire_offers", "53 * * * *")
def expire_offers(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate passes it
    """End offers whose time is over, hourly; nobody can accept one in the meantime."""
    with transaction() as db:
        actions.expire_offers(db)
