"""The ``cspon`` command as a person meets it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from portal.cli import COMMANDS, main
from portal.commands import ports
from portal.commands.findings import Finding, run_checks
from portal.commands.up import DemoMarker, demo_logins, only_one
from portal.kit import embedded
from portal.kit.locks import holder, take
from portal.settings import ROOT, Settings
from tests.ops.conftest import eventually, free_port, processes_of

Launch = Callable[..., subprocess.Popen[str]]


def cspon(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "portal.cli", *arguments],
        cwd=ROOT,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_lists_every_command_and_imports_none() -> None:
    code = (
        "import sys\nfrom portal.cli import main\n"
        "try: main(['--help'], prog_name='cspon')\nexcept SystemExit: pass\n"
        "heavy = {'fastapi', 'sqlalchemy', 'psycopg', 'alembic', 'numpy', 'httpx', 'pydantic', 'rich'}\n"
        "print('imported:', sorted(heavy & set(sys.modules)))\n"
    )
    out = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "imported: []" in out.stdout
    assert all(f"  {name} " in out.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_exists_and_its_line_in_the_list_is_its_own(name: str) -> None:
    with click.Context(main) as context:
        command = main.get_command(context, name)
    assert command is not None
    assert (command.help or "").split("\n", 1)[0] == COMMANDS[name].help
    result = CliRunner().invoke(main, [name, "--help"])
    assert result.exit_code == 0, result.output


def test_no_command_of_the_client_is_left_out_of_the_list() -> None:
    from portal.client.commands import COMMANDS as CLIENT

    assert set(CLIENT) == {
        name for name, entry in COMMANDS.items() if entry.module == "portal.client.commands"
    }


def test_an_unknown_command_is_refused() -> None:
    result = CliRunner().invoke(main, ["fly"])
    assert result.exit_code == 2
    assert "No such command 'fly'" in result.output


def test_a_second_start_on_the_same_home_says_who_has_it(site: Path) -> None:
    with take(site / "run" / "supervisor.lock"):
        done = cspon("up", CSPON_HOME=str(site))
    assert done.returncode == 1
    assert f"already running, pid {os.getpid()}" in done.stderr
    assert holder(site / "run" / "supervisor.lock") is None
    assert not (site / "postgres").exists()


def test_a_home_that_cannot_be_written_is_refused_in_words(site: Path) -> None:
    (site / "file").touch()
    with pytest.raises(click.ClickException, match="CSPON_HOME"), only_one(site / "file"):
        raise AssertionError("the home was taken")


def test_a_taken_port_is_said_with_its_holder_and_a_way_out(site: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = cspon("up", "--port", str(port), CSPON_HOME=str(site))
    assert done.returncode == 1
    assert f"Port {port} is in use by" in done.stderr
    assert f"(pid {os.getpid()})" in done.stderr
    assert "CSPON_PORT=" in done.stderr
    assert not (site / "postgres").exists()


def test_an_address_of_another_machine_is_refused_in_words() -> None:
    assert "CSPON_HOST" in (ports.why_taken("192.0.2.1", 8000) or "")
    assert ports.why_taken("127.0.0.1", free_port()) is None


def test_psql_speaks_to_the_embedded_database_and_leaves_nothing_running(site: Path) -> None:
    done = cspon(
        "psql", "-Atc", "SELECT current_database(), 6 * 7", CSPON_HOME=str(site), CSPON_DATABASE_URL=""
    )
    assert (done.stdout.strip(), done.returncode) == ("cspon|42", 0), done.stderr
    assert not embedded.is_running(site)
    assert not processes_of(site)


@pytest.mark.slow
def test_migrate_makes_the_schema(site: Path) -> None:
    for _ in range(2):
        done = cspon("migrate", CSPON_HOME=str(site), CSPON_DATABASE_URL="")
        assert done.returncode == 0, done.stderr
    tables = cspon("psql", "-Atc", r"\dt", CSPON_HOME=str(site), CSPON_DATABASE_URL="")
    assert "alembic_version" in tables.stdout


def test_the_doctor_says_what_to_do_about_each_thing(site: Path) -> None:
    done = cspon("doctor", "--json", CSPON_HOME=str(site), CSPON_DATABASE_URL="", CSPON_PORT=str(free_port()))
    found = {row["name"]: row for row in reversed(json.loads(done.stdout))}
    assert found["database"]["state"] == "ok"
    assert found["clock"]["state"] == "ok"
    assert found["store"]["state"] == "ok"
    assert found["schema"]["state"] == "fail"
    assert "cspon migrate" in found["schema"]["advice"]
    assert done.returncode == 1
    assert all(row["advice"] for row in found.values() if row["state"] != "ok")


@pytest.mark.slow
def test_the_doctor_reports_a_database_that_does_not_answer(site: Path) -> None:
    url = f"postgresql://nobody@127.0.0.1:{free_port()}/none"
    done = cspon("doctor", CSPON_HOME=str(site), CSPON_DATABASE_URL=url)
    assert done.returncode == 1
    assert "it does not answer" in done.stdout


def test_a_check_that_breaks_is_a_finding_and_the_others_go_on() -> None:
    def broken() -> list[Finding]:
        raise OSError("the disk burns")

    found = run_checks({"one": broken, "two": lambda: [Finding("two", "ok", "fine")]})
    assert [(row.name, row.state) for row in found] == [("one", "fail"), ("two", "ok")]
    assert "the disk burns" in found[0].message


def test_demo_content_is_remembered_per_database(site: Path) -> None:
    (site / "run").mkdir()
    one = DemoMarker(Settings(home=site, database_url="postgresql://a/one"))
    other = DemoMarker(Settings(home=site, database_url="postgresql://a/two"))
    one.set()
    assert one.is_set()
    assert not other.is_set()


def test_demo_logins_are_shown_and_a_broken_list_is_not(site: Path) -> None:
    assert demo_logins(site) == ""
    file = site / "demo-logins.json"
    file.write_text(json.dumps([{"login": "lin@demo", "password": "correct horse", "role": "研究者"}]))
    assert "lin@demo" in demo_logins(site)
    assert "correct horse" in demo_logins(site)
    file.write_text("[{}]")
    assert demo_logins(site) == ""


def test_the_whole_portal_starts_serves_and_stops(
    site: Path, launch: Launch, record_property: Callable[[str, object], None]
) -> None:
    """``cspon up`` twice on the same data; the time of each start is reported, not judged."""
    for start in ("first", "second"):
        port = free_port()
        begun = time.monotonic()
        process = launch(
            *("-m", "portal.cli", "up", "--port", port, "--allow-weak-sandbox"),
            CSPON_HOME=str(site),
            CSPON_DATABASE_URL="",
        )
        read_until(process, f"http://127.0.0.1:{port}")
        record_property(f"{start} start, seconds", round(time.monotonic() - begun, 1))
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz") as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=120)
        assert process.returncode == 0, out
        assert out.rstrip().endswith("stopped")
        assert eventually(lambda: not processes_of(site))


def read_until(process: subprocess.Popen[str], word: str) -> None:
    """Read what a process says up to a line that ends with ``word``; fail with all of it if that never comes."""
    said = []
    for line in process.stdout or ():
        said.append(line)
        if line.rstrip().endswith(word):
            return
    raise AssertionError("".join(said))
