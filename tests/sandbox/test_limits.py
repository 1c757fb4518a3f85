"""What honest programs may do, and how each limit is told from the others."""

import asyncio
import subprocess
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from registry.sandbox.backend import JailEnd, JailSpec, Limits, SandboxBackend
from registry.sandbox.binds import Bind
from registry.sandbox.errors import PlatformFault
from registry.sandbox.meters import ProcessMeter
from registry.sandbox.runtimes import Runtime
from tests.sandbox.conformance import MIB, own_slot, run, traces_of

SLOT = own_slot(42)

HONEST = """
import multiprocessing, os, sqlite3, tempfile, threading
import numpy as np

def square(n):
    return n * n

rng = np.random.default_rng(7)
a = rng.normal(size=(300, 300))
assert np.allclose(a @ np.linalg.inv(a), np.eye(300))
with multiprocessing.get_context("fork").Pool(2) as pool:
    assert pool.map(square, range(5)) == [0, 1, 4, 9, 16]
with tempfile.NamedTemporaryFile() as file:
    file.write(b"x" * 1000)
db = sqlite3.connect("/job/scratch.db")
db.execute("create table t (a)")
threads = [threading.Thread(target=square, args=(3,)) for _ in range(8)]
[t.start() for t in threads]; [t.join() for t in threads]
np.savetxt("/output/a.csv", a[:2])
os.makedirs("/output/plots")
open("/output/plots/圖.txt", "w").write("好")
print("OMP", os.environ["OMP_NUM_THREADS"], os.environ["CITY"], os.getcwd())
"""


def program(runtime: Runtime, code: str, **limits: float) -> JailSpec:
    return JailSpec(runtime, ["python", "-c", code], limits=Limits(**limits))  # type: ignore[arg-type]


def test_honest_work_runs(backend: SandboxBackend, runtime: Runtime, tmp_path: Path) -> None:
    limits = Limits(wall_s=60, threads=2, memory_bytes=1024 * MIB)
    spec = JailSpec(runtime, ["python", "-c", HONEST], cwd="/output", env={"CITY": "苏州"}, limits=limits)
    found = run(backend, spec, SLOT, collect_to=tmp_path / "out")
    assert found.outcome.ok, found.log
    assert found.log == "OMP 2 苏州 /output\n"
    assert [each.path for each in found.collected or []] == ["a.csv", "plots/圖.txt"]
    assert (tmp_path / "out/plots/圖.txt").read_text() == "好"
    assert found.outcome.peak_memory_bytes > 10 * MIB
    assert found.outcome.cpu_s > 0


def test_staged_files_are_read_and_stay(backend: SandboxBackend, runtime: Runtime, tmp_path: Path) -> None:
    source = tmp_path / "main.py"
    source.write_text("print(open('/input/deep/a.txt').read(), open('main.py').read()[:5])")
    source.chmod(0o600)
    with backend.stage(SLOT) as stage:
        stage.put("program/main.py", source)
        stage.write("input/deep/a.txt", b"hello")
        binds = [Bind(stage.path / "program", "/submission"), Bind(stage.path / "input", "/input")]
        spec = JailSpec(runtime, ["python", "main.py"], cwd="/submission", binds=binds)
        found = run(backend, spec, SLOT)
        place = stage.path
        for wrong in ("../a", "/a", "", "a:b"):
            with pytest.raises(PlatformFault):
                stage.write(wrong, b"")
    assert found.log == "hello print\n"
    assert not place.parent.exists()


@pytest.mark.parametrize(
    ("code", "end", "message"),
    [
        ("import sys; sys.exit(3)", JailEnd.FAILED, "exit code 3"),
        ("import sys; sys.exit(255)", JailEnd.FAILED, "exit code 255"),
        ("import ctypes; ctypes.string_at(0)", JailEnd.FAILED, "SIGSEGV"),
        ("import time; time.sleep(60)", JailEnd.TIMEOUT, "limit of 1 s"),
        ("print('x' * 3000)", JailEnd.LOG_OVERFLOW, "limit of 2 kB"),
        ("open('/output/a', 'wb').write(b'x' * (5 << 20))", JailEnd.OUTPUT_OVERFLOW, "4 MB and 2000 files"),
    ],
)
def test_ends_are_told_apart(
    code: str, end: JailEnd, message: str, backend: SandboxBackend, runtime: Runtime
) -> None:
    found = run(backend, program(runtime, code, wall_s=1, log_bytes=2048, output_bytes=4 * MIB), SLOT)
    assert found.outcome.end is end, found
    assert message in found.outcome.message % found.outcome.values
    assert found.outcome.log_truncated == (end is JailEnd.LOG_OVERFLOW)
    assert len(found.log) <= 2048


