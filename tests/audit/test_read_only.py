"""A database restored to before a checkpoint that was seen: the site opens read-only, and says so everywhere."""

import threading
from collections.abc import Iterator

import pytest
from click.testing import CliRunner
from sqlalchemy import text
from sqlmodel import Session

from portal.audit import actions, queries, watermark
from portal.audit.watching import Watch, contradicted
from portal.cli import main
from portal.kit import readonly
from portal.kit.actor import SYSTEM
from portal.kit.db import database_url
from portal.settings import get_settings
from portal.worker.main import Process
from tests.audit.conftest import Fill, Sign, Witness, tamper
from tests.support.browser import Client


@pytest.fixture(autouse=True)
def _anew() -> Iterator[None]:
    readonly.forget()
    yield
    readonly.forget()


def _restored(db: Session) -> None:
    tamper(
        db,
        "DELETE FROM audit_checkpoint",
        "DELETE FROM audit_node",
        "DELETE FROM audit_leaf WHERE index > 3",
        "DELETE FROM audit_event WHERE seq NOT IN (SELECT event_seq FROM audit_leaf)",
        "UPDATE audit_head SET size = 4",
    )
    readonly.forget()


def test_read_only_until_accepted(
    client: Client, db: Session, fill: Fill, sign: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(6)
    sign()
    assert client.post("/sign-in", data={}).status_code != 503
    _restored(db)
    page = client.get("/", headers={"Accept-Language": "en"})
    assert page.status_code == 200
    assert "The site is read-only" in page.text
    refused = client.post("/sign-in", data={}, headers={"Accept-Language": "en"})
    assert refused.status_code == 503
    assert "The site is read-only" in refused.text
    problem = client.post("/api/v1/log/cosignatures", json={"note": "x"})
    assert (problem.status_code, problem.json()["code"]) == (503, "read-only")
    assert client.get("/api/v1/log/entries").status_code == 200
    worker = object.__new__(Process)
    assert "read-only" in worker._drains()
    assert actions.sign_checkpoint(db) is None
    db.commit()
    assert [alarm.kind for alarm in queries.raised(db)] == ["shorter"]

    monkeypatch.setenv("CSPON_DATABASE_URL", database_url())
    monkeypatch.setenv("LANGUAGE", "en")
    get_settings.cache_clear()
    done = CliRunner().invoke(main, ["log", "accept-loss", "--reason", "restored on purpose"])
    assert done.exit_code == 0, done.output
    readonly.forget()
    assert client.post("/sign-in", data={}).status_code != 503
    assert "The site is read-only" not in client.get("/", headers={"Accept-Language": "en"}).text
    kept = watermark.read()
    assert kept is not None
    assert kept.split("\n")[1] == "5"
    assert CliRunner().invoke(main, ["verify"]).exit_code == 0
    get_settings.cache_clear()


def test_accepted_by_the_command_alone(
    client: Client, db: Session, fill: Fill, sign: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No job had raised the alarm yet, because the workers had stopped at once."""
    fill(6)
    sign()
    _restored(db)
    assert readonly.closed()
    monkeypatch.setenv("CSPON_DATABASE_URL", database_url())
    get_settings.cache_clear()
    done = CliRunner().invoke(main, ["log", "accept-loss", "--reason", "restored on purpose"])
    assert done.exit_code == 0, done.output
    readonly.forget()
    assert not readonly.closed()
    get_settings.cache_clear()


def test_deleted_and_signed_again_is_told_by_a_witness(
    client: Client, db: Session, fill: Fill, sign: Sign, witness: Witness
) -> None:
    """Whoever owns database, key and the host's file leaves no trace here; what a witness holds closes the site."""
    actions.add_witness(db, SYSTEM, key=witness.key.text())
    db.commit()
    fill(6)
    seen = sign()
    watermark.path().unlink()
    _restored(db)
    sign()
    readonly.forget()
    assert "The site is read-only" not in client.get("/", headers={"Accept-Language": "en"}).text
    told = client.post("/api/v1/log/cosignatures", json={"note": witness.cosign(seen.note)})
    assert (told.status_code, told.json()) == (200, {"alarm": True})
    readonly.forget()
    assert "The site is read-only" in client.get("/", headers={"Accept-Language": "en"}).text
    assert client.post("/sign-in", data={}).status_code == 503
    (alarm,) = queries.raised(db)
    assert (alarm.kind, alarm.witness) == ("shorter", "node-43")


def test_a_database_that_is_away_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> bool:
        raise OSError

    monkeypatch.setattr(readonly, "_look", away)
    assert readonly.closed() is False


def test_it_is_looked_up_every_few_seconds_only(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(readonly, "_look", lambda: bool(asked.append(1)))
    assert [readonly.closed() for _ in range(5)] == [False] * 5
    assert len(asked) == 1


def test_no_request_waits_for_the_look(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The looks go on in a thread of their own; while one hangs, pages and changes go on by what was known."""
    asked: list[str] = []
    hangs, again = threading.Event(), threading.Event()

    def look() -> bool:
        asked.append(threading.current_thread().name)
        if len(asked) > 1:
            again.set()
            hangs.wait(30)
        return False

    monkeypatch.setattr(readonly, "EVERY_S", 0.01)
    readonly.look_with(look)
    try:
        with readonly.looking():
            assert again.wait(10)  # it hangs now, as it does while the database is away
            assert client.get("/healthz").status_code == 200
            assert client.get("/").status_code == 200
            assert client.post("/sign-in", data={}).status_code != 503
            assert set(asked[1:]) == {"read-only"}
    finally:
        hangs.set()
        readonly.look_with(contradicted)


def test_nothing_is_let_in_before_the_first_look_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that has just started, whose thread is looking for the first time."""
    begun, go = threading.Event(), threading.Event()

    def look() -> bool:
        if threading.current_thread().name == "read-only":
            begun.set()
            go.wait(10)
        return True

    readonly.look_with(look)
    try:
        with readonly.looking():
            assert begun.wait(10)
            assert readonly.closed()
    finally:
        go.set()
        readonly.look_with(contradicted)


def test_a_look_begun_before_it_was_forgotten_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def look() -> bool:
        readonly.forget()
        return True

    monkeypatch.setattr(readonly, "_look", look)
    assert readonly.closed() is False


def test_one_connection_looks_again_and_again(db: Session) -> None:
    """And a new one is made where the server has ended it."""
    watch, mine = Watch(), text("SELECT pid FROM pg_stat_activity WHERE application_name = 'cspon-watch'")
    before = set(db.execute(mine).scalars())
    assert [watch() for _ in range(3)] == [False] * 3
    db.rollback()
    (first,) = set(db.execute(mine).scalars()) - before
    db.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": first})
    db.commit()
    assert watch() is False
    (second,) = set(db.execute(mine).scalars()) - before - {first}
    assert second != first
    watch._drop()
