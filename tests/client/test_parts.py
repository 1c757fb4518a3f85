"""Large files by the command line: in parts, resumed after a broken connection or a killed client, never damaged."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from portal.client import sending
from portal.client.connection import Connection
from portal.client.credentials import Login
from portal.client.errors import ClientError
from portal.client.folder import LocalFile
from portal.client.names import Name
from portal.client.portal_api import PortalApi
from portal.kit.storage import get_store
from portal.settings import ROOT
from registry.storage.actions import sessions
from registry.storage.models import UploadPart, UploadSession
from registry.versions.models import VersionFile
from tests.client.conftest import Terminal
from tests.client.hostile import Hostile, told
from tests.storage.conftest import bucket
from tests.support.make import Make, Person
from tests.support.seaweed import Seaweed

MIB = 2**20
PART = 5 * MIB
SIZE = 23 * MIB + 17


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "PART", PART)


@pytest.fixture
def person(make: Make, cspon: Terminal, portal: str, token: Callable[..., str]) -> Person:
    person = make.account("研究员")
    cspon("login", portal, "--token", token(person))
    return person


@pytest.fixture
def work(tmp_path: Path) -> Path:
    root = tmp_path / "work"
    root.mkdir()
    (root / "README.md").write_text("---\nlicense: MIT\n---\n# 数据\n", encoding="utf-8")
    (root / "影像.bin").write_bytes(os.urandom(SIZE))
    return root


def push(cspon: Terminal, work: Path, person: Person, code: int = 0) -> Any:
    target = f"{person.namespace.slug}/imagery"
    return cspon(
        "push", work, "--to", target, "--version", "1.0.0", "--kind", "dataset", "--no-wait", code=code
    )


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def arrived(db: Session) -> dict[str, str]:
    db.rollback()
    return {row.path: row.sha256 for row in db.exec(select(VersionFile))}


def test_up_and_down_again(cspon: Terminal, person: Person, work: Path, db: Session, tmp_path: Path) -> None:
    before = list(get_store().leftovers())
    push(cspon, work, person)
    assert arrived(db)["影像.bin"] == digest(work / "影像.bin")
    assert list(get_store().leftovers()) == before
    cspon("pull", f"{person.namespace.slug}/imagery@1.0.0", tmp_path / "back")
    assert (tmp_path / "back/影像.bin").read_bytes() == (work / "影像.bin").read_bytes()


def test_a_stopped_push_goes_on(
    cspon: Terminal, person: Person, work: Path, db: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []
    put = PortalApi.put_part

    def failing(self: PortalApi, name: Name, key: str, number: int, *rest: Any) -> None:
        if len(sent) == 2:
            raise KeyboardInterrupt
        put(self, name, key, number, *rest)
        sent.append(number)

    monkeypatch.setattr(PortalApi, "put_part", failing)
    push(cspon, work, person, code=130)
    assert sent == [0, 1]
    assert len(db.exec(select(UploadPart)).all()) == 2
    sent.clear()
    sent.append(-1)  # so that it does not stop again
    sent.append(-1)
    sent.append(-1)
    said = push(cspon, work, person)
    assert sent[3:] == [2, 3, 4]
    assert "2 of 5 parts are there" in said.stderr
    assert arrived(db)["影像.bin"] == digest(work / "影像.bin")


def test_a_killed_client_goes_on(cspon: Terminal, person: Person, work: Path, db: Session) -> None:
    """kill -9 of the real command in the middle of a file."""
    command = [
        sys.executable, "-m", "portal.cli", "push", str(work), "--to", f"{person.namespace.slug}/imagery", "--version",
        "1.0.0", "--kind", "dataset", "--no-wait",
    ]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _attempt in range(600):
        db.rollback()
        if db.exec(select(UploadPart)).first() or process.poll() is not None:
            break
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    push(cspon, work, person)
    assert arrived(db)["影像.bin"] == digest(work / "影像.bin")


def test_a_file_that_changed_is_sent_anew(
    cspon: Terminal, person: Person, work: Path, db: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_given: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(PortalApi, "complete_upload", stop)
        push(cspon, work, person, code=130)
    (work / "影像.bin").write_bytes(os.urandom(SIZE))
    push(cspon, work, person)
    assert arrived(db)["影像.bin"] == digest(work / "影像.bin")
    states = sorted(row.state.value for row in db.exec(select(UploadSession)))
    assert states == ["cancelled", "done"]


@pytest.mark.slow
def test_past_the_portal(
    cspon: Terminal, person: Person, work: Path, db: Session, monkeypatch: pytest.MonkeyPatch, seaweed: Seaweed,
    tmp_path: Path,
) -> None:  # fmt: skip
    """With a public S3 address no byte of a large file passes the portal, and the digests are still checked."""
    monkeypatch.setattr(PortalApi, "put_part", None)
    with bucket(monkeypatch, seaweed, direct=True) as store:
        push(cspon, work, person)
        assert arrived(db)["影像.bin"] == digest(work / "影像.bin")
        assert store.size(digest(work / "影像.bin")) == SIZE
        cspon("pull", f"{person.namespace.slug}/imagery@1.0.0", tmp_path / "back")
        assert (tmp_path / "back/影像.bin").read_bytes() == (work / "影像.bin").read_bytes()
        partial = tmp_path / "again/.cspon-partial"
        partial.mkdir(parents=True)
        (partial / digest(work / "影像.bin")).write_bytes((work / "影像.bin").read_bytes()[: 7 * MIB])
        cspon("pull", f"{person.namespace.slug}/imagery@1.0.0", tmp_path / "again")
        assert (tmp_path / "again/影像.bin").read_bytes() == (work / "影像.bin").read_bytes()
        monkeypatch.undo()


NAME = Name("lab", "model", "1.0.0")
BASE = "/api/v1/assets/lab/model/versions/1.0.0/uploads"


def session(**changes: Any) -> dict[str, Any]:
    return {
        "id": "s", "part_size": PART, "parts": 2, "missing": [0, 1], "present": {}, "direct": False, "state": "open",
        **changes,
    }  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> LocalFile:
    place = tmp_path / "big.bin"
    place.write_bytes(os.urandom(PART + 3))
    return LocalFile("big.bin", place, PART + 3, digest(place))


def sends(hostile: Hostile, file: LocalFile) -> str:
    with Connection(Login(hostile.url, "secret")) as connection:
        return sending.send(PortalApi(connection), NAME, file, lambda _n: None, lambda _t: None)


def test_parts_found_damaged_are_sent_again_but_not_for_ever(hostile: Hostile, file: LocalFile) -> None:
    hostile.rules[BASE] = [told(session(), 201)]
    hostile.rules[f"{BASE}/s"] = [told(session(missing=[1]))]
    for number in (0, 1):
        hostile.rules[f"{BASE}/s/parts/{number}"] = [told({})]
    hostile.rules[f"{BASE}/s/complete"] = [told({"title": "damaged", "code": "parts-damaged"}, 409)]
    with pytest.raises(ClientError, match="damaged"):
        sends(hostile, file)
    sent = [asked.path.rpartition("/")[2] for asked in hostile.asked if asked.method == "PUT"]
    assert sent == ["0", "1", "1", "1"]


def test_a_part_that_keeps_arriving_damaged_ends_it(hostile: Hostile, file: LocalFile) -> None:
    hostile.rules[BASE] = [told(session(), 201)]
    hostile.rules[f"{BASE}/s/parts/0"] = [told({"title": "wrong", "code": "part-damaged"}, 422)]
    with pytest.raises(ClientError):
        sends(hostile, file)
    assert len([asked for asked in hostile.asked if asked.method == "PUT"]) == 3


def test_the_token_never_goes_to_another_host(hostile: Hostile, file: LocalFile) -> None:
    with Hostile() as elsewhere:
        elsewhere.rules["/bucket"] = [told({})]
        hostile.rules[BASE] = [told(session(direct=True), 201)]
        for number in (0, 1):
            hostile.rules[f"{BASE}/s/parts/{number}/address"] = [
                told({"url": f"{elsewhere.url}/bucket?n={number}"})
            ]
            hostile.rules[f"{BASE}/s/parts/{number}"] = [told({})]
        hostile.rules[f"{BASE}/s/complete"] = [told(session(sha256=file.sha256, state="done"), 201)]
        assert sends(hostile, file) == file.sha256
        assert b"".join(asked.body for asked in elsewhere.asked) == file.place.read_bytes()
        assert all("authorization" not in {k.lower() for k in asked.headers} for asked in elsewhere.asked)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x/y", ""])
def test_an_address_that_is_none_is_refused(hostile: Hostile, file: LocalFile, url: str) -> None:
    hostile.rules[BASE] = [told(session(direct=True), 201)]
    hostile.rules[f"{BASE}/s/parts/0/address"] = [told({"url": url})]
    with pytest.raises(ClientError):
        sends(hostile, file)


@pytest.mark.parametrize("size", [0, -5, 2**40])
def test_nonsense_about_parts_is_refused(hostile: Hostile, file: LocalFile, size: int) -> None:
    hostile.rules[BASE] = [told(session(part_size=size), 201)]
    with pytest.raises(ClientError):
        sends(hostile, file)


def test_waiting_while_another_process_puts_it_together(
    hostile: Hostile, file: LocalFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "POLL_S", 0.01)
    hostile.rules[BASE] = [told(session(missing=[]), 200)]
    hostile.rules[f"{BASE}/s/complete"] = [
        told({"title": "busy", "code": "assembling"}, 409), told(session(sha256=file.sha256), 201),
    ]  # fmt: skip
    assert sends(hostile, file) == file.sha256
