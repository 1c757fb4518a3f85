"""Jobs whose worker died go back to their queue; a job that kills its workers does so a bounded number of times."""

import logging

from portal.kit.db import Session
from portal.worker import queries
from portal.worker.fetching import STALLED_S

POISONOUS = 5
log = logging.getLogger(__name__)


def recover_jobs(db: Session) -> int:
    """Requeue the jobs of silent workers; how many were moved. Any number of workers may do this at once.

    A job that lost its worker five times has failed; one whose twin waits already under its queueing lock is closed.
    Every job is written so that running it twice is harmless: what it changes is fenced by states and leases.
    """
    moved = 0
    for job_id in queries.stalled(db, STALLED_S):
        found = queries.recover(db, job_id, STALLED_S, POISONOUS)
        if found is not None:
            log.warning("job %s (%s) lost its worker: %s", job_id, *found)
            moved += 1
    return moved
