"""Trials in a real worker process: beside evaluations that hold every slot, and through its death."""

import pytest
from sqlmodel import Session

from registry.evaluation.models import ACTIVE
from registry.trials.models import TrialState
from tests.evaluation.tiny import Scene
from tests.faults.support import WorkerProcess, living, state_of, wait_for
from tests.support.browser import Client
from tests.support.make import Make
from tests.trials.studio import PROGRAM, Studio, over


@pytest.mark.slow
def test_a_trial_is_answered_while_evaluations_hold_every_slot(
    client: Client, db: Session, make: Make, worker: WorkerProcess
) -> None:
    scene, studio = Scene(db, make, limits={"time_s": 300, "memory_mb": 256}), Studio(db, make)
    endless = "import time\ntime.sleep(250)\n"
    held = [scene.request(scene.program(endless + f"# {n}\n")) for n in range(2)]
    worker.start()
    wait_for(lambda: all(state_of(one) in ACTIVE and state_of(one) != "queued" for one in held))
    trial_id = studio.asked(client, studio.program())
    wait_for(lambda: over(trial_id))
    assert studio.row(trial_id).state is TrialState.done, worker.words
    assert all(state_of(one) in ACTIVE for one in held)


@pytest.mark.slow
def test_a_killed_worker_loses_no_trial(
    client: Client, db: Session, make: Make, worker: WorkerProcess
) -> None:
    studio = Studio(db, make)
    worker.start()
    trial_id = studio.asked(client, studio.program("import time\ntime.sleep(3)\n" + PROGRAM))
    wait_for(lambda: studio.row(trial_id).state is TrialState.running and worker.children())
    children = worker.kill()
    wait_for(lambda: not living(children), 10)
    worker.start()
    wait_for(lambda: over(trial_id))
    assert studio.row(trial_id).state is TrialState.done, worker.words
    assert studio.row(trial_id).attempt_count == 2


@pytest.mark.slow
def test_a_stopping_worker_gives_a_trial_back_uncounted(
    client: Client, db: Session, make: Make, worker: WorkerProcess
) -> None:
    studio = Studio(db, make)
    worker.start()
    trial_id = studio.asked(client, studio.program("import time\ntime.sleep(15)\n"))
    wait_for(lambda: studio.row(trial_id).state is TrialState.running and worker.children())
    assert worker.stop() == 0, worker.words
    assert (studio.row(trial_id).state, studio.row(trial_id).attempt_count) == (TrialState.queued, 0)
