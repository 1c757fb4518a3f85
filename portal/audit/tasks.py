"""Jobs of the log."""

from portal.audit import actions
from portal.kit.db import transaction
from portal.kit.jobs import periodic


@periodic("audit.erase", "20 3 * * *")
def erase(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate passes it
    """Erase the names of persons whose accounts were closed long ago."""
    with transaction() as db:
        actions.erase_closed(db)
