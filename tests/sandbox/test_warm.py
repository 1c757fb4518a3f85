"""A warm jail is a cold one that has begun earlier: the same to its program, and nothing stays for the next job."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from secrets import token_hex

import pytest

from registry.sandbox.backend import JailEnd, JailOutcome, JailSpec, Limits, SandboxBackend
from registry.sandbox.binds import Bind
from registry.sandbox.detect import detect
from registry.sandbox.errors import PlatformFault
from registry.sandbox.nsjail import NsjailBackend
from registry.sandbox.runtimes import Runtime
from registry.sandbox.staging import Stage
from registry.sandbox.warm.jail import UnfitError, WarmJail, check_size
from registry.sandbox.warm.mould import cast
from tests.sandbox.conformance import MIB, own_slot, run, traces_of
from tests.sandbox.test_death import LIMIT_S, alive, own_groups

SLOT = own_slot(60)
SELF = """
import inspect, json, os, resource, signal, stat, sys, threading
import numpy as np
me = sys.modules["__main__"]
said = {
    "argv": sys.argv, "orig_argv": sys.orig_argv, "file": __file__, "path": sys.path, "cwd": os.getcwd(),
    "env": dict(os.environ), "main": sorted(vars(me)), "spec": repr(__spec__), "package": repr(__package__),
    "loader": type(__loader__).__name__, "frames": len(inspect.stack()), "outer": sys._getframe().f_back is None,
    "stdin": [sys.stdin.read(), sys.stdin.name, sys.stdin.seekable(), os.readlink("/proc/self/fd/0")],
    "fds": sorted(os.listdir("/proc/self/fd")), "umask": os.umask(0o22), "hash": hash("CSPON"), "flags": str(sys.flags),
    "cmdline": open("/proc/self/cmdline").read(), "threads": threading.active_count(), "pid": os.getpid(),
    "uid": [os.getuid(), os.getgid(), os.getgroups()],
    "modes": [oct(os.stat(p).st_mode) for p in ("/output", "/job", "/tmp")],
    "signals": [str(signal.getsignal(n)) for n in (1, 2, 13, 15)], "nice": os.nice(0),
    "limits": {n: resource.getrlimit(getattr(resource, n)) for n in dir(resource)
               if n.startswith("RLIMIT_") and n != "RLIMIT_CPU"},
    "writable": [t for t in ("/input", "/submission", "/output", "/") if os.access(t, os.W_OK)],
    "hooks": [sys.excepthook is sys.__excepthook__, sys.stdout.line_buffering, sys.gettrace() is None],
    "customised": "sitecustomize" in sys.modules, "numpy": np.__file__, "here": sorted(os.listdir("."))
}
json.dump(said, open("/output/said.json", "w"))
"""


FORKS = """
import multiprocessing
if __name__ == "__main__":
    for method in ("fork", "spawn"):
        pool = multiprocessing.get_context(method).Pool(1)  # spawned, two would say "begin" across each other
        found = pool.map(abs, [-1])
        pool.close()
        pool.join()  # ended in order: leaving a `with` kills, and whether a spawned one has said "begin" is chance
        print(found)
