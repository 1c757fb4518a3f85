"""Several people, two workers, and workers that are killed: everybody gets the same slot-seconds, everything ends."""

import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, select

from registry.evaluation.models import ACTIVE, Attempt, AttemptState, Evaluation, EvaluationState, Result
from registry.workers.models import QueueRule
from tests.evaluation.tiny import PERFECT, Scene
from tests.faults.support import WorkerProcess, wait_for
from tests.support.make import Make, Person

KILL_EVERY_S = 10.0
TOLERANCE = 0.10


@pytest.fixture
def pair(database_url: str, database: None, home: Path) -> Iterator[list[WorkerProcess]]:
    """Two workers of one slot each, on one host."""
    workers = [WorkerProcess(database_url, home, env={"CSPON_WORKER_SLOTS": "1"}) for _ in range(2)]
    yield workers
    for worker in workers:
        if hasattr(worker, "process") and worker.process.poll() is None:
            worker.kill()


def submitted(scene: Scene, people: Sequence[Person], each: int, sleeps: Sequence[float]) -> None:
    """Everything of the first, then everything of the second: who came first must not matter."""
    for person, sleep in zip(people, sleeps, strict=True):
        asset = scene.make.asset(person)
        for n in range(each):
            program = f"import time\ntime.sleep({sleep})\n" + PERFECT
            version = scene.program(program, asset=asset, number=f"1.0.{n}")
            scene.request(version, person)


def left(db: Session) -> int:
    db.rollback()
    return len(db.exec(select(Evaluation.id).where(col(Evaluation.state).in_(ACTIVE))).all())


def shares(db: Session) -> tuple[dict[uuid.UUID, float], float, float]:
    """Each person's part of the slot-seconds used while everybody had work waiting; the parts of the longest attempt
    and of all that dead workers held.

    That time ends when somebody's last evaluation is claimed for the first time.
    """
    rows = db.execute(
        text(
            """
            WITH first AS (SELECT e.submitted_by, max(f.at) AS last FROM evaluation e JOIN LATERAL (
                SELECT min(started_at) AS at FROM attempt WHERE evaluation_id = e.id) f ON true GROUP BY 1),
            until AS (SELECT min(last) AS at FROM first)
            SELECT e.submitted_by, a.started_at, least(a.ended_at, u.at) AS ended_at, a.state
            FROM attempt a JOIN evaluation e ON e.id = a.evaluation_id, until u
            WHERE a.state IN ('succeeded', 'lost') AND a.started_at < u.at
            """
        )
    ).all()
    used: dict[uuid.UUID, float] = {}
    lengths, held = [0.0], 0.0
    for account, began, ended, state in rows:
        seconds = (ended - began).total_seconds()
        if state == AttemptState.lost:
            held += seconds
            continue
        lengths.append(seconds)
        used[account] = used.get(account, 0.0) + seconds
    total = sum(used.values())
    return {account: seconds / total for account, seconds in used.items()}, max(lengths) / total, held / total


def all_ended_once(db: Session, number: int) -> None:
    db.rollback()
    assert list(db.exec(select(Evaluation.state))) == [EvaluationState.done] * number
    assert len(db.exec(select(Result)).all()) == number
    accepted = db.exec(select(Attempt).where(Attempt.state == AttemptState.succeeded)).all()
    assert len(accepted) == number


def even(db: Session, people: int, *, caught_up: bool) -> None:
    """Within the tolerance, and one evaluation that cannot be divided.

    What a dead worker holds is charged until its lease ends and given back then: where the queue is too short to have
    ``caught_up`` since, that much may be missing as well.
    """
    parts, grain, held = shares(db)
    assert len(parts) == people
    worst = max(abs(part * people - 1) for part in parts.values())
    room = TOLERANCE + grain * people + (0 if caught_up else held * people)
    assert worst <= room, (parts, grain, held)


@pytest.mark.slow
def test_three_people_two_workers_one_kill(db: Session, make: Make, pair: list[WorkerProcess]) -> None:
    scene = Scene(db, make, quota={"per_day": 100, "total": 100})
    people = [make.account(f"人{n}") for n in range(3)]
    submitted(scene, people, 8, [0.1, 0.2, 0.3])
    for worker in pair:
        worker.start()
    wait_for(lambda: left(db) <= 16)
    pair[0].kill()
    pair[0].start()
    wait_for(lambda: left(db) == 0)
    assert [worker.stop() for worker in pair] == [0, 0]
    all_ended_once(db, 24)
    even(db, 3, caught_up=False)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_200_evaluations_of_4_people_while_workers_are_killed(
    db: Session, make: Make, pair: list[WorkerProcess]
) -> None:
    db.merge(QueueRule(id=1, user_running=100))
    db.commit()
    scene = Scene(db, make, quota={"per_day": 1000, "total": 1000})
    people = [make.account(f"人{n}") for n in range(4)]
    submitted(scene, people, 50, [0.1, 0.2, 0.4, 0.6])
    for worker in pair:
        worker.start()
    kills = 0
    due = time.monotonic() + KILL_EVERY_S
    while left(db):
        if time.monotonic() > due:
            victim = pair[kills % 2]
            victim.kill()
            victim.start(ready=False)
            kills += 1
            due = time.monotonic() + KILL_EVERY_S
        time.sleep(0.2)
    assert kills >= 3
    for worker in pair:
        worker.stop()
    all_ended_once(db, 200)
    even(db, 4, caught_up=True)
