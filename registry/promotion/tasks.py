"""Jobs of promotion."""

from portal.kit.db import transaction
from portal.kit.jobs import periodic
from registry.promotion import hooks
from registry.promotion.actions import moving, pilots

assert hooks  # noqa: S101 - certificates that a worker changes suspend promotions


@periodic("promotion.watch", "5-59/10 * * * *")
def watch(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate passes it
    """Suspend what lost its certificate, and end what has passed its deadline; the same for pilot sites."""
    with transaction() as db:
        moving.watch(db)
    with transaction() as db:
        pilots.watch(db)
