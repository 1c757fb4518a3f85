"""What a worker does while it holds an evaluation."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from portal.kit.actor import SYSTEM
from portal.kit.db import Session, lock_key, notify
from portal.kit.events import CHANNEL
from portal.kit.ids import new_id
from registry.benchmarks.forms import Manifest
from registry.evaluation.actions.steps import SLACK_S, move, set_deadline, topic
from registry.evaluation.models import Attempt, AttemptState, Evaluation, EvaluationState
from registry.evaluation.queries import claims, leases
from registry.evaluation.queries.leases import Lease
from registry.evaluation.queries.orders import Order, order
from registry.leases.actions import LeaseLost
from registry.leases.queries import instant
from registry.workers import queries as workers
from registry.workers.actions import QUEUE_TOPIC

TRIES = 5


@dataclass(frozen=True)
class Claimant:
    """Who takes an evaluation, and for how long unless it is renewed."""

    worker: str
    lease_s: float
    grade: str
    profile_digest: str


def claim(
    db: Session, *, evaluation_id: uuid.UUID, worker: str, lease_s: float, grade: str, profile_digest: str
) -> Order | None:
    """Take this evaluation, its turn or not: an attempt with a lease. None where it does not wait (any more)."""
    evaluation = leases.locked_queued(db, evaluation_id)
    if evaluation is None:
        return None
    return _lease(db, evaluation, Claimant(worker, lease_s, grade, profile_digest))


def claim_next(
    db: Session, who: Claimant, *, queues: Sequence[str], worker_id: uuid.UUID | None = None
) -> Order | None:
    """Take the evaluation that goes next by the fair-share rule: an attempt with a lease.

    None where nothing may be taken: nothing waits, the people who wait have all they may run, the site or this
    worker drains.
    """
    rule = workers.rule(db)
    if rule.drained_at is not None or (worker_id is not None and not workers.may_claim(db, worker_id)):
        return None
    for _try in range(TRIES):
        evaluation = claims.next_waiting(db, rule, queues)
        if evaluation is None:
            return None
        # Two claims for one person take turns here, so that the limit holds however many workers there are.
        lock_key(db, "evaluation/claim", evaluation.submitted_by)
        if claims.running_of(db, evaluation.submitted_by) < rule.user_running:
            return _lease(db, evaluation, who)
    return None


def _lease(db: Session, evaluation: Evaluation, who: Claimant) -> Order:
    attempt = Attempt(
        evaluation_id=evaluation.id,
        number=leases.next_number(db, evaluation.id),
        lease_token=new_id(),
        lease_expires_at=instant(db) + dt.timedelta(seconds=who.lease_s),
        worker=who.worker[:120],
        sandbox_grade=who.grade,
        profile_digest=who.profile_digest,
    )
    db.add(attempt)
    evaluation.attempt_count += 1
    lease = Lease(evaluation.id, attempt.id, attempt.number, attempt.lease_token)
    found = order(db, evaluation, lease)
    move(db, SYSTEM, evaluation, EvaluationState.predicting, attempt_no=attempt.number, worker=attempt.worker)
    set_deadline(db, evaluation, time_limit(found.manifest) + SLACK_S)
    db.flush()
    notify(db, CHANNEL, QUEUE_TOPIC)
    return found


def time_limit(manifest: dict[str, Any]) -> float:
    """Seconds one jail may run; what cannot be read counts as an hour (the run itself then says why it fails)."""
    try:
        return float(Manifest.model_validate(manifest).limits.time_s)
    except ValueError:
        return 3600.0


def note(
    db: Session,
    lease: Lease,
    *,
    lease_s: float,
    phase: str = "predict",
    text: str = "",
    samples: Sequence[Sequence[Any]] = (),
) -> None:
    """Renew the lease; with it, keep a piece of the log and samples of use. `LeaseLost` when it holds no more."""
    if not leases.renew(db, lease, lease_s, samples):
        raise LeaseLost
    if text and not leases.add_log(db, lease, phase, text):
        raise LeaseLost
    if text or samples:
        notify(db, CHANNEL, topic(lease.evaluation_id))


def to_scoring(db: Session, lease: Lease, *, limit_s: float) -> None:
    """The predictions are in; scoring, of ``limit_s`` seconds at most, begins. `LeaseLost` when the lease is lost."""
    found = leases.held(db, lease)
    if found is None:
        raise LeaseLost
    evaluation, attempt = found
    if attempt.state is AttemptState.leased:  # the first heartbeat is still on its way
        attempt.state = AttemptState.running
    move(db, SYSTEM, evaluation, EvaluationState.scoring, attempt_no=attempt.number)
    set_deadline(db, evaluation, limit_s + SLACK_S)
    db.flush()
