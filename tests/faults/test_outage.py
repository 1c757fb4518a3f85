"""PostgreSQL away in mid-evaluation: nothing lost, nothing doubled, recovery without hands."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session, select

from portal.kit import db as kit_db
from portal.kit import embedded
from portal.kit.migrate import upgrade
from registry.evaluation.models import Attempt, AttemptState, Evaluation, EvaluationState, Result
from tests.evaluation.tiny import PERFECT, Scene
from tests.faults.support import EXIT_RESTART, WorkerProcess, is_over, living, state_of, wait_for
from tests.support.make import Make


class Server:
    """A PostgreSQL of this test's own, which may be stopped and started."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.server = embedded.start(home, durable=True, join=False)
        self.url = self.server.url
        upgrade(self.url)

    def stop(self) -> None:
        self.server.stop(at_once=True)

    def start(self) -> None:
        self.server = embedded.start(self.home, durable=True, join=False)
        assert self.server.url == self.url, "the address must outlive a restart"


@pytest.fixture
def server(database_url: str, _database: None) -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="cspon-outage-"))
    folder.chmod(0o711)
    own = Server(folder)
    kit_db.configure(own.url)
    yield own
    kit_db.engine().dispose()
    own.stop()
    kit_db.configure(database_url)


def outage(
    server: Server, home: Path, away_s: float, lease_s: float, work_s: float
) -> tuple[list[Attempt], int]:
    """Stop the server while a program runs, for ``away_s`` seconds; start a worker that ends itself anew."""
    # The database was emptied since: to a worker that kept the checkpoint of before, that is a loss, and it would stop.
    shutil.rmtree(home / "log", ignore_errors=True)
    with Session(kit_db.engine(), expire_on_commit=False) as db:
        scene = Scene(db, Make(db), limits={"time_s": 120, "memory_mb": 256})
        program = scene.program(f"import time\ntime.sleep({work_s})\n" + PERFECT)
        evaluation_id = scene.request(program)
    worker = WorkerProcess(server.url, home, lease_s=lease_s, heartbeat_s=lease_s / 4.5)
    restarts = 0
    try:
        worker.start()
        wait_for(lambda: state_of(evaluation_id) is EvaluationState.predicting and worker.children())
        time.sleep(1.0)
        first = worker.children()
        server.stop()
        back = time.monotonic() + away_s
        while time.monotonic() < back:
            restarts += revive(worker, first)
            time.sleep(0.1)
        server.start()

        def done() -> bool:
            nonlocal restarts
            restarts += revive(worker, first)
            return is_over(evaluation_id)

        wait_for(done, 180)
        assert worker.stop() == 0, worker.words
    finally:
        if worker.process.poll() is None:
            worker.kill()
    with Session(kit_db.engine()) as db:
        assert db.exec(select(Evaluation.state)).all() == [EvaluationState.done], worker.words
        assert len(db.exec(select(Result)).all()) == 1
        return list(db.exec(select(Attempt).order_by(Attempt.number)).all()), restarts  # type: ignore[arg-type]


def revive(worker: WorkerProcess, jails: list[object]) -> int:
    """Start a worker that ended with the agreed code; its jails are gone then."""
    code = worker.process.poll()
    if code is None:
        return 0
    assert code == EXIT_RESTART, worker.words
    wait_for(lambda: not living(jails), 2.0)  # type: ignore[arg-type]
    time.sleep(0.5)
    worker.start(ready=False)
    return 1


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_five_seconds_cost_nothing(server: Server, home: Path) -> None:
    """The program goes on, its result waits for the database: one attempt, one result."""
    attempts, restarts = outage(server, home, away_s=5.0, lease_s=45.0, work_s=4.0)
    assert [attempt.state for attempt in attempts] == [AttemptState.succeeded]
    assert restarts == 0


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_forty_five_seconds_lose_and_double_nothing(server: Server, home: Path) -> None:
    """With the lease of the default settings, the worker may give up and start afresh; the result is one."""
    attempts, _restarts = outage(server, home, away_s=45.0, lease_s=45.0, work_s=8.0)
    assert [attempt.state for attempt in attempts].count(AttemptState.succeeded) == 1
    assert all(attempt.state in {AttemptState.succeeded, AttemptState.lost} for attempt in attempts)
    assert len(attempts) <= 2


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_longer_than_the_lease_ends_the_worker_and_its_jails(server: Server, home: Path) -> None:
    attempts, restarts = outage(server, home, away_s=15.0, lease_s=4.0, work_s=30.0)
    assert restarts >= 1
    assert [attempt.state for attempt in attempts] == [AttemptState.lost, AttemptState.succeeded]
