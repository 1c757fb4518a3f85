"""Versions to try, and a place to try them in."""

import pytest
from sqlmodel import Session

from tests.evaluation.conftest import backend, place  # noqa: F401 - fixtures
from tests.support.make import Make
from tests.trials.studio import Studio


@pytest.fixture
def studio(db: Session, make: Make) -> Studio:
    return Studio(db, make)
