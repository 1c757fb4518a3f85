"""What the policy refuses is counted by the kernel's records, in warm and cold jails alike."""

import errno
import os
import socket
import threading
import time
from pathlib import Path

import pytest

from registry.sandbox import denials
from registry.sandbox.backend import JailEnd, JailSpec, Limits, SandboxBackend
from registry.sandbox.denials import MOST_RECORDS, Denied, summed
from registry.sandbox.detect import detect
from registry.sandbox.nsjail import NsjailBackend
from registry.sandbox.runtimes import Runtime
from tests.sandbox.conformance import own_slot, run

SLOT = own_slot(47)
heard = pytest.mark.skipif(
    denials.ear() is None, reason="the kernel's audit records do not reach this process"
)
LINE = 'audit(1.0:1): auid=1 uid={} gid=1 ses=1 pid=5 comm="{}00000007" exe="/x" sig=0 arch=c syscall=41 compat=0'
SIX = """
import ctypes, socket
for _ in range(4):
    for family in (socket.AF_INET, socket.AF_NETLINK):
        try: socket.socket(family, socket.SOCK_RAW)
        except PermissionError: pass
calls = ctypes.CDLL(None)
for _ in range(3): calls.ptrace(0, 0, 0, 0)
print("done")
"""
HONEST = """
import concurrent.futures, multiprocessing, subprocess, sys, threading
import numpy as np
a = np.random.default_rng(0).random((400, 400))
with concurrent.futures.ThreadPoolExecutor(2) as pool:
    print(sum(pool.map(lambda n: float((a @ a).sum()), range(4))) > 0)
with multiprocessing.get_context("fork").Pool(1) as pool:
    print(pool.map(abs, [-1]))
print(subprocess.run([sys.executable, "-c", "print(1)"], capture_output=True).stdout)
"""


def spec_of(runtime: Runtime, code: str, wall_s: float = 60) -> JailSpec:
    return JailSpec(runtime, ["python", "-c", code], limits=Limits(wall_s=wall_s))


@heard
def test_refused_calls_are_counted(backend: SandboxBackend, runtime: Runtime) -> None:
    found = run(backend, spec_of(runtime, SIX), SLOT)
    assert found.outcome.end is JailEnd.OK, found.log
    assert found.outcome.denied == Denied(8, 3, {"socket": 8, "ptrace": 3}, True)


@heard
def test_honest_work_is_refused_nothing(backend: SandboxBackend, runtime: Runtime) -> None:
    """Threads, processes and linear algebra: libraries ask for newer calls first, and that is not counted."""
    found = run(backend, spec_of(runtime, HONEST), SLOT)
    assert found.outcome.end is JailEnd.OK, found.log
    assert found.outcome.denied == Denied(0, 0, {}, True)


@heard
def test_the_next_jail_begins_at_nothing(backend: SandboxBackend, runtime: Runtime) -> None:
    run(backend, spec_of(runtime, SIX), SLOT)
    assert run(backend, spec_of(runtime, "print(1)"), SLOT).outcome.denied == Denied(0, 0, {}, True)


@heard
def test_a_flood_is_ended(backend: SandboxBackend, runtime: Runtime) -> None:
    flood = "import ctypes\ncalls = ctypes.CDLL(None)\nwhile True: calls.socket(2, 1, 0)\n"
    found = run(backend, spec_of(runtime, flood), SLOT)
    assert found.outcome.end is JailEnd.DENIED_OVERFLOW
    assert found.outcome.values == {"most": MOST_RECORDS}
    denied = found.outcome.denied
    assert denied is not None
    assert denied.network > MOST_RECORDS / 2


@heard
def test_a_bell_that_is_not_heard_means_not_recorded(work: Path, runtime: Runtime) -> None:
    """The host's administrator excludes such records, or the host has no audit: nothing is taken for a nought."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    deaf = denials.Ear(ours, denials.Bell())
    found = detect(weak_allowed=os.geteuid() != 0, work=work)
    backend = NsjailBackend(found._nsjail, found._setpriv, found._workplace, found._powers, deaf)
    assert run(backend, spec_of(runtime, SIX), SLOT).outcome.denied is None
    theirs.close()


def test_a_backlog_is_waited_for_and_a_lost_bell_is_rung_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a flood the records of the jail are read long after it has ended."""
    monkeypatch.setattr(denials, "_PATIENCE_S", 0.1)
    ours, _theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    bell = denials.Bell()
    ear = denials.Ear(ours, bell)
    mark = ear.mark(100_047)

    def backlog() -> None:
        for _ in range(10):
            ear._note(LINE.format(100_047, "python").encode())
            time.sleep(0.05)
        ear._note(LINE.format(os.getuid(), bell.prefix).encode())

    late = threading.Thread(target=backlog)
    late.start()
    found = ear.since(mark)
    late.join()
    assert found == Denied(10, 0, {"socket": 10}, True)


def test_nothing_in_a_jail_sounds_like_the_bell() -> None:
    """The name of a process is its own choice; the user id is not."""
    ours, _theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    bell = denials.Bell()
    ear = denials.Ear(ours, bell)
    ear._note(LINE.format(100_047, bell.prefix).encode())
    assert ear._heard == 0
    ear._note(LINE.format(os.getuid(), bell.prefix).encode())
    assert ear._heard == 7


def test_lost_records_are_told() -> None:
    marked, told = threading.Event(), threading.Event()

    class Full:
        """A socket whose buffer was too small once."""

        answers = iter([OSError(errno.ENOBUFS, "full"), OSError(errno.EBADF, "closed")])

        def recv(self, _size: int) -> bytes:
            marked.wait(5)
            answer = next(self.answers)
            if answer.errno == errno.EBADF:
                told.set()
            raise answer

    ear = denials.Ear(Full(), denials.Bell())  # type: ignore[arg-type]
    mark = ear.mark(100_047)
    marked.set()
    assert told.wait(5)
    ear._heard = 1 << 31
    assert ear.since(mark) == Denied(0, 0, {}, False)


def test_calls_are_told_apart() -> None:
    assert summed({41: 2, 435: 90, 101: 1, 999: 4}) == Denied(
        2, 5, {"call 999": 4, "socket": 2, "ptrace": 1}, True
    )
