"""Workers sign on, show life, drain, and go; nothing stays in a state without an end."""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session

from portal.kit.db import transaction
from portal.kit.errors import Conflict, Forbidden, Invalid, NotFound
from portal.kit.ids import new_id
from portal.worker.presence import gpu_model
from registry.evaluation import actions as evaluations
from registry.workers import actions, queries
from registry.workers.models import Worker, WorkerState
from tests.evaluation.tiny import actor
from tests.support.make import Make
from tests.workers.support import signed_on


def test_a_silent_worker_is_gone_after_its_deadline(db: Session) -> None:
    silent, lively = signed_on("a:1"), signed_on("b:2")
    db.execute(text("UPDATE worker SET deadline_at = clock_timestamp() - interval '1 second'"))
    db.commit()
    with transaction() as session:
        assert queries.beat(session, lively, {}) is WorkerState.running
    with transaction() as session:
        evaluations.watch(session)
    db.expire_all()
    assert db.get_one(Worker, silent).state is WorkerState.gone
    assert db.get_one(Worker, silent).ended_at is not None
    assert db.get_one(Worker, lively).state is WorkerState.running
    with transaction() as session:
        assert queries.beat(session, silent, {}) is None  # it signs on again as a new one
    verbs = text("SELECT verb FROM audit_event WHERE object_type = 'worker' ORDER BY seq")
    assert db.execute(verbs).scalars().all() == ["worker.signed_on", "worker.signed_on", "worker.gone"]


def test_draining_outlives_beats_and_ends_by_resuming(db: Session, make: Make) -> None:
    admin = actor(make.account(), roles=("system_admin",))
    worker_id = signed_on()
    with transaction() as session:
        actions.drain(session, admin, worker_id=worker_id, reason="换内存")
    with transaction() as session:
        assert queries.beat(session, worker_id, {}) is WorkerState.draining
        assert not queries.may_claim(session, worker_id)
        assert queries.capacity(session) == []
    with pytest.raises(Conflict), transaction() as session:
        actions.drain(session, admin, worker_id=worker_id, reason="again")
    with transaction() as session:
        actions.resume(session, admin, worker_id=worker_id)
        assert [(row.queue, row.workers, row.slots) for row in queries.capacity(session)] == [("cpu", 1, 2)]


def test_a_drain_holds_over_restarts_until_it_is_resumed(db: Session, make: Make) -> None:
    admin = actor(make.account(), roles=("system_admin",))
    first, colleague = signed_on("hall:1", station="hall/gpu"), signed_on("hall:2", station="hall/gpu")
    other = signed_on("hall:3", station="hall/cpu")
    with transaction() as session:
        actions.drain(session, admin, worker_id=first, reason="换内存")
    with transaction() as session:
        assert not queries.may_claim(session, colleague), "a drain is the station's"
        assert queries.may_claim(session, other)
        assert queries.drained_and_away(session) == []
        for worker_id in (first, colleague):
            actions.sign_off(session, worker_id)
    with transaction() as session:
        assert [row.reason for row in queries.drained_and_away(session)] == ["换内存"]
    again = signed_on("hall:9", station="hall/gpu")
    with transaction() as session:
        assert queries.beat(session, again, {}) is WorkerState.draining
        assert not queries.may_claim(session, again)
        actions.resume(session, admin, worker_id=again)
    with transaction() as session:
        assert queries.may_claim(session, again)
        actions.sign_off(session, again)
    fresh = signed_on("hall:10", station="hall/gpu")
    with transaction() as session:
        assert queries.may_claim(session, fresh)


def test_only_administrators_drain_and_only_with_a_reason(db: Session, make: Make) -> None:
    worker_id = signed_on()
    stranger = actor(make.account())
    admin = actor(make.account(), roles=("system_admin",))
    with pytest.raises(Forbidden), transaction() as session:
        actions.drain(session, stranger, worker_id=worker_id, reason="x")
    with pytest.raises(Forbidden), transaction() as session:
        actions.drain_site(session, stranger, reason="x")
    with pytest.raises(Invalid), transaction() as session:
        actions.drain(session, admin, worker_id=worker_id, reason="  ")
    with pytest.raises(NotFound), transaction() as session:
        actions.drain(session, admin, worker_id=new_id(), reason="x")


def test_the_site_drains_and_resumes_once_however_often_one_asks(db: Session, make: Make) -> None:
    admin = actor(make.account(), roles=("system_admin",))
    for _ in range(2):
        with transaction() as session:
            actions.drain_site(session, admin, reason="停电")
    assert queries.rule(db).drained_at is not None
    db.rollback()
    for _ in range(2):
        with transaction() as session:
            actions.resume_site(session, admin)
    verbs = text("SELECT verb FROM audit_event WHERE verb LIKE 'queue.%' ORDER BY seq")
    assert db.execute(verbs).scalars().all() == ["queue.drained", "queue.resumed"]


def test_signing_off_twice_is_once(db: Session) -> None:
    worker_id = signed_on()
    for _ in range(2):
        with transaction() as session:
            actions.sign_off(session, worker_id)
    assert db.get_one(Worker, worker_id).state is WorkerState.gone


def test_capacity_counts_every_queue_of_a_worker(db: Session) -> None:
    signed_on("a:1", queues=("cpu", "gpu"), slots=3)
    signed_on("b:1", queues=("cpu",), slots=1)
    signed_on("c:1", queues=())
    assert [(row.queue, row.workers, row.slots) for row in queries.capacity(db)] == [
        ("cpu", 2, 4),
        ("gpu", 1, 3),
    ]


def test_gpus_are_named_as_the_driver_names_them(tmp_path: Path) -> None:
    assert gpu_model(tmp_path / "absent") == ""
    for number in range(2):
        folder = tmp_path / f"0000:0{number}:00.0"
        folder.mkdir()
        (folder / "information").write_text("Model: \t\t NVIDIA L20\nIRQ: 1\n")
    assert gpu_model(tmp_path) == "NVIDIA L20, NVIDIA L20"
