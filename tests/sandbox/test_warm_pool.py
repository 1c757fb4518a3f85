"""The pool: which job gets a warm jail, how many wait, and what becomes of those nobody wants."""

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from registry.sandbox.backend import JailSpec, Limits, SandboxBackend
from registry.sandbox.binds import Bind
from registry.sandbox.nsjail import NsjailBackend
from registry.sandbox.runtimes import Runtime
from registry.sandbox.slots import SlotPool
from registry.sandbox.warm import Pool, mould_of
from registry.sandbox.warm import pool as pools
from registry.sandbox.warm.mould import imported
from tests.sandbox.conformance import MIB, own_slot, traces_of

SLOT = own_slot(70)
PROGRAM = b"import numpy\nprint(numpy.arange(3).sum())\n"


@pytest.fixture
def spec(cold: SandboxBackend, runtime: Runtime):
    with cold.stage(SLOT) as stage:
        stage.write("submission/main.py", PROGRAM)
        stage.write("input/items.csv", b"id\n")
        binds = [Bind(stage.path / "submission", "/submission"), Bind(stage.path / "input", "/input")]
        limits = Limits(wall_s=30, memory_bytes=512 * MIB)
        yield JailSpec(runtime, ["python", "main.py"], cwd="/submission", binds=binds, limits=limits)


def with_pool(
    backend: SandboxBackend,
    scene: Callable[[Pool], Coroutine[None, None, None]],
    memory: int = 512 * MIB,
    jails: int = 4,
) -> None:
    async def whole() -> None:
        assert isinstance(backend, NsjailBackend)
        number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
        slots = SlotPool(backend.work / "slots", 16, 100_000 + 100 * number + 80)
        pool = Pool(backend, slots, memory_bytes=memory, jails=jails)
        try:
            await scene(pool)
        finally:
            await pool.close()

    asyncio.run(whole())


async def ran(pool: Pool, spec: JailSpec) -> bool:
    """Run a job; whether its jail was warm."""
    async with pool.open(spec, SLOT) as jail:
        outcome = await jail.run()
        assert outcome.ok
        return outcome.warm


def ready(pool: Pool) -> list[int]:
    return [count for _name, count, _bytes in pool.snapshot().moulds]


def test_the_second_job_of_a_mould_is_warm_and_its_jail_is_replaced(
    cold: SandboxBackend, spec: JailSpec, work: Path
) -> None:
    before = traces_of(SLOT, work)

    async def scene(pool: Pool) -> None:
        assert not await ran(pool, spec)
        await pool.settle()
        assert ready(pool) == [1]
        assert await ran(pool, spec)
        assert ready(pool) == [0]
        await pool.settle()
        assert ready(pool) == [1]
        state = pool.snapshot()
        assert (state.warm_jobs, state.cold_jobs, state.failures) == (1, 1, 0)
        assert 4 * MIB < state.used_bytes < 100 * MIB

    with_pool(cold, scene)
    assert traces_of(SLOT, work) == before


def test_what_waits_in_the_queue_makes_the_pool_grow(
    cold: SandboxBackend, spec: JailSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 3)

    async def scene(pool: Pool) -> None:
        await ran(pool, spec)
        pool.expect(50)
        await pool.settle()
        assert ready(pool) == [3]  # as many as run at once
        pool.expect(0)
        await pool.settle()
        assert ready(pool) == [3]  # work done is not thrown away because the queue is shorter

    with_pool(cold, scene)


def test_memory_and_number_bound_the_pool(
    cold: SandboxBackend, spec: JailSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pools, "FIRST_GUESS_BYTES", 16 * MIB)

    async def off(pool: Pool) -> None:
        assert not await ran(pool, spec)
        await pool.settle()
        assert pool.snapshot().moulds == ()

    async def one(pool: Pool) -> None:
        other = replace(spec, argv=["python", "main.py", "other"])
        await ran(pool, spec)
        await ran(pool, other)
        pool.expect(9)
        await pool.settle()
        assert ready(pool) == [1, 0]  # the one used last comes first
        await ran(pool, spec)
        await pool.settle()
        assert ready(pool) == [1, 0]  # and the older one has given way
        assert pool.snapshot().moulds[0][0].startswith(f"{spec.runtime.name} main.py")

    async def nothing_fits(pool: Pool) -> None:
        await ran(pool, spec)
        await pool.settle()
        assert ready(pool) == [0]

    with_pool(cold, off, memory=0)
    with_pool(cold, one, jails=1)
    with_pool(cold, nothing_fits, memory=1 * MIB)


def test_idle_jails_end(
    cold: SandboxBackend, spec: JailSpec, monkeypatch: pytest.MonkeyPatch, work: Path
) -> None:
    async def scene(pool: Pool) -> None:
        await ran(pool, spec)
        await pool.settle()
        assert ready(pool) == [1]
        monkeypatch.setattr(pools, "IDLE_S", -1.0)
        await pool.settle()
        assert ready(pool) == [0]

    with_pool(cold, scene)


