"""The moves of a leased row: it waits, is taken, goes back, ends; and the watchdog."""

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from portal.audit.actions import record
from portal.kit.actor import SYSTEM, Actor
from portal.kit.clock import now
from portal.kit.db import Session, notify
from portal.kit.events import CHANNEL
from portal.kit.ids import new_id
from portal.kit.jobs import defer
from portal.kit.states import check_move, is_final
from registry.leases import queries
from registry.leases.models import Held, R, Terms


class LeaseLost(Exception):  # noqa: N818 - not a fault: somebody else has taken over, or nobody wants it any more
    """The lease does not hold any more: write nothing, end the jail."""


def wait(db: Session, terms: Terms[R], row: R) -> None:
    """Let a row, new or locked by the caller, wait for a worker: its deadline, and the job that starts it."""
    row.deadline_at = queries.instant(db) + dt.timedelta(seconds=terms.waits_s)
    db.flush()
    announce(db, terms, row.id)


def announce(db: Session, terms: Terms[Any], row_id: uuid.UUID) -> None:
    """Have a worker told of a waiting row; at most one job waits for each."""
    given: dict[str, Any] = {terms.argument: str(row_id)}
    defer(db, terms.job, queue=terms.queue, queueing_lock=f"{terms.noun}/{row_id}", **given)


def move(
    db: Session, actor: Actor, terms: Terms[R], row: R, new: StrEnum, *, who: str = "system", **evidence: Any
) -> None:
    """Move a row that the caller has locked. Whoever held its lease holds it no more."""
    check_move(terms.transitions, row.state, new, who)
    old, row.state = row.state, new
    row.touch()
    row.lease_token = row.lease_expires_at = None
    if is_final(terms.transitions, new):
        row.finished_at = now()
    record(db, actor, verb=f"{terms.noun}.{new.value}", object=row, **{"from": old.value, **evidence})
    notify(db, CHANNEL, terms.topic(row))
    terms.moved(db, row)


def take(db: Session, terms: Terms[R], row: R, *, worker: str, lease_s: float, grade: str) -> uuid.UUID:
    """Lease a waiting row, which the caller has locked, to a worker: the token of the lease."""
    move(db, SYSTEM, terms, row, terms.running, worker=worker)
    here = queries.instant(db)
    row.attempt_count += 1
    row.lease_token = token = new_id()
    row.lease_expires_at = here + dt.timedelta(seconds=lease_s)
    row.deadline_at = here + dt.timedelta(seconds=terms.runs_s)
    row.worker, row.sandbox_grade = worker[:120], grade
    db.flush()
    return token


def held(db: Session, terms: Terms[R], lease: Held) -> R:
    """The row under lock. `LeaseLost` where it is not ours any more; nothing may be written then."""
    row = queries.held(db, terms, lease)
    if row is None:
        raise LeaseLost
    return row


def give_back(db: Session, terms: Terms[R], lease: Held, *, counted: bool) -> None:
    """The worker stops, or the platform failed: the next one starts over; after ``tries`` failures it is broken."""
    row = held(db, terms, lease)
    if not counted:
        row.attempt_count -= 1
    requeue(db, terms, row)


def requeue(db: Session, terms: Terms[R], row: R) -> None:
    """Let a row that the caller has locked wait again; or end it where it has failed too often, or waited too long."""
    over = row.state is terms.queued or row.attempt_count >= terms.tries
    move(db, SYSTEM, terms, row, terms.broken if over else terms.queued, attempts=row.attempt_count)
    if not over:
        wait(db, terms, row)
    db.flush()


def watch(db: Session, terms: Terms[R]) -> int:
    """Move on rows whose worker was lost or whose deadline has passed, and start those nobody was told of."""
    lost = queries.expired(db, terms)
    for row in lost:
        requeue(db, terms, row)
    untold = [queries.locked(db, terms, row_id, terms.queued) for row_id in queries.untold(db, terms)]
    for waiting in untold:
        if waiting is not None:
            announce(db, terms, waiting.id)
            waiting.touch()
    db.flush()
    return len(lost) + len(untold)
