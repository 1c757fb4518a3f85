"""A database restored to before a checkpoint that was seen: the site opens read-only, and says so everywhere."""

from collections.abc import Iterator

import pytest
from click.testing import CliRunner
from sqlmodel import Session

from portal.audit import actions, queries, watermark
from portal.cli import main
from portal.kit import readonly
from portal.kit.db import database_url
from portal.settings import get_settings
from portal.worker.main import Process
from tests.audit.conftest import Fill, Sign, tamper
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
