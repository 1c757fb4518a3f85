"""Jobs of accounts."""

from portal.accounts import actions
from portal.kit.db import transaction
from portal.kit.jobs import periodic


@periodic("accounts.sweep", "17 * * * *")
def sweep(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate passes it
    """Delete dead sessions, expired counters and spent reset tokens, hourly."""
    with transaction() as db:
        actions.sweep(db)