def test_out_of_memory_is_not_out_of_time(backend: SandboxBackend, runtime: Runtime) -> None:
    code = "x = bytearray(900 << 20)\nx[::4096] = b'a' * len(x[::4096])\nimport time; time.sleep(60)"
    found = run(backend, program(runtime, code, wall_s=20, memory_bytes=200 * MIB), SLOT)
    allowed = {JailEnd.OUT_OF_MEMORY} | ({JailEnd.FAILED} if backend.grade == "weak" else set())
    assert found.outcome.end in allowed
    assert found.outcome.wall_s < 20


def test_a_missing_program_is_the_submissions_fault(backend: SandboxBackend, runtime: Runtime) -> None:
    for argv in (["no-such-program"], ["/submission/none"], ["python", "none.py"], ["/runtime/runtime.json"]):
        found = run(backend, JailSpec(runtime, argv, limits=Limits(wall_s=10)), SLOT)
        assert found.outcome.end is JailEnd.FAILED
        assert "no such program" in found.outcome.message or found.outcome.exit_code == 2


def test_samples_and_log_arrive_while_it_runs(backend: SandboxBackend, runtime: Runtime) -> None:
    code = (
        "import time; x = bytearray(60 << 20); print('start', flush=True)\nwhile True: x[::4096] = x[::4096]"
    )
    found = run(backend, program(runtime, code, wall_s=1.5), SLOT)
    assert found.outcome.end is JailEnd.TIMEOUT
    assert len(found.samples) >= 4
    assert tuple(found.samples) == found.outcome.samples
    times, used = [s.t_s for s in found.samples], [s.cpu_s for s in found.samples]
    assert times == sorted(times)
    assert used == sorted(used)
    assert used[-1] > 0.1
    assert max(s.memory_bytes for s in found.samples) >= 60 * MIB
    assert max(s.processes for s in found.samples) == 1


def test_threads_bound_the_processor_share(backend: SandboxBackend, runtime: Runtime) -> None:
    code = "import os\nfor _ in range(3): os.fork()\nwhile True: pass"
    found = run(backend, program(runtime, code, wall_s=2, threads=1), SLOT)
    assert found.outcome.end is JailEnd.TIMEOUT
    share = found.outcome.cpu_s / found.outcome.wall_s
    assert share < 1.3 or backend.grade == "weak"


def test_cancel(backend: SandboxBackend, runtime: Runtime, work: Path) -> None:
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); print('here', flush=True); time.sleep(60)"
    found = run(backend, program(runtime, code, wall_s=30), SLOT, stop_after_log=b"here")
    assert found.outcome.end is JailEnd.CANCELLED
    assert traces_of(SLOT, work) == traces_of(own_slot(43), work)


@pytest.mark.parametrize("way", ["cancelled", "callback"])
def test_a_run_that_is_broken_off_leaves_nothing(
    way: str, backend: SandboxBackend, runtime: Runtime, work: Path
) -> None:
    """Our own faults, too, end the jail before they are seen."""
    before = traces_of(SLOT, work)

    def on_log(_chunk: bytes) -> None:
        if way == "callback":
            raise RuntimeError("ours")

    async def scene() -> None:
        code = "import time; print('here', flush=True); time.sleep(60)"
        async with backend.open(program(runtime, code), SLOT) as jail:
            task = asyncio.create_task(jail.run(on_log=on_log))
            await asyncio.sleep(0.3)
            if way == "cancelled":
                task.cancel()
            await task

    with pytest.raises(RuntimeError if way == "callback" else asyncio.CancelledError):
        asyncio.run(scene())
    assert traces_of(SLOT, work) == before


def test_a_jail_that_runs_is_seen_by_what_looks_for_traces(
    backend: SandboxBackend, runtime: Runtime, work: Path
) -> None:
    """Without this, "nothing is left" would hold where nothing is ever found."""
    seen: list[str] = []

    async def scene() -> None:
        async with backend.open(
            program(runtime, "import time; print(1, flush=True); time.sleep(.3)"), SLOT
        ) as jail:
            assert (await jail.run(on_log=lambda _chunk: seen.extend(traces_of(SLOT, work)))).ok

    asyncio.run(scene())
    assert [line for line in seen if line.startswith("process ")]


