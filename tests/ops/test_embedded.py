"""The embedded PostgreSQL: data are kept whatever happens to the processes, and refusals say what to do."""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
import pytest

from portal.kit import embedded
from portal.kit.embedded import cluster, install, leftovers
from portal.settings import ROOT
from tests.ops.conftest import eventually, kill_all, processes_of
from tests.plugins.postgres import libpq

OWNER = """
import sys, time
from pathlib import Path
from portal.kit import embedded
server = embedded.start(Path(sys.argv[1]))
print("owned" if server.owned else "joined", server.pid, flush=True)
sys.stdin.read() if sys.argv[2:] == ["wait"] else time.sleep(3600)
"""


def write(url: str, word: str) -> None:
    with psycopg.connect(libpq(url)) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (word text)")
        connection.execute("INSERT INTO kept VALUES (%s)", [word])


def read(url: str) -> list[str]:
    with psycopg.connect(libpq(url)) as connection:
        return [row[0] for row in connection.execute("SELECT word FROM kept ORDER BY word")]


def test_data_survive_a_restart(site: Path) -> None:
    with embedded.running(site) as server:
        write(server.url, "国土空间")
    assert not embedded.is_running(site)
    with embedded.running(site) as again:
        assert read(again.url) == ["国土空间"]
        assert again.url == server.url == embedded.url(site)


def test_the_server_is_durable_private_and_off_the_network(site: Path) -> None:
    with embedded.running(site) as server, psycopg.connect(libpq(server.url)) as connection:
        for name, value in {"fsync": "on", "listen_addresses": "", "server_encoding": "UTF8"}.items():
            assert connection.execute("SELECT current_setting(%s)", [name]).fetchone() == (value,)
        assert server.pid is not None
        assert not psutil.Process(server.pid).net_connections("inet")
        assert psutil.Process(server.pid).uids().real != 0
        sockets = cluster.socket_folder(server.cluster, None)
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        assert stat.S_IMODE(server.cluster.place.stat().st_mode) == 0o700


def test_data_survive_kill_9_of_the_server_and_all_its_processes(site: Path) -> None:
    server = embedded.start(site)
    write(server.url, "committed")
    assert server.pid is not None
    everything = [server.pid, *(child.pid for child in psutil.Process(server.pid).children(recursive=True))]
    kill_all(*everything)
    assert eventually(lambda: server.poll() is not None)
    server.stop()
    with embedded.running(site) as again:
        assert read(again.url) == ["committed"]


@pytest.mark.slow
def test_data_survive_kill_9_of_the_postmaster_alone(site: Path) -> None:
    server = embedded.start(site)
    write(server.url, "committed")
    assert server.pid is not None
    kill_all(server.pid)
    assert eventually(lambda: server.poll() is not None)
    server.stop()
    with embedded.running(site) as again:  # its orphans may still be ending
        assert read(again.url) == ["committed"]


def test_the_server_ends_with_its_owner(site: Path, launch: Callable[..., subprocess.Popen[str]]) -> None:
    owner = launch("-c", OWNER, site)
    assert owner.stdout is not None
    assert owner.stdout.readline().startswith("owned")
    owner.kill()
    assert eventually(lambda: not processes_of(site))
    with embedded.running(site) as again:
        assert again.owned


@pytest.mark.slow
def test_a_stale_pid_file_with_a_recycled_pid_does_not_block(site: Path) -> None:
    with embedded.running(site) as server:
        write(server.url, "kept")
        sockets = cluster.socket_folder(server.cluster, None)
    stranger = subprocess.Popen(
        ["sleep", "3600"], user=server.cluster.account.uid if server.cluster.account.ids else None
    )
    try:
        pid_file = server.cluster.data / "postmaster.pid"
        pid_file.write_text(f"{stranger.pid}\n{server.cluster.data}\n1\n5432\n{sockets}\n\n\nready   \n")
        (sockets / ".s.PGSQL.5432.lock").write_text(pid_file.read_text())
        (sockets / ".s.PGSQL.5432").touch()
        assert not embedded.is_running(site)
        with embedded.running(site) as again:
            assert read(again.url) == ["kept"]
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.slow
def test_two_starts_at_once_share_one_server(
    site: Path, launch: Callable[..., subprocess.Popen[str]]
) -> None:
    starters = [launch("-c", OWNER, site) for _ in range(4)]
    answers = [starter.stdout.readline().split() for starter in starters if starter.stdout]
    assert sorted(answer[0] for answer in answers) == ["joined", "joined", "joined", "owned"]
    assert len({answer[1] for answer in answers}) == 1


@pytest.mark.slow
def test_an_owner_waits_for_those_who_joined(
    site: Path, launch: Callable[..., subprocess.Popen[str]]
) -> None:
    code = (
        "import sys, time; from pathlib import Path; from portal.kit import embedded; import psycopg\n"
        "with embedded.running(Path(sys.argv[1])) as s:\n"
        " print('joined', flush=True); time.sleep(2)\n"
        " psycopg.connect(s.url.replace('+psycopg', '')).close(); print('still there', flush=True)\n"
    )
    with embedded.running(site) as server:
        joiner = launch("-c", code, site)
        assert joiner.stdout is not None
        assert joiner.stdout.readline() == "joined\n"
    assert joiner.stdout.readline() == "still there\n"
    assert not server.owned
    assert not embedded.is_running(site)


