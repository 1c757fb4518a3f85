"""Jobs of the expert pool."""

import uuid

from portal.experts.actions import deadlines, forgetting
from portal.experts.advice import actions as advice
from portal.kit.actor import SYSTEM
from portal.kit.db import transaction
from portal.kit.jobs import job, periodic


@job("experts.forget_person")
def forget_person(account_id: str) -> None:
    """Empty the profile of an account that was closed, and end its questions."""
    key = uuid.UUID(account_id)
    with transaction() as db:
        advice.forget_person(db, account_id=key)
        forgetting.forget_person(db, SYSTEM, account_id=key)


@periodic("experts.run_deadlines", "11 * * * *")
def run_deadlines(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate passes it
    """Nominations lapse, re-checks begin, remind and end, pauses end, affiliations stand unconfirmed; hourly."""
    with transaction() as db:
        deadlines.run(db)


@periodic("experts.run_advice_deadlines", "17 * * * *")
def run_advice_deadlines(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate passes it
    """Questions that nobody routed or answered move on, hourly."""
    with transaction() as db:
        advice.run_deadlines(db)
