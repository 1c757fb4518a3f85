"""The step every change shares: check the table, write the state, the timeline, the audit row, tell the readers."""

import datetime as dt
from typing import Any

from portal.audit.actions import record
from portal.kit.actor import Actor
from portal.kit.clock import now
from portal.kit.db import Session, notify
from portal.kit.events import CHANNEL
from portal.kit.jobs import defer
from portal.kit.states import check_move, is_final
from registry.evaluation.models import (
    ATTEMPT_TRANSITIONS,
    EVALUATION_TRANSITIONS,
    Attempt,
    AttemptState,
    Evaluation,
    EvaluationEvent,
    EvaluationState,
)
from registry.leases.queries import instant
from registry.workers.actions import QUEUE_TOPIC

REQUESTED_S = 300.0
QUEUED_S = 24 * 3600.0
OLDEST_S = 7 * 24 * 3600.0
SLACK_S = 300.0


def topic(evaluation_id: object) -> str:
    """Where readers of an evaluation wait."""
    return f"evaluation/{evaluation_id}"


def stop_topic(evaluation_id: object) -> str:
    """Where the worker that runs an evaluation waits for its end by others."""
    return f"evaluation/{evaluation_id}/stop"


def move(
    db: Session,
    actor: Actor,
    evaluation: Evaluation,
    new: EvaluationState,
    *,
    who: str = "system",
    attempt_no: int = 0,
    note: str = "",
    reason: str | None = None,
    **evidence: Any,
) -> None:
    """Move an evaluation whose row the caller has locked. ``note`` is a key of ``timeline.NOTES``."""
    check_move(EVALUATION_TRANSITIONS, evaluation.state, new, who)
    old = evaluation.state
    evaluation.state = new
    evaluation.touch()
    if is_final(EVALUATION_TRANSITIONS, new):
        evaluation.finished_at = now()
    db.add(EvaluationEvent(evaluation_id=evaluation.id, state=new, attempt_no=attempt_no, note=note))
    record(
        db,
        actor,
        verb=f"evaluation.{new.value}",
        object=evaluation,
        reason=reason,
        **{"from": old.value, "attempt": attempt_no, **evidence},
    )
    notify(db, CHANNEL, topic(evaluation.id))


def end_attempt(db: Session, attempt: Attempt, new: AttemptState, code: str = "") -> None:
    """Close an attempt whose row the caller has locked; its lease holds no more, and its worker is told."""
    check_move(ATTEMPT_TRANSITIONS, attempt.state, new, "system")
    attempt.state = new
    attempt.ended_at = now()
    attempt.failure_code = code
    notify(db, CHANNEL, stop_topic(attempt.evaluation_id))


def set_deadline(db: Session, evaluation: Evaluation, seconds: float) -> None:
    """The watchdog acts ``seconds`` from now, by the database's clock."""
    evaluation.deadline_at = instant(db) + dt.timedelta(seconds=seconds)


def enqueue(
    db: Session,
    actor: Actor,
    evaluation: Evaluation,
    *,
    attempt_no: int = 0,
    note: str = "",
    delay_s: float = 0.0,
) -> None:
    """Let an evaluation wait for a worker. However often it comes back, its age has a limit."""
    move(db, actor, evaluation, EvaluationState.queued, attempt_no=attempt_no, note=note)
    here = instant(db)
    latest = evaluation.created_at + dt.timedelta(seconds=OLDEST_S)
    evaluation.deadline_at = min(here + dt.timedelta(seconds=QUEUED_S), max(latest, here))
    evaluation.ready_at = here + dt.timedelta(seconds=delay_s)
    start_job(db, evaluation, at=evaluation.ready_at if delay_s else None)
    notify(db, CHANNEL, QUEUE_TOPIC)


def start_job(db: Session, evaluation: Evaluation, *, at: dt.datetime | None = None) -> None:
    """Wake a worker: one job per evaluation that waits. Which evaluation the job then runs, the claim decides."""
    defer(
        db,
        "evaluation.run",
        queue=evaluation.queue,
        queueing_lock=f"evaluation/{evaluation.id}",
        at=at,
        priority=evaluation.priority,
        evaluation_id=str(evaluation.id),
    )