def test_jails_run_side_by_side(backend: SandboxBackend, runtime: Runtime) -> None:
    async def one(number: int) -> bytes:
        log = bytearray()
        code = f"open('/output/a','w').write('{number}'); import time; time.sleep(.3); print(open('/output/a').read())"
        async with backend.open(program(runtime, code), own_slot(50 + number)) as jail:
            assert (await jail.run(on_log=log.extend)).ok
        return bytes(log)

    async def all_of_them() -> list[bytes]:
        return await asyncio.gather(*(one(n) for n in range(4)))

    assert asyncio.run(all_of_them()) == [b"0\n", b"1\n", b"2\n", b"3\n"]


def test_only_the_main_thread_may_start_jails(backend: SandboxBackend, runtime: Runtime) -> None:
    """The kernel's parent-death signal belongs to the thread: a pool thread's end would kill the jail."""
    said = []

    def elsewhere() -> None:
        with suppress(BaseException):
            run(backend, program(runtime, "print(1)"), SLOT)
            said.append("ran")

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert said == []


def test_a_jail_runs_once(backend: SandboxBackend, runtime: Runtime) -> None:
    async def twice() -> None:
        async with backend.open(program(runtime, "pass"), SLOT) as jail:
            await jail.run()
            await jail.run()

    with pytest.raises(PlatformFault):
        asyncio.run(twice())


def test_what_cannot_be_bound_is_our_fault_and_says_so(
    backend: SandboxBackend, runtime: Runtime, work: Path
) -> None:
    closed = work / "closed"
    closed.mkdir(exist_ok=True)
    (closed / "file").write_text("x")
    closed.chmod(0o600)
    for source in (closed / "file", work / "absent"):
        spec = JailSpec(runtime, ["python", "-c", "pass"], binds=[Bind(source, "/data")])
        with pytest.raises(PlatformFault, match=r"closed|cannot be bound"):
            run(backend, spec, SLOT)
    closed.chmod(0o700)
    assert (closed / "file").read_text() == "x"


def test_a_jail_that_cannot_be_made_is_our_fault(cold: SandboxBackend, runtime: Runtime, work: Path) -> None:
    """A retry may help, and it costs the submitter nothing."""

    async def scene(*, lose_group: bool) -> JailEnd:
        lost = work / f"lost-{lose_group}"
        lost.mkdir()
        spec = JailSpec(runtime, ["python", "-c", "pass"], binds=[Bind(lost, "/data")])
        async with cold.open(spec, SLOT) as jail:
            group = getattr(jail, "_prepared").group  # noqa: B009 (only nsjail has one)
            if lose_group and group is not None:
                group.remove()
            else:
                lost.rmdir()
            outcome = await jail.run()
        assert outcome.detail
        return outcome.end

    assert asyncio.run(scene(lose_group=False)) is JailEnd.PLATFORM_FAULT
    assert asyncio.run(scene(lose_group=True)) is JailEnd.PLATFORM_FAULT


def test_nonsense_is_refused_before_a_jail(runtime: Runtime) -> None:
    for wrong in ({"wall_s": 0}, {"memory_bytes": -1}, {"processes": 0}):
        with pytest.raises(ValueError, match="must be positive"):
            Limits(**wrong)  # type: ignore[arg-type]
    for target in ("data", "/a/../b", "/", "/a:b", "/a/", "/a\n"):
        with pytest.raises(ValueError):
            Bind(Path("/tmp"), target)
    with pytest.raises(ValueError):
        Bind(Path("tmp"), "/data")
    with pytest.raises(ValueError):
        JailSpec(runtime, ["python", "a\0b"])
    with pytest.raises(ValueError):
        JailSpec(runtime, ["python"], env={"A=B": "1"})


def test_a_program_that_is_over_before_it_is_measured_is_no_fault() -> None:
    process = subprocess.Popen(["true"])
    process.wait()
    meter = ProcessMeter(process.pid)
    assert (meter.usage().processes, meter.peak_memory(), meter.oom_kills()) == (0, 0, 0)
