"""No state without an end: what has stopped moving is moved on."""

from dataclasses import dataclass

from portal.kit.db import Session
from registry.evaluation.actions import endings, steps
from registry.evaluation.queries import claims, leases
from registry.evaluation.queries import watch as queries
from registry.workers import queries as workers
from registry.workers.actions import reap


@dataclass(frozen=True)
class Watched:
    """How many evaluations were moved, by reason."""

    lost: int = 0
    overdue: int = 0
    orphaned: int = 0
    told: int = 0

    def __bool__(self) -> bool:
        return bool(self.lost or self.overdue or self.orphaned or self.told)


def watch(db: Session) -> Watched:
    """Requeue what lost its worker, end what is overdue, tell workers of what they were never told of.

    At most one transaction watches at a time; the others return at once. Running it any number of times is harmless.
    """
    if not queries.take_turn(db):
        return Watched()
    claims.settle(db, workers.rule(db))
    reap(db)
    expired = queries.expired(db)
    for evaluation, attempt in expired:
        endings.lose(db, evaluation, attempt, "worker_lost", attempts=evaluation.attempt_count)
    overdue = queries.overdue(db)
    for evaluation in overdue:
        attempt = leases.live_attempt(db, evaluation.id)
        state = {"message": evaluation.state.label, "values": {}}
        endings.lose(db, evaluation, attempt, "deadline", state=state)
    orphaned = queries.orphaned(db)
    for evaluation in orphaned:
        endings.lose(db, evaluation, None, "worker_lost", attempts=evaluation.attempt_count)
    untold = queries.untold(db)
    for evaluation_id in untold:
        waiting = leases.locked_queued(db, evaluation_id)
        if waiting is not None:
            steps.start_job(db, waiting)
            waiting.touch()
    db.flush()
    return Watched(len(expired), len(overdue), len(orphaned), len(untold))