"""
CHILDREN = """
import pickle, subprocess, sys
class A: pass
print(pickle.dumps(A), pickle.loads(pickle.dumps(A)))
print(subprocess.run([sys.executable, "-c", "import sys, numpy; print(sys.path, numpy)"], capture_output=True).stdout)
"""


def lay(stage: Stage, source: str, **more: bytes) -> list[Bind]:
    stage.write("submission/main.py", source.encode())
    for name, data in more.items():
        stage.write(f"submission/{name}", data)
    stage.write("input/items.csv", b"id\n1\n")
    return [Bind(stage.path / "submission", "/submission"), Bind(stage.path / "input", "/input")]


def spec_of(runtime: Runtime, binds: list[Bind], *arguments: str, **limits: float) -> JailSpec:
    return JailSpec(
        runtime,
        ["python", "main.py", *arguments],
        cwd="/submission",
        binds=binds,
        env={"INPUT": "/input", "OUTPUT": "/output"},
        limits=Limits(**{"wall_s": 30, "memory_bytes": 512 * MIB, **limits}),  # type: ignore[arg-type]
    )


def both(
    backends: tuple[SandboxBackend, SandboxBackend], runtime: Runtime, source: str, **limits: float
) -> list[tuple[JailOutcome, str, object]]:
    """The same program in a cold jail and in a warm one: how it ended, what it printed, what it said."""
    seen = []
    for backend in backends:
        with backend.stage(SLOT) as stage:
            spec = spec_of(runtime, lay(stage, source), "/input", "/output", **limits)
            found = run(backend, spec, SLOT, read=_said)
        seen.append((found.outcome, found.log, found.result))
    assert [outcome.warm for outcome, _log, _said in seen] == [False, True]
    return seen


def _said(output: Path) -> object:
    path = output / "said.json"
    return json.loads(path.read_text()) if path.is_file() else None


@pytest.fixture
def pair(cold: SandboxBackend, warmed: SandboxBackend) -> tuple[SandboxBackend, SandboxBackend]:
    return cold, warmed


def test_a_program_finds_the_same_world(
    pair: tuple[SandboxBackend, SandboxBackend], runtime: Runtime
) -> None:
    (_, log, cold), (_, same_log, warm) = both(pair, runtime, SELF)
    assert isinstance(cold, dict)
    assert isinstance(warm, dict)
    assert cold["frames"] == 1
    assert {key: (cold[key], warm[key]) for key in cold if cold[key] != warm[key]} == {}
    assert log == same_log == ""


@pytest.mark.parametrize(
    "end",
    [
        "raise ValueError('bad')",
        "raise SystemExit(3)",
        "raise SystemExit('why')",
        "raise KeyboardInterrupt",
        "def f(): 1/0\nf()",
        "import os; os._exit(255)",
        "import os; os.kill(os.getpid(), 9)",
        "import ctypes; ctypes.string_at(0)",
        "x = (",
        "import atexit; atexit.register(print, 'bye')",
        "import threading, time; threading.Thread(target=lambda: (time.sleep(.1), print('late'))).start()",
        FORKS,
        CHILDREN,
    ],
)
def test_an_end_is_the_same_end(
    end: str, pair: tuple[SandboxBackend, SandboxBackend], runtime: Runtime
) -> None:
    """Exit code, verdict and every printed byte, tracebacks with them."""
    source = "import numpy\nprint('begin')\n" + end
    (cold, log, _), (warm, same_log, _) = both(pair, runtime, source)
    assert (warm.end, warm.exit_code, warm.message) == (cold.end, cold.exit_code, cold.message)
    assert same_log == log


@pytest.mark.parametrize(
    ("code", "end"),
    [
        ("while True: pass", JailEnd.TIMEOUT),
        ("x = b'1' * (900 << 20); print(len(x))", JailEnd.OUT_OF_MEMORY),
        ("print('x' * 5000)", JailEnd.LOG_OVERFLOW),
        ("open('/output/a', 'wb').write(b'x' * (5 << 20))", JailEnd.OUTPUT_OVERFLOW),
        ("[open(f'/output/{n}', 'w') for n in range(99)]", JailEnd.OUTPUT_OVERFLOW),
    ],
)
def test_limits_are_the_jobs_own(
    code: str, end: JailEnd, pair: tuple[SandboxBackend, SandboxBackend], runtime: Runtime
) -> None:
    seen = both(
        pair,
        runtime,
        code,
        wall_s=2,
        memory_bytes=200 * MIB,
        log_bytes=4096,
        output_bytes=4 * MIB,
        output_files=20,
    )
    assert [outcome.end for outcome, _log, _said in seen] == [end, end]


def test_processor_time_and_file_size_are_limited_from_outside(
    warmed: SandboxBackend, runtime: Runtime
) -> None:
    """The imports' processor time is on top of the job's limit, which no program can raise."""
    source = """
