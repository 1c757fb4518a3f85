"""A worker that is killed takes its jails with it, and the next one finds and clears what it left."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from secrets import token_hex

import pytest

from registry.sandbox.backend import SandboxBackend
from registry.sandbox.cgroups import find_tree
from registry.sandbox.detect import detect
from registry.sandbox.identity import Worker, is_stale
from registry.sandbox.runtimes import Runtime
from registry.sandbox.workplace import Workplace
from tests.sandbox.conformance import cgroups_of

LIMIT_S = 2.0


def alive(token: str) -> list[int]:
    """Processes with the token in their command line; zombies have none."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if token.encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def start_worker(work: Path, runtime: Runtime, token: str) -> subprocess.Popen[str]:
    root = runtime.path.parent.parent
    command = [sys.executable, "-m", "tests.sandbox.doomed_worker", str(work), runtime.name, str(root), token]
    worker = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    while "READY" not in (line := worker.stdout.readline()):
        assert line, "the worker ended before its jail ran"
    return worker


def own_groups(pid: int) -> list[Path]:
    return [Path(each) for each in cgroups_of(pid)]


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_jail_outlives_its_worker(
    sent: signal.Signals, work: Path, backend: SandboxBackend, runtime: Runtime
) -> None:
    token, place = token_hex(8), work / f"doomed-{sent.name}"
    with start_worker(place, runtime, token) as worker:
        assert len(alive(token)) >= 4  # the worker, nsjail and the program with its children
        worker.send_signal(sent)
        worker.wait(10)
    until = time.monotonic() + LIMIT_S
    while alive(token) and time.monotonic() < until:
        time.sleep(0.02)
    assert alive(token) == []
    if sent is signal.SIGKILL and backend.grade == "strong":
        assert own_groups(worker.pid) != []
        assert str(place) in Path("/proc/self/mountinfo").read_text()
    detect(weak_allowed=True, work=place).sweep()
    assert own_groups(worker.pid) == []
    assert str(place) not in Path("/proc/self/mountinfo").read_text()
    assert list((place / "jobs").iterdir()) == []


def test_a_sweep_leaves_the_living_alone(work: Path, backend: SandboxBackend, runtime: Runtime) -> None:
    token, place = token_hex(8), work / "living"
    with start_worker(place, runtime, token) as worker:
        try:
            before = set(alive(token))
            detect(weak_allowed=True, work=place).sweep()
            assert before <= set(alive(token))
        finally:
            worker.kill()
    detect(weak_allowed=True, work=place).sweep()


def test_names_tell_the_dead_from_the_living(work: Path) -> None:
    mine = Worker.this()
    assert not is_stale(mine.name("a1"))
    assert is_stale(Worker(mine.namespace, mine.pid, mine.started - 1).name("a1"))
    assert is_stale(Worker(mine.namespace, 2**22 + 1, 5).name("a1"))
    assert not is_stale(Worker(mine.namespace + 1, 2**22 + 1, 5).name("a1"))
    for other in ("cspon-worker", "system.slice", "cspon-1-2", "cspon-1-2-x-a"):
        assert not is_stale(other)


def test_a_sweep_unmounts_and_deletes_the_folders_of_the_dead(work: Path) -> None:
    place = Workplace(work / "leavings")
    mine = place.worker
    dead = place.jobs / Worker(mine.namespace, mine.pid, mine.started - 1).name("ab")
    (dead / "output/closed").mkdir(parents=True)
    (dead / "output/closed").chmod(0)
    living = place.new_job()
    assert place.sweep() == [str(dead)]
    assert list(place.jobs.iterdir()) == [living]


def test_a_sweep_removes_stale_groups_and_kills_their_members(backend: SandboxBackend) -> None:
    """On a weak host there are no groups of ours, and the sweep says that there is nothing."""
    if backend.grade == "weak":
        assert backend.sweep() == []
        return
    tree, mine = find_tree(), Worker.this()
    name = Worker(mine.namespace, mine.pid, mine.started - 1).name("cd")
    group = tree.create(name, memory_bytes=64 << 20, processes=10, threads=1)
    joins = "".join(f"echo 0 > {path}; " for path in group.join_files)
    with subprocess.Popen(["/bin/sh", "-c", f"{joins}exec sleep 600"]) as member:
        while (
            len(group.members()) < 1 or b"sleep" not in Path(f"/proc/{member.pid}/cmdline").read_bytes()[:5]
        ):
            time.sleep(0.01)
        cleared = backend.sweep()
        assert member.wait(5) == -signal.SIGKILL
    assert {Path(each).name for each in cleared} == {name}
    assert not any(folder.exists() for folder in group.folders)
