"""Jobs of evaluations. All are safe to run twice: what they would do is done, or not theirs to do."""

import logging
import uuid

from procrastinate import RetryStrategy

from portal.kit.db import transaction
from portal.kit.jobs import job, periodic
from registry.evaluation import actions
from registry.evaluation.actions import cells, comparisons
from registry.evaluation.queries import boards as queries
from registry.evaluation.run.attempt import work_off
from registry.evaluation.run.place import Place

DISK_DELAY_S = 15.0
log = logging.getLogger(__name__)
_place: Place | None = None


def work_in(place: Place | None) -> None:
    """Composition only: the place of this worker process."""
    global _place
    _place = place


@job("evaluation.run", queue="cpu")
async def run(evaluation_id: str) -> None:
    """A wake-up: run what goes next by the fair-share rule, until nothing may be taken. Truth is in the tables."""
    if _place is None:
        raise RuntimeError("this process is no evaluation worker")
    if not _place.enough_disk():
        log.warning("less than %s GB free: no evaluation is taken", _place.settings.worker_min_free_gb)
        await _place.write(lambda db: actions.remind(db, uuid.UUID(evaluation_id), delay_s=DISK_DELAY_S))
        return
    await work_off(_place, uuid.UUID(evaluation_id))


@job("evaluation.board", retry=RetryStrategy(max_attempts=5, exponential_wait=3))
def board(benchmark_id: str) -> None:
    """Make a leaderboard again."""
    from registry.evaluation.actions.boards import refresh

    with transaction() as db:
        refresh(db, benchmark_id=uuid.UUID(benchmark_id))


@job("evaluation.compare", retry=RetryStrategy(max_attempts=3, exponential_wait=3))
def compare(first_id: str, second_id: str) -> None:
    """Compare two results of one benchmark version item by item."""
    with transaction() as db:
        comparisons.compare(db, first_id=uuid.UUID(first_id), second_id=uuid.UUID(second_id))


@job("evaluation.cells", retry=RetryStrategy(max_attempts=3, exponential_wait=3))
def make_cells(result_id: str) -> None:
    """Make the scores of a result by region and slice."""
    with transaction() as db:
        cells.make(db, result_id=uuid.UUID(result_id))


@job("evaluation.withdrawn", retry=RetryStrategy(max_attempts=5, exponential_wait=3))
def withdrawn(version_id: str) -> None:
    """A version with results was withdrawn: the next best of its asset takes its place on every board."""
    from registry.evaluation.actions.boards import refresh

    with transaction() as db:
        for benchmark_id in queries.ranking(db, uuid.UUID(version_id)):
            refresh(db, benchmark_id=benchmark_id)


@periodic("evaluation.watchdog", "*/10 * * * * *")
def watchdog(timestamp: int) -> None:  # noqa: ARG001 - every periodic job gets the time it stands for
    """Move on what has stopped moving. Workers do the same in their own loop; this is the second net."""
    with transaction() as db:
        watched = actions.watch(db)
    if watched:
        log.warning("watchdog: %s", watched)
