"""Jobs of organisations."""

import uuid

from portal.kit.actor import SYSTEM
from portal.kit.db import transaction
from portal.kit.jobs import job, periodic
from portal.organisations import actions


@job("organisations.forget_member")
def forget_member(account_id: str) -> None:
    """End the memberships of an account that was closed."""
    with transaction() as db:
        actions.forget_member(db, SYSTEM, account_id=uuid.UUID(account_id))


@periodic("organisations.expire_invitations", "23 * * * *")
def expire_invitations(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate passes it
    """End invitations whose time is over, hourly; nobody can accept one in the meantime."""
    with transaction() as db:
        actions.expire_invitations(db)


@periodic("organisations.lapse_proposals", "29 * * * *")
def lapse_proposals(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate passes it
    """End proposals for the tree that the secretariat did not decide in time, hourly."""
    with transaction() as db:
        actions.lapse_proposals(db)
