"""Jobs of integrity."""

from portal.kit.db import transaction
from portal.kit.jobs import periodic
from portal.reviews.integrity.actions import run_deadlines


@periodic("integrity.run_deadlines", "23 * * * *")
def deadlines(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate passes it
    """Reports of an approach that lie are passed on, hourly."""
    with transaction() as db:
        run_deadlines(db)
