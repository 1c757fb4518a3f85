"""Worker processes against the test database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.support import WorkerProcess


@pytest.fixture
def worker(database_url: str, database: None, home: Path) -> Iterator[WorkerProcess]:
    process = WorkerProcess(database_url, home)
    yield process
    if hasattr(process, "process") and process.process.poll() is None:
        process.kill()
