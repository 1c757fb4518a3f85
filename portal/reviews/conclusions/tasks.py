"""Jobs of the conclusion."""

from portal.kit.db import transaction
from portal.kit.jobs import periodic
from portal.reviews.conclusions import actions


@periodic(actions.JOB, "* * * * *")
def send_letters(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate passes it
    """Letters of rounds that were concluded, every minute."""
    with transaction() as db:
        actions.send_letters(db)
