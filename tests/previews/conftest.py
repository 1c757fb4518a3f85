"""Real jails for the readers, and a worker's place for the jobs."""

import asyncio
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
from sqlmodel import Session

from portal.kit.actor import SYSTEM
from portal.kit.db import transaction
from registry.previews import actions, queries, tasks
from registry.previews.kinds import kind_of
from registry.previews.models import Preview
from registry.previews.reading import Result
from registry.previews.run import LIMITS, make_preview
from registry.sandbox.backend import Limits, SandboxBackend
from registry.sandbox.detect import detect
from registry.sandbox.runtimes import common_folder, find
from registry.sandbox.slots import SlotPool
from registry.scanning.tasks import Place
from registry.versions.queries.files import files_of_path
from registry.versions.serving import suffix

Reader = Callable[..., Result]
Prepare = Callable[..., Preview]


class Bench:
    """The platform's sandbox with one slot, made for each run's own event loop."""

    def __init__(self, backend: SandboxBackend, work: Path) -> None:
        self._backend, self._work = backend, work
        self._runtimes = Path(os.environ["CSPON_RUNTIME_DIR"])

    def place(self) -> Place:
        return Place(
            self._backend, SlotPool(self._work / "slots", 1, base_uid=150_000), self._runtimes, self._work
        )

    def read(self, source: Path, name: str, limits: Limits = LIMITS) -> Result:
        kind = kind_of(name)
        assert kind is not None

        async def run() -> Result:
            place = self.place()
            async with place.slots.take() as slot:
                runtime = find(tasks.RUNTIME, self._runtimes)
                return await make_preview(
                    place.backend, runtime, source, kind=kind, suffix=suffix(name), slot=slot, limits=limits
                )

        return asyncio.run(run())


@pytest.fixture(scope="session")
def bench() -> Iterator[Bench]:
    work = common_folder("tests") / f"previews-{token_hex(6)}"
    work.mkdir()
    work.chmod(0o755)
    yield Bench(detect(weak_allowed=True, work=work / "jails"), work)
    shutil.rmtree(work)


@pytest.fixture
def reader(bench: Bench, tmp_path: Path) -> Reader:
    """``reader("a.csv", b"…")``: what the host accepts of what a jail makes of these bytes."""

    def run(name: str, data: bytes, limits: Limits = LIMITS) -> Result:
        source = tmp_path / "source"
        source.write_bytes(data)
        return bench.read(source, name, limits)

    return run


@pytest.fixture
def run_job(bench: Bench) -> Iterator[Callable[[uuid.UUID], None]]:
    """Run the job of one preview as a worker does."""

    def run(preview_id: uuid.UUID) -> None:
        tasks.work_in(bench.place())
        asyncio.run(tasks.make(str(preview_id)))

    yield run
    tasks.work_in(None)


@pytest.fixture
def prepare(db: Session, run_job: Callable[[uuid.UUID], None]) -> Prepare:
    """Ask for the preview of one file of a version and make it; answers its row."""

    def run(version: Any, path: str) -> Preview:
        with transaction() as session:
            (file,) = files_of_path(session, version.id, path)
            preview_id = actions.ask(session, SYSTEM, path=path, sha256=file.sha256, size=file.size)
        if preview_id is not None:
            run_job(preview_id)
        kind = kind_of(path)
        assert kind is not None
        with transaction() as session:
            found = queries.of_content(session, file.sha256, kind)
        assert found is not None
        return found

    return run