@pytest.mark.slow
def test_a_server_left_running_by_a_lost_owner_is_stopped_first(site: Path) -> None:
    with embedded.running(site) as server:
        write(server.url, "kept")
    account = server.cluster.account
    lost = subprocess.Popen(
        [server.cluster.programs / "postgres", "-D", server.cluster.data],
        user=account.uid if account.ids else None,
        group=account.gid if account.ids else None,
        cwd="/",
        stderr=subprocess.DEVNULL,
    )
    assert eventually(lambda: leftovers.is_ready(server.cluster.data))
    with embedded.running(site) as again:
        assert lost.wait() == 0
        assert again.owned
        assert read(again.url) == ["kept"]


def test_a_long_or_chinese_home_gets_a_short_socket(site: Path) -> None:
    far = site / ("国土空间 规划 " * 6) / ("x" * 60)
    far.mkdir(parents=True)
    with embedded.running(far) as server:
        write(server.url, "kept")
        sockets = Path(libpq(server.url).split("host=")[1].split("&")[0])
        assert len(str(sockets)) < 40
    with embedded.running(far) as again:
        assert again.url == server.url
        assert read(again.url) == ["kept"]
    sockets.rmdir()


@pytest.mark.slow
def test_parameters_set_by_the_operator_are_kept(site: Path) -> None:
    with (
        embedded.running(site) as server,
        psycopg.connect(libpq(server.url), autocommit=True) as connection,
    ):
        connection.execute("ALTER SYSTEM SET work_mem = '7MB'")
    with embedded.running(site) as again, psycopg.connect(libpq(again.url)) as connection:
        assert connection.execute("SHOW work_mem").fetchone() == ("7MB",)


def test_what_the_account_cannot_enter_is_found_out(site: Path) -> None:
    stranger = install.Account("stranger", 54321, 54321)
    inside = site / "closed" / "inside"
    inside.mkdir(parents=True)
    assert install.reachable(inside, stranger)
    inside.parent.chmod(0o700)
    assert not install.reachable(inside, stranger)


def test_a_closed_home_keeps_its_data_elsewhere_with_a_pointer(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As root under /root, say; an ordinary user's own closed home needs none of this."""
    closed = site / "closed"
    closed.mkdir(mode=0o700)
    place = Path(tempfile.mkdtemp(prefix="cspon-system-", dir=site))
    place.chmod(0o755)
    monkeypatch.setattr(cluster, "SYSTEM_PLACE", place)
    monkeypatch.setattr(install, "SYSTEM_PLACE", place)
    with embedded.running(closed / "var") as server:
        write(server.url, "kept")
    pointer = closed / "var" / "postgres.location"
    assert pointer.exists() == (os.geteuid() == 0)
    if pointer.exists():
        assert Path(pointer.read_text().strip()) == server.cluster.place
    with embedded.running(closed / "var") as again:
        assert read(again.url) == ["kept"]


@pytest.mark.slow
def test_programs_are_copied_where_the_account_cannot_reach_the_installed_ones(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install, "reachable", lambda path, _account: site in path.parents or path == site)
    with embedded.running(site) as server:
        assert site in server.cluster.programs.parents
        assert (server.cluster.programs / "psql").exists()
        write(server.url, "kept")
    with embedded.running(site) as again:
        assert read(again.url) == ["kept"]


def test_an_ordinary_user_starts_it_as_root_does(site: Path) -> None:
    """As root: once more as an ordinary account, by an interpreter that account can reach."""
    account = install.account_for(site / "absent")
    site.chmod(0o711)
    own = site / "own"
    own.mkdir(mode=0o700)
    os.chown(own, account.uid, account.gid)
    code = (
        "import os, sys; from pathlib import Path; from portal.kit import embedded\n"
        "with embedded.running(Path(sys.argv[1])) as s: print(os.geteuid(), s.owned)\n"
    )
    python, uid = _interpreter_for(account)
    done = subprocess.run(
        [python, "-c", code, str(own)],
        user=None if uid == os.geteuid() else uid,
        group=None if uid == os.geteuid() else account.gid,
        extra_groups=None if uid == os.geteuid() else [],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(map(str, [ROOT, *sys.path[1:]]))},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == [str(uid), "True"], done.stderr


def _interpreter_for(account: install.Account) -> tuple[str, int]:
    """A Python like ours the account may run, and as whom; ours as ourselves where it can reach none."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for found in (sys.executable, shutil.which(name, path="/usr/bin:/usr/local/bin")):
        if found and install.reachable(Path(found), account) and install.reachable(ROOT / "portal", account):
            return found, account.uid
    return sys.executable, os.geteuid()
