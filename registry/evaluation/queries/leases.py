"""Rows under lock, and the writes that hold only for whoever has the lease. All instants are the database's.

Locks are FOR NO KEY UPDATE (``key_share``): a piece of log refers to its evaluation, and checking that reference must
not wait for, and so deadlock with, whoever is just moving the evaluation on.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import String, Uuid, cast, func, insert, literal, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import col, select

from portal.kit.db import Session
from portal.kit.storage import Blob
from registry.evaluation.models import (
    ACTIVE,
    Attempt,
    AttemptLog,
    AttemptState,
    Evaluation,
    EvaluationState,
)
from registry.versions.queries import note_blobs

HOLDING = (AttemptState.leased, AttemptState.running)


@dataclass(frozen=True)
class Lease:
    """The right to write for one attempt. It is lost by an update of the attempt's row, never by a clock alone."""

    evaluation_id: uuid.UUID
    attempt_id: uuid.UUID
    number: int
    token: uuid.UUID


def locked(db: Session, evaluation_id: uuid.UUID) -> Evaluation | None:
    """An evaluation under lock."""
    return db.exec(
        select(Evaluation).where(Evaluation.id == evaluation_id).with_for_update(key_share=True)
    ).first()


def locked_queued(db: Session, evaluation_id: uuid.UUID) -> Evaluation | None:
    """An evaluation under lock if it waits; None when somebody else has it, or it is over."""
    return db.exec(
        select(Evaluation)
        .where(Evaluation.id == evaluation_id, Evaluation.state == EvaluationState.queued)
        .with_for_update(key_share=True)
    ).first()


def held(db: Session, lease: Lease) -> tuple[Evaluation, Attempt] | None:
    """Evaluation and attempt under lock, if the lease still holds; None: stop at once and write nothing."""
    row = db.execute(
        select(Evaluation, Attempt)
        .join(Attempt, col(Attempt.evaluation_id) == Evaluation.id)
        .where(
            Attempt.id == lease.attempt_id,
            Attempt.lease_token == lease.token,
            col(Attempt.state).in_(HOLDING),
            col(Evaluation.state).in_(ACTIVE),
        )
        .with_for_update(key_share=True)
    ).first()
    return (row[0], row[1]) if row else None


def live_attempt(db: Session, evaluation_id: uuid.UUID) -> Attempt | None:
    """The attempt that holds a lease on an evaluation (whose row the caller has locked), locked too."""
    return db.exec(
        select(Attempt)
        .where(Attempt.evaluation_id == evaluation_id, col(Attempt.state).in_(HOLDING))
        .with_for_update(key_share=True)
    ).first()


def next_number(db: Session, evaluation_id: uuid.UUID) -> int:
    """The number of the attempt to come (attempts given back by a stopping worker count here, not as tries)."""
    highest = db.execute(
        select(func.coalesce(func.max(Attempt.number), 0)).where(Attempt.evaluation_id == evaluation_id)
    ).scalar_one()
    return int(highest) + 1


def renew(db: Session, lease: Lease, seconds: float, samples: Sequence[Sequence[Any]] = ()) -> bool:
    """Lengthen the lease, mark the attempt running, add samples of its use. False: the lease is lost."""
    values: dict[str, Any] = {
        "state": AttemptState.running,
        "lease_expires_at": func.clock_timestamp() + dt.timedelta(seconds=seconds),
    }
    if samples:
        added = cast([list(sample) for sample in samples], JSONB)
        values["usage"] = col(Attempt.usage).op("||")(added)
    changed = (
        update(Attempt)
        .where(
            col(Attempt.id) == lease.attempt_id,
            col(Attempt.lease_token) == lease.token,
            col(Attempt.state).in_(HOLDING),
        )
        .values(**values)
        .returning(col(Attempt.id))
        .execution_options(synchronize_session=False)
    )
    return db.execute(changed).first() is not None


def add_log(db: Session, lease: Lease, phase: str, text: str) -> bool:
    """Keep a piece of the log. False: the lease is lost."""
    row = select(
        cast(literal(str(lease.evaluation_id)), Uuid()),
        cast(literal(lease.number), AttemptLog.__table__.c.attempt_no.type),  # type: ignore[attr-defined]
        cast(literal(phase), String()),
        cast(literal(text), String()),
    ).where(
        select(Attempt.id)
        .where(
            Attempt.id == lease.attempt_id,
            Attempt.lease_token == lease.token,
            col(Attempt.state).in_(HOLDING),
        )
        .exists()
    )
    names = ["evaluation_id", "attempt_no", "phase", "text"]
    added = insert(AttemptLog).from_select(names, row).returning(col(AttemptLog.id))
    return db.execute(added).first() is not None


def know_blob(db: Session, sha256: str, size: int) -> None:
    """Name a file that lies in the store already; known ones stay as they are."""
    note_blobs(db, [Blob(sha256, size)])
