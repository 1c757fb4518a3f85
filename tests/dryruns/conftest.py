"""Drafts of benchmarks to try, and a place to try them in."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import Session

from tests.dryruns.drafts import Desk
from tests.evaluation.conftest import backend, place  # noqa: F401 - fixtures
from tests.support.make import Make


@pytest.fixture
def desk_with(db: Session, make: Make) -> Callable[..., Desk]:
    def build(**changes: Any) -> Desk:
        return Desk(db, make, **changes)

    return build


@pytest.fixture
def desk(desk_with: Callable[..., Desk]) -> Desk:
    return desk_with()
