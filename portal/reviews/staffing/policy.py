"""Who may work on the staffing of a round, and read its records. Pure."""

import uuid
from collections.abc import Collection

from portal.accounts.models import Role
from portal.kit.actor import Actor
from portal.kit.i18n import _
from portal.reviews.rounds.policy import Standing
from portal.reviews.staffing.models import RunState, StaffingRun

LEAST_REASON = 4


def is_cleared(standing: Standing, submissions: Collection[uuid.UUID]) -> bool:
    """Whether somebody has the secretariat's rights over every submission of the round."""
    return standing.secretariat and all(standing.runs(key) for key in submissions)


def reads_record(actor: Actor, standing: Standing, submissions: Collection[uuid.UUID]) -> bool:
    """Who may have the record of a draw: whoever staffs the round, and auditors who are no party to it."""
    if is_cleared(standing, submissions):
        return True
    return actor.has(Role.auditor) and not standing.applied and not standing.conflicted and not standing.seats


def gives_way(run: StaffingRun) -> bool:
    """Whether a new run may take the place of this one that is not over: it failed, and nothing of it is public.

    A draw that was committed to is begun again from what was sealed, or cancelled with a reason that all can read.
    """
    return run.state is RunState.failed and not run.commitment


def not_cleared() -> str:
    """Why somebody of the secretariat cannot staff a round, in the current language."""
    return _(
        "You have a conflict of interest with a submission of this round, so somebody else of the secretariat has to "
        "bring experts and submissions together."
    )
