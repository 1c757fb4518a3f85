"""Large files against a real web process: killed in the middle, resumed; 2 GiB up and down in bounded memory."""

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import Session

from portal.accounts.actions import create_token
from portal.accounts.models import Scope
from portal.accounts.sessions import actor_of
from portal.client import connection, sending
from portal.client.connection import Connection
from portal.client.credentials import Login
from portal.client.folder import LocalFile
from portal.client.names import Name
from portal.client.portal_api import PortalApi
from portal.kit.db import transaction
from portal.kit.i18n import set_locale
from registry.versions.models import VersionState
from tests.faults.support import wait_for
from tests.support.make import Make
from tests.support.seaweed import Seaweed, free_port
from tests.support.tree import ROOT

MIB = 2**20
LIMIT_KB = 250 * 1024


class WebProcess:
    """``cspon web`` as an operator starts it."""

    def __init__(self, url: str, home: Path, **env: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._env = {**os.environ, "CSPON_DATABASE_URL": url, "CSPON_HOME": str(home), **env}
        self._log = home / "web.log"
        self.process: subprocess.Popen[bytes]

    def start(self) -> None:
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "portal.cli", "web", "--port", str(self.port)],
                cwd=ROOT, env=self._env, stdout=log, stderr=log,
            )  # fmt: skip
        wait_for(self._answers, every=0.1)

    def _answers(self) -> bool:
        assert self.process.poll() is None, self._log.read_text()[-3000:]
        try:
            return httpx.get(f"{self.url}/healthz").text == "ok"
        except httpx.TransportError:
            return False

    def peak_kb(self) -> int:
        """The most memory the process has had (VmHWM), in kB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])

    def end(self, number: int = signal.SIGKILL) -> None:
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.wait(30)


@pytest.fixture
def web(database_url: str, database: None, home: Path) -> Iterator[WebProcess]:
    process = WebProcess(database_url, home)
    process.start()
    yield process
    process.end()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "FIRST_WAIT_S", 0.5)
    set_locale("en")


def draft(make: Make) -> tuple[Name, str]:
    """An empty draft, and a token of its publisher."""
    person = make.account("研究员")
    asset = make.asset(person)
    make.version(asset, {"README.md": b"# x\n"}, state=VersionState.draft)
    with transaction() as db:
        token = create_token(db, actor_of(db, person.id), name="cli", scopes=tuple(Scope), days=1)[1]
    return Name(person.namespace.slug, asset.name, "1.0.0"), token


def big(path: Path, size: int) -> LocalFile:
    """A file whose every MiB differs, made without much memory."""
    block, digest = os.urandom(MIB), hashlib.sha256()
    with path.open("wb") as out:
        for number in range(size // MIB):
            piece = number.to_bytes(8, "big") + block[8:]
            digest.update(piece)
            out.write(piece)
    return LocalFile(path.name, path, size, digest.hexdigest())


def _tail(file: LocalFile, start: int) -> bytes:
    with file.place.open("rb") as source:
        source.seek(start)
        return source.read()


class Shown:
    """Calls ``act`` once when so many bytes are there; remembers the figures."""

    def __init__(self, at: int, act: Any) -> None:
        self.at, self._act, self.seen = at, act, [0]

    def __call__(self, done: int) -> None:
        self.seen.append(done)
        if self._act is not None and done >= self.at:
            act, self._act = self._act, None
            act()


def send(web: WebProcess, token: str, name: Name, file: LocalFile, shown: Any) -> str:
    with Connection(Login(web.url, token)) as there:
        return sending.send(PortalApi(there), name, file, shown, lambda _words: None)


def fetched(web: WebProcess, token: str, name: Name, file: LocalFile, start: int = 0) -> str:
    """The digest of what comes down, from ``start``."""
    digest = hashlib.sha256()
    with Connection(Login(web.url, token)) as there:
        path = PortalApi(there).file(name, file.path)
        with there.stream(path, headers={"Range": f"bytes={start}-"} if start else {}) as response:
            for chunk in response.iter_raw():
                digest.update(chunk)
    return digest.hexdigest()


@pytest.mark.slow
def test_a_web_process_killed_in_the_middle_costs_only_the_part_under_way(
    web: WebProcess, make: Make, db: Session, tmp_path: Path
) -> None:
    """kill -9 while a part is being sent; the client just goes on."""
    name, token = draft(make)
    file = big(tmp_path / "big.bin", 40 * MIB)

    def kill_and_start() -> None:
        web.end()
        web.start()

    shown = Shown(19 * MIB, kill_and_start)
    assert send(web, token, name, file, shown) == file.sha256
    steps = [later - before for before, later in zip(shown.seen, shown.seen[1:], strict=False)]
    assert min(steps) >= -8 * MIB, "no more than one part is sent again"
    assert fetched(web, token, name, file) == file.sha256


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("where", ["folder", "s3"])
def test_two_gibibytes_up_and_down_in_250_mib(
    where: str,
    request: pytest.FixtureRequest,
    database_url: str,
    database: None,
    home: Path,
    make: Make,
    tmp_path: Path,
) -> None:
    """Broken off in the middle and resumed; the same bytes come out; the web process stays small."""
    env = {}
    if where == "s3":
        seaweed: Seaweed = request.getfixturevalue("seaweed")
        from portal.kit.storage import S3Store

        settings = seaweed.settings(home, bucket="large")
        S3Store(settings).check()
        env = {
            f"CSPON_{key.upper()}": str(getattr(settings, key))
            for key in ("store_url", "s3_endpoint", "s3_access_key", "s3_secret_key", "s3_secure")
        }
    name, token = draft(make)
    file = big(tmp_path / "two.bin", 2048 * MIB)
    web = WebProcess(database_url, home, **env)
    web.start()
    try:
        peaks = []

        def restart() -> None:
            peaks.append(web.peak_kb())
            web.end()
            web.start()

        assert send(web, token, name, file, Shown(1024 * MIB, restart)) == file.sha256
        assert fetched(web, token, name, file) == file.sha256
        tail = hashlib.sha256(_tail(file, 2000 * MIB)).hexdigest()
        assert fetched(web, token, name, file, start=2000 * MIB) == tail
        peaks.append(web.peak_kb())
        print(f"{where}: VmHWM {max(peaks) / 1024:.0f} MiB")
        assert max(peaks) < LIMIT_KB, peaks
    finally:
        web.end()
