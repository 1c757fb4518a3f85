"""The supervisor with small real children: restarts, order of the end, and nothing left behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from portal.kit import embedded
from portal.settings import ROOT
from portal.supervisor.child import Backoff, how_it_ended
from portal.supervisor.output import LineBuffer, Printer
from tests.ops.conftest import eventually, kill_all, lives, processes_of

Launch = Callable[..., subprocess.Popen[str]]

STEADY = """
import os, signal, sys, time
from pathlib import Path
site, name = Path(sys.argv[1]), {name!r}
def end(*_):
    with (site / "ends").open("a") as f: f.write(name + "\\n")
    raise SystemExit(0)
signal.signal(signal.SIGTERM, end)
(site / (name + ".pid")).write_text(str(os.getpid()))
(site / (name + ".ready")).touch()
print("hello from", name, flush=True)
while True: time.sleep(0.05)
"""
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(3600)"
DAEMON = """
import os, subprocess, sys, time
from pathlib import Path
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        (Path(sys.argv[1]) / "daemon.pid").write_text(str(os.getpid()))
        time.sleep(3600)
    os._exit(0)
time.sleep(3600)
"""


def steady(*names: str) -> dict[str, str]:
    return {name: STEADY.format(name=name) for name in names}


def supervise(launch: Launch, site: Path, children: dict[str, str], *extra: str) -> subprocess.Popen[str]:
    return launch("-m", "tests.ops.driver", site, json.dumps(children), *extra)


def pid_of(site: Path, name: str, *, other_than: int = 0) -> int:
    """The pid a child has written down, once there is one (and it is a new one)."""
    file = site / f"{name}.pid"

    def known() -> bool:
        return file.exists() and file.read_text().isdigit() and int(file.read_text()) != other_than

    assert eventually(known), f"{name} never started"
    return int(file.read_text())


def test_a_killed_child_is_started_again_and_the_reason_is_said(site: Path, launch: Launch) -> None:
    process = supervise(launch, site, steady("web", "worker"))
    first, other = pid_of(site, "worker"), pid_of(site, "web")
    kill_all(first)
    second = pid_of(site, "worker", other_than=first)
    assert lives(second)
    assert pid_of(site, "web") == other
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=60)
    assert "worker was killed by SIGKILL; starting it again in 0.5 s" in out
    assert "worker  | hello from worker" in out


@pytest.mark.parametrize(
    "number",
    [signal.SIGTERM, *(pytest.param(n, marks=pytest.mark.slow) for n in (signal.SIGINT, signal.SIGHUP))],
)
def test_a_signal_stops_all_in_order_and_leaves_nothing(site: Path, launch: Launch, number: int) -> None:
    process = supervise(launch, site, steady("web", "worker"), "database")
    pids = [pid_of(site, "web"), pid_of(site, "worker")]
    assert embedded.is_running(site)
    process.send_signal(number)
    assert process.wait(timeout=60) == 0
    assert (site / "ends").read_text().split() == ["web", "worker"]
    assert not any(lives(pid) for pid in pids)
    assert not embedded.is_running(site)
    assert not processes_of(site)


def test_nothing_outlives_a_supervisor_killed_with_9(site: Path, launch: Launch) -> None:
    process = supervise(launch, site, {**steady("web", "worker"), "deaf": DEAF}, "database")
    pids = [pid_of(site, "web"), pid_of(site, "worker")]
    process.kill()
    process.wait()
    assert eventually(lambda: not processes_of(site))
    assert not any(lives(pid) for pid in pids)
    again = supervise(launch, site, steady("web"), "database")
    pid_of(site, "web", other_than=pids[0])
    assert embedded.is_running(site)
    again.terminate()
    assert again.wait(timeout=60) == 0


def test_a_second_ctrl_c_ends_even_a_deaf_child_at_once(site: Path, launch: Launch) -> None:
    process = supervise(
        launch, site, {"deaf": DEAF.replace("time.sleep", "print('deaf', flush=True); time.sleep")}
    )
    assert process.stdout is not None
    assert "deaf" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert "ending it by force" not in out
    assert not processes_of(site)


@pytest.mark.slow
def test_a_deaf_child_is_ended_by_force_after_its_time(site: Path, launch: Launch) -> None:
    process = supervise(
        launch, site, {"deaf": DEAF.replace("time.sleep", "print('deaf', flush=True); time.sleep")}
    )
    assert process.stdout is not None
    assert "deaf" in process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=60)
    assert "deaf does not stop: ending it by force" in out
    assert not processes_of(site)


def test_a_daemon_of_a_child_does_not_survive(site: Path, launch: Launch) -> None:
    process = supervise(launch, site, {"worker": DAEMON})
    daemon = pid_of(site, "daemon")
    process.terminate()
    assert process.wait(timeout=60) == 0
    assert not lives(daemon)


def test_a_killed_database_is_started_again(site: Path, launch: Launch) -> None:
    process = supervise(launch, site, steady("web"), "database")
    web = pid_of(site, "web")
    assert eventually(lambda: embedded.is_running(site))
    data = site / "postgres" / "data" / "postmaster.pid"
    first = int(data.read_text().split()[0])
    kill_all(first)
    assert eventually(lambda: embedded.is_running(site) and int(data.read_text().split()[0]) != first)
    assert pid_of(site, "web") == web
    process.terminate()
    out, _ = process.communicate(timeout=60)
    assert "postgres was killed by SIGKILL; starting it again" in out
    assert "postgres runs again" in out


@pytest.mark.slow
def test_a_web_process_that_never_serves_ends_the_start(site: Path, launch: Launch) -> None:
    process = supervise(launch, site, {"web": "raise SystemExit('no such thing')"})
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "no such thing" in out
    assert "web ended with code 1 5 times: giving up" in out


def test_a_child_that_cannot_work_as_set_up_is_not_started_again(site: Path, launch: Launch) -> None:
    process = supervise(launch, site, {**steady("web"), "worker": f"raise SystemExit({os.EX_CONFIG})"})
    pid_of(site, "web")
    assert process.stdout is not None
    assert any("worker cannot work as it is set up" in line for line in process.stdout)
    process.terminate()
    assert process.wait(timeout=60) == 0


def test_delays_double_to_half_a_minute_and_begin_anew_after_steady_running() -> None:
    backoff = Backoff()
    assert [backoff.next_delay(1) for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert backoff.next_delay(61) == 0.5


def test_ends_are_told_in_words() -> None:
    assert how_it_ended(-9) == "was killed by SIGKILL"
    assert how_it_ended(3) == "ended with code 3"
    assert how_it_ended(0) == "ended"


def test_lines_are_cut_from_a_stream() -> None:
    lines = LineBuffer()
    assert lines.feed("规".encode()[:2]) == []
    assert lines.feed("规".encode()[2:] + b"\r\nrest") == ["规"]
    assert lines.flush() == ["rest"]
    assert lines.flush() == []
    assert [len(line) for line in lines.feed(b"x" * 70000)] == [70000]


def test_a_reader_that_does_not_read_costs_lines_not_time() -> None:
    """A paused terminal must not stop the site: what cannot be written is counted and dropped."""
    code = (
        "import sys\nfrom portal.supervisor import Printer\nprinter = Printer(sys.stdout)\n"
        "for n in range(20000): printer.say('web', f'line {n}')\nprint('done', file=sys.stderr)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, text=True
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "done\n"
    process.communicate()


def test_a_reader_that_has_gone_is_no_error(tmp_path: Path) -> None:
    read_end, write_end = os.pipe()
    with os.fdopen(write_end, "w") as stream:
        os.close(read_end)
        Printer(stream).say("web", "nobody reads this")
