"""Jobs of dry runs. Safe to run twice: what they would do is done, or not theirs to do."""

import logging
import uuid

from portal.kit.db import transaction
from portal.kit.jobs import job, periodic
from registry.dryruns import actions
from registry.dryruns.run.rehearsal import run_dry
from registry.evaluation.run.place import Place

log = logging.getLogger(__name__)
_place: Place | None = None


def work_in(place: Place | None) -> None:
    """Composition only: the place of this worker process."""
    global _place
    _place = place


@job("dryruns.run", queue="cpu")
async def run(run_id: str) -> None:
    """Run a dry run, if it still waits."""
    if _place is None:
        raise RuntimeError("this process is no evaluation worker")
    await run_dry(_place, uuid.UUID(run_id))


@periodic("dryruns.watchdog", "*/15 * * * * *")
def watchdog(timestamp: int) -> None:  # noqa: ARG001 - every periodic job gets the time it stands for
    """Move on what has stopped moving."""
    with transaction() as db:
        moved = actions.watch(db)
    if moved:
        log.warning("dry runs: moved on %s", moved)
