"""Jobs of panels."""

from portal.kit.db import transaction
from portal.kit.jobs import periodic
from portal.reviews.panels import actions


@periodic("panels.run_deadlines", "* * * * *")
def run_deadlines(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate passes it
    """Ballots, sessions and minutes whose time is over, every minute."""
    with transaction() as db:
        actions.run_deadlines(db)
