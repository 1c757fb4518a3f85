"""Jobs of trials. Safe to run twice: what they would do is done, or not theirs to do."""

import logging
import uuid

from portal.kit.db import transaction
from portal.kit.jobs import job, periodic
from registry.evaluation.run.place import Place
from registry.sandbox.slots import SlotPool
from registry.trials import actions
from registry.trials.run.trial import run_trial

log = logging.getLogger(__name__)
_place: tuple[Place, SlotPool] | None = None


def work_in(place: Place | None, slots: SlotPool | None = None) -> None:
    """Composition only: the place of this worker process, and slots of their own: trials take none of evaluations."""
    global _place
    _place = (place, slots) if place is not None and slots is not None else None


@job("trials.run", queue=actions.QUEUE)
async def run(trial_id: str) -> None:
    """Run a trial, if it still waits."""
    if _place is None:
        raise RuntimeError("this process is no worker")
    await run_trial(*_place, uuid.UUID(trial_id))


@periodic("trials.watchdog", "*/15 * * * * *")
def watchdog(timestamp: int) -> None:  # noqa: ARG001 - every periodic job gets the time it stands for
    """Move on what has stopped moving."""
    with transaction() as db:
        moved = actions.watch(db)
    if moved:
        log.warning("trials: moved on %s", moved)


@periodic("trials.empty", "*/10 * * * *")
def empty(timestamp: int) -> None:  # noqa: ARG001
    """Delete inputs and answers whose hours are over."""
    with transaction() as db:
        emptied = actions.empty(db)
    if emptied:
        log.info("trials: emptied %s", emptied)