def test_a_jail_that_dies_while_it_waits_is_replaced_after_a_pause(
    cold: SandboxBackend, spec: JailSpec
) -> None:
    async def scene(pool: Pool) -> None:
        await ran(pool, spec)
        await pool.settle()
        ((demand),) = pool._demands.values()
        for pid in demand.standing[0].jail._jailed():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        while ready(pool) != [0]:
            await asyncio.sleep(0.01)
        assert pool.snapshot().failures == 1
        await pool.settle()
        assert ready(pool) == [0]  # not at once
        assert not await ran(pool, spec)
        demand.not_before = 0.0
        await pool.settle()
        assert ready(pool) == [1]
        assert await ran(pool, spec)

    with_pool(cold, scene)


def test_a_job_that_does_not_fit_gets_a_cold_jail(cold: SandboxBackend, spec: JailSpec) -> None:
    """Shadowed modules, large files, a small memory limit: found out late or early, the job runs."""
    submission = spec.binds[0].source

    async def scene(pool: Pool) -> None:
        await ran(pool, spec)
        await pool.settle()
        (submission / "functools.txt").write_bytes(b"")
        assert not await ran(pool, spec)
        (submission / "functools.txt").unlink()
        await pool.settle()
        with (submission / "large").open("wb") as file:
            file.truncate(60 * MIB)
        assert not await ran(pool, spec)
        (submission / "large").unlink()
        assert await ran(pool, spec)

    with_pool(cold, scene)


def test_a_weak_sandbox_keeps_none(
    cold: SandboxBackend, spec: JailSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(NsjailBackend, "grade", "weak")

    async def scene(pool: Pool) -> None:
        assert not await ran(pool, spec)
        await pool.settle()
        assert pool.snapshot().budget_bytes == 0
        assert pool.snapshot().moulds == ()

    with_pool(cold, scene)


# -- moulds ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "names"),
    [
        (b"import numpy as np, os\nfrom sklearn.metrics import f1_score\n", {"numpy", "sklearn.metrics"}),
        (b"from sklearn import metrics, ensemble as e\n", {"sklearn", "sklearn.metrics", "sklearn.ensemble"}),
        (b"from sklearn.metrics.pairwise import (\n  x)\n", {"sklearn.metrics"}),
        (b"import skops.io as sio\r\nimport onnxruntime\r\n", {"skops.io", "onnxruntime"}),
        (b"if x:\n    import numpy\ndef f():\n\timport pandas\n# import scipy\n", set()),
        (b"import numpyx, antigravity, os.path, evil.numpy\nfrom . import numpy\n", set()),
        (b"import beside\n", {"pandas"}),
        (b"\xff\xfe import numpy\0\nimport " + b"a." * 100_000 + b"\n", set()),
    ],
)
def test_modules_are_what_the_sources_surely_import(source: bytes, names: set[str], tmp_path: Path) -> None:
    (tmp_path / "main.py").write_bytes(source)
    (tmp_path / "beside.py").write_bytes(b"import pandas\nimport main\n")
    assert imported(tmp_path / "main.py") == names


def test_only_plain_scripts_are_moulded(spec: JailSpec) -> None:
    mould = mould_of(spec)
    assert mould is not None
    assert mould.modules == ("numpy",)
    assert mould == mould_of(replace(spec, limits=replace(spec.limits, wall_s=5)))
    for other in (
        replace(spec, argv=["python", "-m", "main"]),
        replace(spec, argv=["python", "-I", "main.py"]),
        replace(spec, argv=["python", "../main.py"]),
        replace(spec, argv=["sh", "main.py"]),
        replace(spec, argv=["python"]),
        replace(spec, argv=["python", "none.py"]),
        replace(spec, env={"PYTHONPATH": "/x"}),
        replace(spec, limits=replace(spec.limits, wall_s=7200)),
        replace(spec, binds=[*spec.binds, Bind(spec.binds[0].source / "main.py", "/file")]),
        replace(spec, binds=[*spec.binds, Bind(spec.binds[0].source, "/input/more")]),
    ):
        assert mould_of(other) is None, other.argv
    different = [
        replace(spec, argv=["python", "main.py", "x"]),
        replace(spec, limits=replace(spec.limits, threads=2)),
    ]
    different.append(replace(spec, binds=[spec.binds[0], Bind(spec.binds[1].source, "/labels")]))
    assert len({mould, *(mould_of(each) for each in different)}) == 4


def test_a_source_that_is_a_link_is_not_followed(spec: JailSpec) -> None:
    script = spec.binds[0].source / "main.py"
    script.unlink()
    script.symlink_to("/etc/passwd")
    assert mould_of(spec) is None
