"""The database role of a worker elsewhere: what it may, and above all what it may not."""

from collections.abc import Iterator

import psycopg
import pytest
from click.testing import CliRunner
from psycopg import sql
from sqlmodel import Session

from portal.cli import main
from portal.kit.db import raw_dsn
from portal.kit.grants import READ, NotARole, checked, drop_worker, grant_worker
from tests.support.make import Make

PASSWORD = "a-long-worker-password"
SECRET = (
    "account", "access_token", "browser_session", "mail", "totp_secret", "recovery_code", "reset_token", "webauthn_key",
    "sign_up", "email_change", "notice", "audit_event", "organisation", "invitation", "attempt_log", "account_role",
)  # fmt: skip


@pytest.fixture
def role(database: None, database_url: str) -> Iterator[str]:
    made = grant_worker(database_url, "far", PASSWORD)
    yield made
    drop_worker(database_url, "far")


@pytest.fixture
def far(role: str) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    """A connection with that role's rights and no others (the server's own account takes its part)."""
    with psycopg.connect(raw_dsn(), autocommit=True) as connection:
        connection.execute(sql.SQL("SET SESSION AUTHORIZATION {}").format(sql.Identifier(role)))
        yield connection


@pytest.mark.parametrize("table", SECRET)
def test_it_reads_no_secrets(far: "psycopg.Connection[tuple[object, ...]]", table: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        far.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table)))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE account SET password_hash = ''",
        "INSERT INTO account_role SELECT",
        "DELETE FROM audit_event",
        "UPDATE audit_event SET reason = ''",
        "UPDATE result SET item_count = 0",
        "DELETE FROM evaluation",
        "UPDATE queue_rule SET user_running = 9",
        "TRUNCATE attempt",
        "CREATE TABLE mine (id int)",
        "ALTER ROLE CURRENT_USER SUPERUSER",
        "COPY attempt TO PROGRAM 'id'",
        "SELECT pg_read_file('/etc/passwd')",
    ],
)
def test_it_changes_nothing_beyond_its_work(
    far: "psycopg.Connection[tuple[object, ...]]", statement: str
) -> None:
    with pytest.raises(psycopg.Error) as refused:
        far.execute(statement)  # type: ignore[call-overload]
    assert isinstance(refused.value, psycopg.errors.InsufficientPrivilege), refused.value


def test_it_reads_what_a_run_needs(far: "psycopg.Connection[tuple[object, ...]]") -> None:
    for table in READ:
        far.execute(sql.SQL("SELECT * FROM {} LIMIT 1").format(sql.Identifier(table)))


def test_making_it_twice_sets_it_anew(role: str, database_url: str) -> None:
    assert grant_worker(database_url, "far", PASSWORD + "2") == role


@pytest.mark.parametrize("name", ["", "Far", 'x"; DROP ROLE cspon; --', "a" * 60, "../x", "x y"])
def test_odd_names_are_refused(name: str) -> None:
    with pytest.raises(NotARole):
        checked(name)


def test_short_passwords_are_refused(database: None, database_url: str) -> None:
    with pytest.raises(NotARole, match="12"):
        grant_worker(database_url, "far", "short")


def test_the_command(db: Session, make: Make, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSPON_DATABASE_URL", database_url)
    from portal.settings import get_settings

    get_settings.cache_clear()
    run = CliRunner().invoke
    made = run(main, ["worker-role", "create", "hall", "--password", PASSWORD])
    assert made.exit_code == 0, made.output
    assert run(main, ["worker-role", "create", "Hall 2", "--password", PASSWORD]).exit_code == 1
    for _ in range(2):
        assert run(main, ["worker-role", "drop", "hall"]).exit_code == 0
    monkeypatch.undo()
    get_settings.cache_clear()
