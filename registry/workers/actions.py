"""What happens to workers: they sign on, show life, drain, and go. And the rule of the queue changes."""

import datetime as dt
import uuid
from dataclasses import dataclass

from portal.audit.actions import record
from portal.kit.actor import SYSTEM, Actor
from portal.kit.clock import now
from portal.kit.db import Session, notify
from portal.kit.errors import Forbidden, Invalid, NotFound
from portal.kit.events import CHANNEL
from portal.kit.i18n import _
from portal.kit.states import check_move
from registry.workers import queries
from registry.workers.forms import RuleForm
from registry.workers.models import GONE_S, WORKER_TRANSITIONS, Worker, WorkerState

QUEUE_TOPIC = "queue"
"""Where readers of the queue's pages wait."""


@dataclass(frozen=True)
class Described:
    """What a worker says of itself."""

    name: str
    host: str
    pid: int
    version: str
    queues: tuple[str, ...]
    runtimes: dict[str, str]
    sandbox_grade: str
    slots: int
    cores: int
    memory_bytes: int
    gpu: str = ""


def sign_on(db: Session, described: Described) -> uuid.UUID:
    """Enter a worker that has started; its id."""
    here = now()
    worker = Worker(
        **{**vars(described), "queues": list(described.queues), "name": described.name[:120]},
        seen_at=here,
        deadline_at=here + dt.timedelta(seconds=GONE_S),
    )
    db.add(worker)
    db.flush()
    record(db, SYSTEM, verb="worker.signed_on", object=worker, name=worker.name, queues=worker.queues)
    notify(db, CHANNEL, QUEUE_TOPIC)
    return worker.id


def sign_off(db: Session, worker_id: uuid.UUID, *, reason: str = "stopped") -> None:
    """A worker ends. Twice is once."""
    worker = queries.locked(db, worker_id)
    if worker is not None and worker.state is not WorkerState.gone:
        _go(db, worker, reason)


def _go(db: Session, worker: Worker, reason: str) -> None:
    check_move(WORKER_TRANSITIONS, worker.state, WorkerState.gone, "system")
    worker.state = WorkerState.gone
    worker.ended_at = now()
    record(db, SYSTEM, verb="worker.gone", object=worker, reason=reason, name=worker.name)
    db.flush()
    notify(db, CHANNEL, QUEUE_TOPIC)


def reap(db: Session) -> int:
    """Workers that gave no sign of life until their deadline are gone; how many."""
    late = queries.overdue(db)
    for worker in late:
        _go(db, worker, "no sign of life")
    if late:
        queries.forget(db)
    return len(late)


def drain(db: Session, actor: Actor, *, worker_id: uuid.UUID, reason: str) -> Worker:
    """Let a worker finish what runs and take nothing new; it stays signed on."""
    return _turn(db, actor, worker_id, WorkerState.draining, _given(reason))


def resume(db: Session, actor: Actor, *, worker_id: uuid.UUID) -> Worker:
    """Let a drained worker take work again."""
    return _turn(db, actor, worker_id, WorkerState.running, "")


def _turn(db: Session, actor: Actor, worker_id: uuid.UUID, new: WorkerState, reason: str) -> Worker:
    _administrator(actor)
    worker = queries.locked(db, worker_id)
    if worker is None:
        raise NotFound(_("There is no such worker."))
    check_move(WORKER_TRANSITIONS, worker.state, new, "system_admin")
    worker.state, worker.reason = new, reason
    verb = "worker.drained" if new is WorkerState.draining else "worker.resumed"
    record(db, actor, verb=verb, object=worker, reason=reason or None, name=worker.name)
    db.flush()
    notify(db, CHANNEL, QUEUE_TOPIC)
    return worker


def drain_site(db: Session, actor: Actor, *, reason: str) -> None:
    """No worker takes an evaluation until the site is resumed; what runs is finished. Twice is once."""
    _administrator(actor)
    given = _given(reason)
    rule = queries.locked_rule(db)
    if rule.drained_at is None:
        rule.drained_at, rule.drain_reason = now(), given
        record(db, actor, verb="queue.drained", object=rule, reason=given)
        db.flush()
        notify(db, CHANNEL, QUEUE_TOPIC)


def resume_site(db: Session, actor: Actor) -> None:
    """Workers take evaluations again. Twice is once."""
    _administrator(actor)
    rule = queries.locked_rule(db)
    if rule.drained_at is not None:
        rule.drained_at, rule.drain_reason = None, ""
        record(db, actor, verb="queue.resumed", object=rule)
        db.flush()
        notify(db, CHANNEL, QUEUE_TOPIC)


def change_rule(db: Session, actor: Actor, form: RuleForm, *, reason: str) -> None:
    """Set the figures of the queue; the old and the new ones are recorded with the reason."""
    _administrator(actor)
    given = _given(reason)
    rule = queries.locked_rule(db)
    wanted = form.model_dump()
    before = {name: getattr(rule, name) for name in wanted}
    for name, value in wanted.items():
        setattr(rule, name, value)
    record(db, actor, verb="queue.rule_changed", object=rule, reason=given, before=before, after=wanted)
    db.flush()


def _administrator(actor: Actor) -> None:
    if not (actor.is_system or actor.has("system_admin")):
        raise Forbidden(_("This page is for other roles than yours."))


def _given(reason: str) -> str:
    if not reason.strip():
        raise Invalid(_("Please give a reason."))
    return reason.strip()[:300]
