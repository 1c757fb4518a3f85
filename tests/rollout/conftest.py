"""A home of one's own for each test that holds a ceremony."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.settings import get_settings


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("CSPON_HOME", str(tmp_path / "site"))
    monkeypatch.delenv("CSPON_KEYS_DIR", raising=False)
    get_settings.cache_clear()
    yield tmp_path / "site"
    monkeypatch.undo()
    get_settings.cache_clear()
