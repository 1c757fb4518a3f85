"""Jobs of dead workers, full disks, stopping workers: what the queue says afterwards."""

import asyncio
import uuid
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from portal.kit.db import transaction
from portal.kit.jobs import defer
from portal.worker.main import split
from portal.worker.recovery import POISONOUS, recover_jobs
from registry.evaluation import tasks
from registry.evaluation.models import Attempt, Evaluation, EvaluationState
from registry.evaluation.run.place import Place, runtime_root
from registry.sandbox.slots import SlotPool
from tests.evaluation.tiny import Scene
from tests.support.make import Make


def job(db: Session, *, silent_s: float | None, attempts: int = 0, lock: str | None = None) -> int:
    """A job under way, whose worker was last heard of ``silent_s`` seconds ago (None: the worker's row is gone)."""
    with transaction() as session:
        defer(session, "evaluation.watchdog", queueing_lock=lock, timestamp=1)
    worker = None
    if silent_s is not None:
        row = "VALUES (now() - make_interval(secs => :s))"
        insert = f"INSERT INTO procrastinate_workers (last_heartbeat) {row} RETURNING id"
        worker = db.execute(text(insert), {"s": silent_s}).scalar()
    update = (
        "UPDATE procrastinate_jobs SET status = 'doing', worker_id = :w, attempts = :a "
        "WHERE id = (SELECT max(id) FROM procrastinate_jobs) RETURNING id"
    )
    found = db.execute(text(update), {"w": worker, "a": attempts}).scalar_one()
    db.commit()
    return int(found)


def status(db: Session, job_id: int) -> str:
    return str(
        db.execute(text("SELECT status FROM procrastinate_jobs WHERE id = :id"), {"id": job_id}).scalar()
    )


def recover() -> int:
    with transaction() as db:
        return recover_jobs(db)


@pytest.mark.parametrize(
    ("silent_s", "attempts", "after"),
    [
        (None, 0, "todo"),
        (3600.0, 0, "todo"),
        (1.0, 0, "doing"),
        (3600.0, POISONOUS - 1, "todo"),
        (3600.0, POISONOUS, "failed"),
    ],
)
def test_jobs_of_silent_workers_move_on(
    db: Session, silent_s: float | None, attempts: int, after: str
) -> None:
    job_id = job(db, silent_s=silent_s, attempts=attempts)
    assert recover() == (after != "doing")
    assert status(db, job_id) == after
    db.commit()
    assert recover() == 0, "a second look finds nothing"


def test_a_job_whose_twin_waits_is_closed(db: Session) -> None:
    first = job(db, silent_s=3600.0, lock="one at a time")
    with transaction() as session:
        defer(session, "evaluation.watchdog", queueing_lock="one at a time", timestamp=2)
    assert recover() == 1
    assert status(db, first) == "aborted"


def waiting(db: Session) -> list[Any]:
    db.commit()
    rows = (
        "SELECT scheduled_at FROM procrastinate_jobs WHERE task_name = 'evaluation.run' AND status = 'todo'"
    )
    return list(db.execute(text(rows)).scalars())


def place(tmp_path: Path, **changes: Any) -> Place:
    from portal.settings import get_settings
    from registry.sandbox.detect import detect

    backend = detect(weak_allowed=True)
    settings = get_settings().model_copy(update=changes)
    slots = SlotPool(tmp_path / "slots", 1)
    return Place(
        backend=backend, slots=slots, runtimes=runtime_root(settings), work=backend.work, settings=settings
    )


def take(here: Place, evaluation_id: uuid.UUID, db: Session) -> None:
    """Run the job as a fetcher would: it has left the queue before it runs."""
    db.execute(text("DELETE FROM procrastinate_jobs"))
    db.commit()
    tasks.work_in(here)
    try:
        asyncio.run(tasks.run(str(evaluation_id)))
    finally:
        tasks.work_in(None)


def test_a_full_disk_takes_nothing_and_loses_nothing(db: Session, make: Make, tmp_path: Path) -> None:
    scene = Scene(db, make)
    evaluation_id = scene.request(scene.predictions())
    here = place(tmp_path, worker_min_free_gb=1e9)
    assert not here.enough_disk()
    take(here, evaluation_id, db)
    assert db.get_one(Evaluation, evaluation_id).state is EvaluationState.queued
    assert db.exec(select(Attempt)).all() == []
    (later,) = waiting(db)
    assert later is not None, "it comes back a little later, perhaps to another worker"


def test_a_stopping_worker_puts_the_job_back(db: Session, make: Make, tmp_path: Path) -> None:
    scene = Scene(db, make)
    evaluation_id = scene.request(scene.predictions())
    here = place(tmp_path, worker_min_free_gb=0.0)
    here.stopping.set()
    take(here, evaluation_id, db)
    assert db.get_one(Evaluation, evaluation_id).state is EvaluationState.queued
    assert waiting(db) == [None]


def test_queues_are_split_by_capability() -> None:
    from portal.worker.main import load_tasks

    load_tasks()
    capable, others = split(None)
    assert capable == ["cpu"]
    assert "default" in others
    assert "cpu" not in others
    assert split(["gpu", "himem"]) == (["gpu", "himem"], [])
    assert split(["default"]) == ([], ["default"])


def test_a_process_without_a_place_runs_nothing() -> None:
    with pytest.raises(RuntimeError):
        asyncio.run(tasks.run(str(uuid.uuid4())))
