"""The worker as a process: it works, stops in good order, and gives back what it had."""

import time

from sqlalchemy import text
from sqlmodel import Session, select

from registry.evaluation.models import Attempt, AttemptState, BoardEntry, Evaluation, EvaluationState, Result
from tests.evaluation.tiny import PERFECT, Scene, answers
from tests.faults.support import WorkerProcess, is_over, living, state_of, wait_for
from tests.support.make import Make

SLOW = "import time\ntime.sleep(30)\n"


def test_a_worker_process_scores_ranks_and_stops(db: Session, make: Make, worker: WorkerProcess) -> None:
    scene = Scene(db, make)
    worker.start()
    ids = [scene.request(version) for version in (scene.program(), scene.predictions(answers(1.0)))]
    for evaluation_id in ids:
        wait_for(lambda one=evaluation_id: is_over(one))
    assert {e.state for e in db.exec(select(Evaluation))} == {EvaluationState.done}, worker.words
    wait_for(lambda: len(db.exec(select(BoardEntry)).all()) == 2 or db.rollback())
    assert worker.stop() == 0, worker.words
    assert "Traceback" not in worker.words, worker.words
    left = "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND task_name LIKE 'evaluation.%'"
    assert db.execute(text(left + " AND task_name <> 'evaluation.watchdog'")).scalar() == 0


def test_stopping_gives_a_running_attempt_back_uncounted(
    db: Session, make: Make, worker: WorkerProcess
) -> None:
    scene = Scene(db, make, limits={"time_s": 60, "memory_mb": 256})
    worker.start()
    evaluation_id = scene.request(scene.program(SLOW))
    wait_for(lambda: len(worker.children()) > 0 and state_of(evaluation_id) is EvaluationState.predicting)
    children = worker.children()
    began = time.monotonic()
    assert worker.stop() == 0, worker.words
    assert time.monotonic() - began < 15
    assert living(children) == []
    evaluation = db.get_one(Evaluation, evaluation_id)
    assert (evaluation.state, evaluation.attempt_count) == (EvaluationState.queued, 0), worker.words
    assert db.exec(select(Attempt)).one().failure_code == "released"


def test_cancelling_ends_the_jail_soon(db: Session, make: Make, worker: WorkerProcess) -> None:
    from portal.kit.db import transaction
    from registry.evaluation import actions
    from tests.evaluation.tiny import actor

    scene = Scene(db, make, limits={"time_s": 60, "memory_mb": 256})
    worker.start()
    evaluation_id = scene.request(scene.program(SLOW))
    wait_for(lambda: len(worker.children()) > 0)
    children = worker.children()
    with transaction() as session:
        actions.cancel(session, actor(scene.researcher), evaluation_id=evaluation_id)
    wait_for(lambda: not living(children), 10)
    assert state_of(evaluation_id) is EvaluationState.cancelled
    after = scene.request(scene.program(PERFECT))
    wait_for(lambda: is_over(after))
    assert state_of(after) is EvaluationState.done, worker.words


def test_a_killed_worker_is_replaced(db: Session, make: Make, worker: WorkerProcess) -> None:
    scene = Scene(db, make)
    worker.start()
    evaluation_id = scene.request(scene.program("import time\ntime.sleep(2)\n" + PERFECT))
    wait_for(lambda: len(worker.children()) > 0)
    children = worker.kill()
    wait_for(lambda: not living(children), 2.0)
    worker.start()
    wait_for(lambda: is_over(evaluation_id))
    db.expire_all()
    assert db.get_one(Evaluation, evaluation_id).state is EvaluationState.done, worker.words
    assert [a.state for a in db.exec(select(Attempt).order_by(Attempt.number))] == [  # type: ignore[arg-type]
        AttemptState.lost,
        AttemptState.succeeded,
    ]
    assert len(db.exec(select(Result)).all()) == 1