import json, resource
seen = [resource.getrlimit(resource.RLIMIT_CPU), resource.getrlimit(resource.RLIMIT_FSIZE)]
for which in (resource.RLIMIT_CPU, resource.RLIMIT_FSIZE):
    try: resource.setrlimit(which, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)); seen = "raised"
    except (ValueError, OSError): pass
json.dump(seen, open("/output/said.json", "w"))
"""
    with warmed.stage(SLOT) as stage:
        found = run(warmed, spec_of(runtime, lay(stage, source), wall_s=7), SLOT, read=_said)
    (cpu, hard), size = found.result  # type: ignore[misc]
    assert 8 <= cpu == hard <= 11
    assert size == [64 * MIB, 64 * MIB]


# -- one job ---------------------------------------------------------------------------------------------------


@asynccontextmanager
async def waiting(
    backend: SandboxBackend, runtime: Runtime, binds: list[Bind], number: int = 0
) -> AsyncIterator[tuple[WarmJail, JailSpec]]:
    assert isinstance(backend, NsjailBackend)
    spec = spec_of(runtime, binds)
    async with backend.warm(cast(spec, ("numpy",)), own_slot(61 + number)) as jail:
        yield jail, spec


SPY = """
import os, re
backwards = "MARK"
for root in ("/input", "/submission", "/output", "/job", "/tmp", "/dev/shm", "/warm"):
    for folder, _names, files in os.walk(root):
        for path in (os.path.join(folder, name) for name in files if name not in ("go", "sitecustomize.py")):
            with open(path, "rb") as file:
                print(path, file.read()[:300])
print([int(n) for n in os.listdir("/proc") if n.isdigit()])
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
    for line in maps:
        first, last = (int(word, 16) for word in line.split()[0].split("-"))
        try:
            memory.seek(first)
            data = memory.read(last - first)
        except (OSError, OverflowError, ValueError):
            continue
        for match in re.finditer(rb"first[0-9a-f]{16}", data or b""):
            if match[0].decode()[::-1] == backwards:
                print("FOUND", line)
"""


def test_nothing_of_one_job_is_seen_by_the_next(cold: SandboxBackend, runtime: Runtime) -> None:
    """Files, processes and memory: the first job's mark, which the second knows backwards, is nowhere."""
    mark = "first" + token_hex(8)
    logs: list[str] = []

    async def scene() -> None:
        with cold.stage(SLOT) as stage:
            first = lay(
                stage,
                f"import numpy\nMARK = {mark!r}\nopen('/tmp/x', 'w').write(MARK); open('/output/x', 'w').write(MARK)",
            )
            with cold.stage(own_slot(64)) as other:
                second = lay(other, SPY.replace("MARK", mark[::-1]))
                # Both wait at the same time; the second is given its job after the first is over.
                async with waiting(cold, runtime, second, 1) as (later, spec):
                    async with waiting(cold, runtime, first, 0) as (earlier, one):
                        await asyncio.to_thread(earlier.arm, one)
                        assert (await earlier.run()).ok
                    await asyncio.to_thread(later.arm, spec)
                    outcome = await later.run(on_log=lambda chunk: logs.append(chunk.decode()))
                    assert outcome.ok, logs

    asyncio.run(scene())
    text = "".join(logs)
    assert "/input/items.csv" in text
    assert mark not in text
    assert "FOUND" not in text


def test_a_waiting_jail_holds_nothing_and_is_given_no_labels(cold: SandboxBackend, runtime: Runtime) -> None:
    async def scene() -> None:
        with cold.stage(SLOT) as stage:
            binds = lay(stage, "import os; print(sorted(os.listdir('/')))")
            stage.write("labels/labels.csv", b"secret")
            async with waiting(cold, runtime, binds) as (jail, spec):
                given = jail._waiting.given
                assert [path for path in given.rglob("*") if path.is_file()] == []
                await asyncio.to_thread(jail.arm, spec)
                names = sorted(path.name for path in given.rglob("*") if path.is_file())
                assert names == ["items.csv", "main.py"]
                with pytest.raises(OSError, match="Read-only"):
                    (given / "late").write_text("x")
                assert (await jail.run()).ok

    asyncio.run(scene())


