"""Jobs of accounts."""

import uuid

from portal.accounts import actions
from portal.kit.db import transaction
from portal.kit.jobs import job, periodic


@periodic("accounts.sweep", "17 * * * *")
def sweep(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate passes it
    """Delete dead sessions, expired counters, spent links and old exports; close accounts that are due. Hourly."""
    with transaction() as db:
        actions.sweep(db)
        actions.expire_exports(db)
    with transaction() as db:
        actions.close_due(db)


@job("accounts.export")
def export(export_id: str) -> None:
    """Collect a person's data."""
    with transaction() as db:
        actions.make_export(db, export_id=uuid.UUID(export_id))
