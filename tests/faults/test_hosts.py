"""Workers on other hosts: two network namespaces, one PostgreSQL over TCP with a role of least privilege, one S3."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlmodel import Session, select

from portal.kit import db as kit_db
from portal.kit import embedded
from portal.kit.grants import grant_worker
from portal.kit.migrate import upgrade
from portal.kit.storage import get_store, own_store
from portal.settings import get_settings
from registry.evaluation.models import Attempt, Evaluation, EvaluationState
from registry.workers.models import Worker
from tests.evaluation.tiny import Scene
from tests.faults.support import WorkerProcess, wait_for
from tests.support.make import Make
from tests.support.seaweed import Seaweed

PASSWORD = "a-long-worker-password"
HOSTS = {"gpu": ("10.231.7.1", "10.231.7.2"), "himem": ("10.231.7.5", "10.231.7.6")}
"""Per queue: the address of this side and that of the worker's."""


def ip(*words: str) -> None:
    """Run iproute2; a test that cannot make a network fails and says why."""
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"ip {' '.join(words)}: {done.stderr}"


@pytest.fixture
def hosts() -> Iterator[dict[str, str]]:
    """A network namespace per queue, each joined to this one by a cable of its own."""
    if shutil.which("ip") is None:
        subprocess.run(["apt-get", "install", "-y", "--no-install-recommends", "iproute2"], check=True)
    tag = f"c{os.getpid() % 100_000}"
    names = {queue: f"{tag}{queue}" for queue in HOSTS}
    try:
        for queue, (here, there) in HOSTS.items():
            outer, inner = f"{tag}{queue[:1]}o", f"{tag}{queue[:1]}i"
            ip("netns", "add", names[queue])
            ip("link", "add", outer, "type", "veth", "peer", "name", inner, "netns", names[queue])
            ip("addr", "add", f"{here}/30", "dev", outer)
            ip("link", "set", outer, "up")
            ip("-n", names[queue], "addr", "add", f"{there}/30", "dev", inner)
            ip("-n", names[queue], "link", "set", inner, "up")
            ip("-n", names[queue], "link", "set", "lo", "up")
        yield names
    finally:
        for name in names.values():
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)


@pytest.fixture
def server(hosts: dict[str, str], database_url: str, _database: None) -> Iterator[embedded.Server]:
    """A PostgreSQL that listens on both cables and asks for passwords there."""
    folder = Path(tempfile.mkdtemp(prefix="cspon-hosts-"))
    folder.chmod(0o711)
    first = embedded.start(folder, durable=False, join=False)
    try:
        upgrade(first.url)
        hba = first.cluster.data / "pg_hba_hosts.conf"
        hba.write_text("local all all peer map=cspon\nhost all all 10.231.7.0/24 scram-sha-256\n")
        os.chown(hba, first.cluster.account.uid, first.cluster.account.gid)
        addresses = ",".join(here for here, _there in HOSTS.values())
        with psycopg.connect(first.url.replace("+psycopg", "", 1), autocommit=True) as connection:
            connection.execute(f"ALTER SYSTEM SET listen_addresses = '{addresses}'")
            connection.execute(f"ALTER SYSTEM SET hba_file = '{hba}'")
    finally:
        first.stop()
    second = embedded.start(folder, durable=False, join=False)
    kit_db.configure(second.url)
    yield second
    kit_db.engine().dispose()
    second.stop()
    kit_db.configure(database_url)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Seaweed]:
    """One S3 service that all hosts reach."""
    with Seaweed(tmp_path, everywhere=True) as seaweed:
        values = {"STORE_URL": "s3://cspon", "S3_ENDPOINT": f"127.0.0.1:{seaweed.port}", "S3_SECURE": "false",
                  "S3_ACCESS_KEY": "any", "S3_SECRET_KEY": "any"}  # fmt: skip
        for name, value in values.items():
            monkeypatch.setenv(f"CSPON_{name}", value)
        get_settings.cache_clear()
        own_store.cache_clear()
        get_store().check()
        yield seaweed
    monkeypatch.undo()
    get_settings.cache_clear()
    own_store.cache_clear()


def worker_there(
    queue: str, namespace: str, server: embedded.Server, store: Seaweed, home: Path
) -> WorkerProcess:
    """A worker that has nothing but the network, a role and the store."""
    role = grant_worker(server.url, queue, PASSWORD)
    here, _there = HOSTS[queue]
    home.mkdir()
    home.chmod(0o711)
    return WorkerProcess(
        f"postgresql://{role}:{PASSWORD}@{here}:5432/cspon",
        home,
        before=["nsenter", f"--net=/run/netns/{namespace}", "--"],
        options=["--queues", queue],
        env={"CSPON_S3_ENDPOINT": f"{here}:{store.port}", "CSPON_WORKER_SLOTS": "1"},
    )


@pytest.mark.slow
def test_workers_on_two_hosts_evaluate_each_its_queue(
    hosts: dict[str, str], server: embedded.Server, store: Seaweed
) -> None:
    work = Path(tempfile.mkdtemp(prefix="cspon-far-", dir="/var/tmp"))
    work.chmod(0o711)
    with contextlib.ExitStack() as stack, Session(kit_db.engine(), expire_on_commit=False) as db:
        stack.callback(shutil.rmtree, work, ignore_errors=True)
        workers = {q: worker_there(q, hosts[q], server, store, work / q) for q in HOSTS}
        for worker in workers.values():
            stack.callback(lambda w=worker: w.process.poll() is None and w.kill())
            worker.start()
        waiting = {}
        for queue in HOSTS:
            scene = Scene(db, Make(db), limits={"time_s": 60, "memory_mb": 256, "queue": queue})
            waiting[queue] = scene.request(scene.program())

        def over() -> bool:
            db.rollback()
            return not db.exec(select(Evaluation).where(Evaluation.finished_at.is_(None))).all()  # type: ignore[union-attr]

        wait_for(over)
        words = "\n".join(worker.words for worker in workers.values())
        assert {e.state for e in db.exec(select(Evaluation))} == {EvaluationState.done}, words
        by = {a.evaluation_id: a.worker for a in db.exec(select(Attempt))}
        pids = {w.name: w.queues for w in db.exec(select(Worker))}
        assert {queue: pids[by[waiting[queue]]] for queue in HOSTS} == {q: [q] for q in HOSTS}
        assert [worker.stop() for worker in workers.values()] == [0, 0]
        assert "permission denied" not in words
        assert "InsufficientPrivilege" not in words
