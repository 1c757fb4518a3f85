"""What the watchdog looks for: expired leases, passed deadlines, evaluations that nobody was told of."""

import uuid

from sqlalchemy import func, text
from sqlmodel import col, select

from portal.kit.db import Session
from registry.benchmarks.queries import AnyRow
from registry.evaluation.models import ACTIVE, Attempt, Evaluation, EvaluationState
from registry.evaluation.queries.leases import HOLDING

BATCH = 100
_UNTOLD = text(
    """
    SELECT e.id FROM evaluation e
    WHERE e.state = 'queued' AND e.updated_at < clock_timestamp() - make_interval(secs => :age)
      AND e.ready_at <= clock_timestamp()
      AND NOT EXISTS (
        SELECT FROM procrastinate_jobs j
        WHERE j.task_name = 'evaluation.run' AND j.status = 'todo' AND j.queue_name = e.queue)
    ORDER BY e.id LIMIT :batch
    """
)


def take_turn(db: Session) -> bool:
    """Whether this transaction may watch; at most one does at a time."""
    sql = "SELECT pg_try_advisory_xact_lock(hashtextextended('evaluation/watchdog', 0))"
    return bool(db.execute(text(sql)).scalar())


def expired(db: Session) -> list[AnyRow]:
    """Evaluations and attempts whose lease ran out by the database's clock, locked; those being written are skipped."""
    return list(
        db.execute(
            select(Evaluation, Attempt)
            .join(Attempt, col(Attempt.evaluation_id) == Evaluation.id)
            .where(
                col(Attempt.state).in_(HOLDING),
                Attempt.lease_expires_at < func.clock_timestamp(),
            )
            .order_by(col(Attempt.lease_expires_at))
            .limit(BATCH)
            .with_for_update(skip_locked=True, key_share=True)
        ).all()
    )


def overdue(db: Session) -> list[Evaluation]:
    """Evaluations that are not over and passed their deadline, locked."""
    return list(
        db.exec(
            select(Evaluation)
            .where(col(Evaluation.state).in_(ACTIVE), Evaluation.deadline_at < func.clock_timestamp())
            .order_by(col(Evaluation.deadline_at))
            .limit(BATCH)
            .with_for_update(skip_locked=True, key_share=True)
        ).all()
    )


def orphaned(db: Session) -> list[Evaluation]:
    """Running evaluations without an attempt that holds a lease, locked (no code path leaves one; a restore might)."""
    holding = (
        select(Attempt.id)
        .where(Attempt.evaluation_id == Evaluation.id, col(Attempt.state).in_(HOLDING))
        .exists()
    )
    running = (EvaluationState.predicting, EvaluationState.scoring)
    return list(
        db.exec(
            select(Evaluation)
            .where(col(Evaluation.state).in_(running), ~holding)
            .limit(BATCH)
            .with_for_update(skip_locked=True, key_share=True)
        ).all()
    )


def untold(db: Session, age_s: float = 30.0) -> list[uuid.UUID]:
    """Evaluations that wait in a queue in which no job waits to wake a worker for them."""
    return list(db.execute(_UNTOLD, {"age": age_s, "batch": BATCH}).scalars())
