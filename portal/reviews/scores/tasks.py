"""Jobs of scores. NumPy is loaded here, in workers."""

import logging
import uuid
from collections.abc import Hashable

from portal.kit.db import transaction
from portal.kit.jobs import job, periodic
from portal.reviews.estimates import graph
from portal.reviews.rounds.queries import basic
from portal.reviews.rounds.standing import conflicts_of
from portal.reviews.scores import actions
from portal.reviews.scores.compute import compute as computed
from portal.reviews.scores.inputs import Inputs

log = logging.getLogger(__name__)


@job(actions.JOB)
def compute(run_id: str) -> None:
    """Compute the scores of a round and keep them."""
    key = uuid.UUID(run_id)
    with transaction() as db:
        taken = actions.take(db, run_id=key)
    if taken is None:
        return
    run, inputs = taken
    try:
        result, told = computed(inputs, bridgeable(inputs), run.seed)
        with transaction() as db:
            actions.finish(db, run_id=key, result=result, told=told)
    except Exception:
        log.exception("scores of round %s", run.round_id)
        with transaction() as db:
            actions.give_up(db, run_id=key, reason=actions.BROKEN)


def bridgeable(inputs: Inputs) -> graph.Allowed:
    """Which further reviews may be suggested: no conflict, and no seat there, held or left. Asked for when needed."""
    barred: dict[uuid.UUID, frozenset[uuid.UUID]] = {}

    def allowed(submission: Hashable, reviewer: Hashable) -> bool:
        assert isinstance(submission, int) and isinstance(reviewer, uuid.UUID)  # noqa: S101, PT018 - keys of ``compute``
        if reviewer not in barred:
            with transaction() as db:
                keys = set(inputs.submissions.values())
                seated = basic.seated_among(db, reviewer, keys)
                barred[reviewer] = conflicts_of(db, reviewer, keys) | seated
        return inputs.submissions[submission] not in barred[reviewer]

    return allowed


@periodic("review_scores.watch", "* * * * *")
def watch(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate passes it
    """Computations end in time, and begin with each phase after the reviews; every minute."""
    with transaction() as db:
        actions.watch(db)
