"""What a worker does while it holds an evaluation."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from portal.kit.actor import SYSTEM
from portal.kit.db import Session, notify
from portal.kit.events import CHANNEL
from portal.kit.ids import new_id
from registry.benchmarks.forms import Manifest
from registry.evaluation.actions.steps import SLACK_S, LeaseLost, move, set_deadline, topic
from registry.evaluation.models import Attempt, AttemptState, EvaluationState
from registry.evaluation.queries import leases
from registry.evaluation.queries.leases import Lease
from registry.evaluation.queries.orders import Order, order


def claim(
    db: Session, *, evaluation_id: uuid.UUID, worker: str, lease_s: float, grade: str, profile_digest: str
) -> Order | None:
    """Take a waiting evaluation: an attempt with a lease. None where it does not wait (any more)."""
    evaluation = leases.locked_queued(db, evaluation_id)
    if evaluation is None:
        return None
    attempt = Attempt(
        evaluation_id=evaluation.id,
        number=leases.next_number(db, evaluation.id),
        lease_token=new_id(),
        lease_expires_at=leases.instant(db) + dt.timedelta(seconds=lease_s),
        worker=worker[:120],
        sandbox_grade=grade,
        profile_digest=profile_digest,
    )
    db.add(attempt)
    evaluation.attempt_count += 1
    lease = Lease(evaluation.id, attempt.id, attempt.number, attempt.lease_token)
    found = order(db, evaluation, lease)
    move(db, SYSTEM, evaluation, EvaluationState.predicting, attempt_no=attempt.number, worker=attempt.worker)
    set_deadline(db, evaluation, time_limit(found.manifest) + SLACK_S)
    db.flush()
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
