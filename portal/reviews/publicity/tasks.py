"""Jobs of public notices."""

import uuid

from portal.kit.db import transaction
from portal.kit.jobs import job, periodic
from portal.reviews.publicity.actions import deadlines, objections


@periodic("publicity.run_deadlines", "*/5 * * * *")
def run_deadlines(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate passes it
    """Periods end at midnight, so every five minutes; objections that lie are passed on."""
    with transaction() as db:
        deadlines.run(db)


@job("publicity.forget_person")
def forget_person(account_id: str) -> None:
    """Withdraw the open objections of an account that was closed."""
    with transaction() as db:
        objections.forget_person(db, account_id=uuid.UUID(account_id))
