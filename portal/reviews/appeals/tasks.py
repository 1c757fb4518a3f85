"""Jobs of appeals."""

from portal.kit.db import transaction
from portal.kit.jobs import periodic
from portal.reviews.appeals.actions import run_deadlines


@periodic("appeals.run_deadlines", "29 * * * *")
def deadlines(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate passes it
    """Appeals that lie are passed on, hourly."""
    with transaction() as db:
        run_deadlines(db)
