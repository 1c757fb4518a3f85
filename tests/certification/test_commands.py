"""``cspon vulnerabilities``: imported, shown, refused in words."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlmodel import Session

from portal.cli import main
from portal.settings import get_settings
from tests.certification.test_parts import osv, zipped


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, database_url: str, db: Session) -> CliRunner:
    monkeypatch.setenv("CSPON_DATABASE_URL", database_url)
    get_settings.cache_clear()
    return CliRunner()


def test_import_and_show(run: CliRunner, tmp_path: Path) -> None:
    shown = run.invoke(main, ["vulnerabilities", "show"])
    assert (shown.exit_code, "none imported" in shown.output) == (1, True)
    path = zipped(tmp_path / "all.zip", osv(1, modified="2025-01-01T00:00:00Z"), b"{")
    done = run.invoke(main, ["vulnerabilities", "import", str(path)])
    assert (done.exit_code, done.output) == (0, "1 entries, the newest of 2025-01-01; 1 left out\n")
    shown = run.invoke(main, ["vulnerabilities", "show"])
    assert shown.exit_code == 0
    assert "all.zip: 1 entries" in shown.output
    assert "days old" in shown.output


def test_what_is_no_database_is_refused_in_words(run: CliRunner, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps({"id": "x"}))
    done = run.invoke(main, ["vulnerabilities", "import", str(path)])
    assert done.exit_code == 1
    assert "Traceback" not in done.output
    assert "osv.dev" in done.output
    assert run.invoke(main, ["vulnerabilities", "import", str(tmp_path / "none")]).exit_code == 2
