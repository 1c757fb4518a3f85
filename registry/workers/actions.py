"""What happens to workers: they sign on, show life, drain, and go. And the rule of the queue changes."""

import datetime as dt
import uuid
from dataclasses import dataclass

from portal.audit.actions import record
from portal.kit.actor import SYSTEM, Actor
from portal.kit.clock import now
from portal.kit.db import Session, lock_key, notify
from portal.kit.errors import Forbidden, Invalid, NotFound
from portal.kit.events import CHANNEL
from portal.kit.i18n import _
from portal.kit.states import check_move
from registry.workers import queries
from registry.workers.forms import RuleForm
from registry.workers.models import GONE_S, WORKER_TRANSITIONS, StationDrain, Worker, WorkerState

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
    station: str = ""
    public_key: str = ""


def sign_on(db: Session, described: Described) -> uuid.UUID:
    """Enter a worker that has started; its id. At a station that was drained it drains from the first moment."""
    here, station = now(), described.station[:120]
    _hold(db, station)
    drain = queries.drain_of(db, station)
    worker = Worker(
        **{
            **vars(described),
            "queues": list(described.queues),
            "name": described.name[:120],
            "station": station,
        },
        state=WorkerState.draining if drain else WorkerState.running,
        reason=drain.reason if drain else "",
        seen_at=here,
        deadline_at=here + dt.timedelta(seconds=GONE_S),
    )
    db.add(worker)
    db.flush()
    record(
        db,
        SYSTEM,
        verb="worker.signed_on",
        object=worker,
        name=worker.name,
        queues=worker.queues,
        key=worker.public_key,
    )
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
    """Let a worker finish what runs and take nothing new; it stays signed on. So do all of its station, over restarts,
    until it is resumed.
    """
    given = _given(reason)
    worker = _asked(db, actor, worker_id, WorkerState.draining)
    if worker.station:
        db.merge(StationDrain(station=worker.station, reason=given))
    _turn(db, actor, worker, given)
    return worker


def resume(db: Session, actor: Actor, *, worker_id: uuid.UUID) -> Worker:
    """Let a drained worker, and its station, take work again."""
    worker = _asked(db, actor, worker_id, WorkerState.running)
    if drain := queries.drain_of(db, worker.station):
        db.delete(drain)
    _turn(db, actor, worker, "")
    return worker


def release(db: Session, actor: Actor, *, station: str) -> None:
    """Let whoever signs on at a station where nobody works take work again. Twice is once."""
    _administrator(actor)
    _hold(db, station)
    drain = queries.drain_of(db, station)
    if drain is None:
        return
    back = queries.colleagues(db, station, WorkerState.draining)
    if back:  # somebody came back in the meantime
        resume(db, actor, worker_id=back[0].id)
        return
    db.delete(drain)
    record(db, actor, verb="station.released", object=drain, reason=drain.reason, station=station)
    db.flush()


def _hold(db: Session, station: str) -> None:
    """Whoever signs on at a station and whoever drains it go one after the other."""
    lock_key(db, "worker-station", station)


def _asked(db: Session, actor: Actor, worker_id: uuid.UUID, new: WorkerState) -> Worker:
    """The worker under lock, if the actor may turn it so."""
    _administrator(actor)
    known = queries.one(db, worker_id)
    if known is None:
        raise NotFound(_("There is no such worker."))
    _hold(db, known.station)
    worker = queries.locked(db, worker_id)
    if worker is None:
        raise NotFound(_("There is no such worker."))
    check_move(WORKER_TRANSITIONS, worker.state, new, "system_admin")
    return worker


def _turn(db: Session, actor: Actor, worker: Worker, reason: str) -> None:
    old = worker.state
    new = WorkerState.draining if old is WorkerState.running else WorkerState.running
    verb = "worker.drained" if new is WorkerState.draining else "worker.resumed"
    others = queries.colleagues(db, worker.station, old) if worker.station else []
    for one in others or [worker]:
        one.state, one.reason = new, reason
        record(db, actor, verb=verb, object=one, reason=reason or None, name=one.name)
    db.flush()
    notify(db, CHANNEL, QUEUE_TOPIC)


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
