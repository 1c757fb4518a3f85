"""What ``make`` stands on: scripts that run before anything is installed."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import psycopg
import pytest

from portal.settings import ROOT
from tests.plugins.postgres import libpq


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"script_{name}", ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def find_python(path: str, python: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", ROOT / "scripts" / "find_python.sh"],
        env={"PATH": path, "PYTHON": python},
        capture_output=True,
        text=True,
        check=False,
    )


def fake_python(folder: Path, *, new: bool, venv: bool) -> None:
    """Answers the two questions the script asks: is it new enough, can it make virtual environments."""
    program = folder / "python3"
    program.write_text(
        f'#!/bin/sh\ncase "$2" in *ensurepip*) exit {int(not venv)};; *) exit {int(not new)};; esac\n'
    )
    program.chmod(0o755)


def test_a_python_is_found_or_named() -> None:
    assert find_python(os.environ["PATH"]).stdout.strip().startswith("/")
    assert find_python("/nonexistent", sys.executable).stdout.strip() == sys.executable


def test_a_python_that_is_too_old_is_not_taken(tmp_path: Path) -> None:
    fake_python(tmp_path, new=False, venv=True)
    done = find_python(str(tmp_path))
    assert done.returncode == 1
    assert "No Python >= 3.11" in done.stderr
    assert "make PYTHON=" in done.stderr


def test_a_python_without_venv_says_which_package_to_install(tmp_path: Path) -> None:
    fake_python(tmp_path, new=True, venv=False)
    done = find_python(str(tmp_path))
    assert done.returncode == 1
    assert "python3-venv" in done.stderr


def test_make_help_lists_what_people_run() -> None:
    out = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("setup", "run", "test", "test-all", "lint", "bench", "lock", "messages", "clean"):
        assert f"make {target} " in out


def test_a_step_is_done_once_per_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    setup = script("setup")
    monkeypatch.setattr(setup, "STAMPS", tmp_path / "stamps")
    lock, done = tmp_path / "lock", []
    lock.write_text("one")
    for _ in range(2):
        setup.step("packages", [lock], "title", lambda: done.append(1))
    assert len(done) == 1
    lock.write_text("two")
    setup.step("packages", [lock], "title", lambda: done.append(2))
    assert done == [1, 2]


def test_a_step_that_fails_is_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    setup = script("setup")
    monkeypatch.setattr(setup, "STAMPS", tmp_path / "stamps")
    with pytest.raises(SystemExit, match="failed with code 3"):
        setup.step("x", [], "title", lambda: setup.run([sys.executable, "-c", "raise SystemExit(3)"]))
    assert not (tmp_path / "stamps" / "x").exists()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "static" / "vendor").mkdir(parents=True)
    (tmp_path / "node_modules" / "a").mkdir(parents=True)
    (tmp_path / "node_modules" / "a" / "a.js").write_text("let a")
    return tmp_path


def listed(checkout: Path, source: str, target: str) -> None:
    (checkout / "static" / "vendor.json").write_text(json.dumps([{"from": source, "to": target}]))


def test_browser_files_are_copied_and_old_ones_go(checkout: Path) -> None:
    (checkout / "static" / "vendor" / "old.js").write_text("old")
    listed(checkout, "node_modules/a/a.js", "static/vendor/a/a.js")
    script("vendor").main(checkout)
    files = [path.relative_to(checkout) for path in (checkout / "static" / "vendor").rglob("*.js")]
    assert files == [Path("static/vendor/a/a.js")]


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("node_modules/a/a.js", "static/vendor/../css/a.js"),
        ("node_modules/../static/vendor.json", "static/vendor/a.js"),
        ("node_modules/a/missing.js", "static/vendor/a.js"),
    ],
)
def test_browser_files_from_and_to_elsewhere_are_refused(checkout: Path, source: str, target: str) -> None:
    (checkout / "static" / "vendor" / "old.js").write_text("old")
    listed(checkout, source, target)
    with pytest.raises(SystemExit):
        script("vendor").main(checkout)
    assert (checkout / "static" / "vendor" / "old.js").exists()


def test_a_named_browser_must_start(monkeypatch: pytest.MonkeyPatch) -> None:
    browser = script("browser")
    monkeypatch.setenv(browser.OVERRIDE, "/nonexistent/chromium")
    assert browser.find() is None
    monkeypatch.setenv(browser.OVERRIDE, "/bin/true")
    assert browser.find() == "/bin/true"


def test_locks_have_hashes_and_name_no_place() -> None:
    for lock in [*(ROOT / "requirements").glob("*.txt"), *(ROOT / "registry/sandbox/runtimes").glob("*.txt")]:
        lines = lock.read_text().splitlines()
        assert any("--hash=sha256:" in line for line in lines), lock.name
        assert not any(
            "://" in line or line.lstrip().startswith(("-i ", "--index", "--find")) for line in lines
        )
    assert "resolved" not in (ROOT / "package-lock.json").read_text()


def test_every_worker_has_a_migrated_database_of_its_own(database_url: str, fresh_database_url: str) -> None:
    for url in (database_url, fresh_database_url):
        with psycopg.connect(libpq(url)) as connection:
            assert connection.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)
    assert database_url != fresh_database_url
