"""A place to run evaluations in, as a worker has it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from portal.settings import get_settings
from registry.evaluation.run.place import Place, runtime_root
from registry.sandbox.detect import detect
from registry.sandbox.nsjail import NsjailBackend
from registry.sandbox.slots import SlotPool
from tests.evaluation.tiny import Scene
from tests.support.make import Make


@pytest.fixture(scope="session")
def backend() -> NsjailBackend:
    return detect(weak_allowed=True)


@pytest.fixture
def place(backend: NsjailBackend, tmp_path: Path) -> Place:
    settings = get_settings().model_copy(update={"worker_min_free_gb": 0.0})
    return Place(
        backend=backend,
        slots=SlotPool(tmp_path / "slots", 2),
        runtimes=runtime_root(settings),
        work=backend.work,
        settings=settings,
    )


@pytest.fixture
def scene(db: Session, make: Make) -> Scene:
    return Scene(db, make)


@pytest.fixture
def scene_with(db: Session, make: Make) -> Iterator[Callable[..., Scene]]:
    def build(**changes: Any) -> Scene:
        return Scene(db, make, **changes)

    return build  # type: ignore[return-value]
