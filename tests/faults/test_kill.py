"""kill -9 at random moments: each evaluation ends in exactly one result, and no jail outlives its worker."""

import random
import time

import pytest
from sqlalchemy import func, text
from sqlmodel import Session, select

from registry.evaluation.models import ACTIVE, Attempt, AttemptState, Evaluation, EvaluationState, Result
from tests.evaluation.tiny import PERFECT, Scene
from tests.faults.support import WorkerProcess, is_over, living, wait_for
from tests.support.make import Make

ROUNDS = 20
SEED = 20261122
PROGRAM = "import time\ntime.sleep(0.6)\n" + PERFECT
LONGEST_S = 1.6
OUTLIVES_S = 2.0


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_kill_9_at_20_random_moments(db: Session, make: Make, worker: WorkerProcess) -> None:
    scene = Scene(db, make, quota={"per_day": 100, "total": 100})
    moments = random.Random(SEED)
    ids = []
    hit = 0
    worker.start()
    for _ in range(ROUNDS):
        evaluation_id = scene.request(scene.program(PROGRAM))
        ids.append(evaluation_id)
        time.sleep(moments.uniform(0.0, LONGEST_S))
        children = worker.kill()
        hit += bool(children)
        wait_for(lambda those=children: not living(those), OUTLIVES_S)
        worker.start()
        wait_for(lambda one=evaluation_id: is_over(one))
    assert worker.stop() == 0
    assert hit >= ROUNDS // 4, "too few kills found a jail at work"
    states = db.exec(select(Evaluation.state)).all()
    assert list(states) == [EvaluationState.done] * ROUNDS
    per_evaluation = db.exec(select(func.count()).select_from(Result).group_by(Result.evaluation_id)).all()  # type: ignore[arg-type]
    assert list(per_evaluation) == [1] * ROUNDS
    accepted = db.exec(select(Attempt).where(Attempt.state == AttemptState.succeeded)).all()
    assert len(accepted) == ROUNDS
    assert not db.exec(select(Evaluation).where(Evaluation.state.in_(ACTIVE))).all()  # type: ignore[attr-defined]
    assert not db.exec(select(Attempt).where(Attempt.state.in_(["leased", "running"]))).all()  # type: ignore[attr-defined]
    audited = text("SELECT count(*) FROM audit_event WHERE verb = 'evaluation.done'")
    assert db.execute(audited).scalar() == ROUNDS