def test_a_jail_is_given_one_job_and_goes_once(cold: SandboxBackend, runtime: Runtime) -> None:
    async def scene() -> None:
        with cold.stage(SLOT) as stage:
            binds = lay(stage, "import numpy")
            async with waiting(cold, runtime, binds) as (jail, spec):
                with pytest.raises(PlatformFault):
                    await jail.run()  # no job yet
            async with waiting(cold, runtime, binds) as (jail, spec):
                assert jail.ready
                await asyncio.to_thread(jail.arm, spec)
                assert not jail.ready
                with pytest.raises(PlatformFault):
                    jail.arm(spec)
                assert (await jail.run()).ok
                with pytest.raises(PlatformFault):
                    await jail.run()
                with pytest.raises(PlatformFault):
                    jail.arm(spec)

    asyncio.run(scene())


def test_what_is_not_the_same_in_a_warm_jail_is_refused(cold: SandboxBackend, runtime: Runtime) -> None:
    """A file that would have been imported instead; a memory limit that the imports nearly fill."""

    async def scene(stage: Stage, memory: int, **more: bytes) -> None:
        binds = lay(stage, "import numpy", **more)
        async with waiting(cold, runtime, binds) as (jail, _spec):
            jail.arm(spec_of(runtime, binds, memory_bytes=memory))

    for memory, more in (
        (512 * MIB, {"functools.py": b"x = 1"}),
        (512 * MIB, {"numpy.so": b""}),
        (8 * MIB, {}),
    ):
        with cold.stage(SLOT) as stage, pytest.raises(UnfitError):
            asyncio.run(scene(stage, memory, **more))


def test_large_and_odd_files_are_not_copied(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/small").write_bytes(b"x")
    check_size([tmp_path])
    with (tmp_path / "a/large").open("wb") as file:
        file.truncate(60 * MIB)
    with pytest.raises(UnfitError, match="too large"):
        check_size([tmp_path])
    (tmp_path / "a/large").unlink()
    (tmp_path / "a/link").symlink_to("/etc/passwd")
    with pytest.raises(UnfitError, match="plain"):
        check_size([tmp_path])


# -- death -----------------------------------------------------------------------------------------------------


def test_a_worker_that_is_killed_leaves_no_warm_jail(work: Path, runtime: Runtime) -> None:
    token, place = token_hex(8), work / "doomed-warm"
    root = runtime.path.parent.parent
    command = [sys.executable, "-m", "tests.sandbox.doomed_warm", str(place), runtime.name, str(root), token]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        assert "READY" in worker.stdout.readline()
        assert len(alive(token)) >= 3  # the worker, nsjail, and the program that waits
        worker.send_signal(signal.SIGKILL)
        worker.wait(10)
    until = time.monotonic() + LIMIT_S
    while alive(token) and time.monotonic() < until:
        time.sleep(0.02)
    assert alive(token) == []
    detect(weak_allowed=True, work=place).sweep()
    assert own_groups(worker.pid) == []
    assert str(place) not in Path("/proc/self/mountinfo").read_text()
    assert list((place / "jobs").iterdir()) == []


def test_a_jail_that_dies_while_it_waits_leaves_nothing(
    cold: SandboxBackend, runtime: Runtime, work: Path
) -> None:
    slot = own_slot(61)
    before = traces_of(slot, work)

    async def scene() -> None:
        with cold.stage(SLOT) as stage:
            async with waiting(cold, runtime, lay(stage, "import numpy")) as (jail, spec):
                (pid,) = jail._jailed()
                os.kill(pid, signal.SIGKILL)
                await jail.ended()
                assert not jail.ready
                with pytest.raises(PlatformFault):
                    jail.arm(spec)

    asyncio.run(scene())
    assert traces_of(slot, work) == before
