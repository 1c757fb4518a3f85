"""Jobs of reviewing."""

import uuid

from portal.kit.db import transaction
from portal.kit.jobs import job, periodic
from portal.reviews.reviewing import actions


@job("reviewing.forget_person")
def forget_person(account_id: str) -> None:
    """Give up the open seats of an account that was closed."""
    with transaction() as db:
        actions.forget_person(db, account_id=uuid.UUID(account_id))


@periodic("reviewing.run_deadlines", "*/5 * * * *")
def run_deadlines(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate passes it
    """Reviews and answers whose time is over, every five minutes; phases end theirs themselves."""
    with transaction() as db:
        actions.run_deadlines(db)
