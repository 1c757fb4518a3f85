"""Every change of state is an audit event: watched in every test that uses the database (``tests.support.moves``).

Here: that the watch covers all machines, that it sees what it is to see, and that its exceptions are real.
"""

import re
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session, SQLModel

from portal.accounts.actions import people
from portal.accounts.models import Account, AccountState
from portal.audit.wording import ACTIONS, event_words
from portal.kit.actor import SYSTEM
from portal.kit.db import engine, transaction
from portal.kit.tables import EnumText
from tests.guards.test_states import TABLES
from tests.support import moves
from tests.support.make import Make
from tests.support.tree import ROOT

PRODUCT = "portal/accounts/actions/elsewhere.py"


def as_program(statement: str) -> None:
    """Run a statement as if it stood in a module of ours."""
    source = "def run(db, text, statement):\n    db.execute(text(statement))\n"
    scope: dict[str, Any] = {}
    exec(compile(source, str(moves.ROOT / PRODUCT), "exec"), scope)  # noqa: S102
    with transaction() as db:
        scope["run"](db, text, statement)


def test_every_event_has_a_name_in_words() -> None:
    verbs = {
        verb
        for folder in ("portal", "registry")
        for path in (ROOT / folder).rglob("*.py")
        for verb in re.findall(r'\bverb="([a-z_.-]+)"', path.read_text(encoding="utf-8"))
    }
    assert len(verbs) > 140
    assert [verb for verb in sorted(verbs) if not event_words(verb)] == []
    states = {state.value for _key, table in TABLES for state in type(next(iter(table)))}
    assert states - set(ACTIONS) == set()


def test_every_machine_is_watched(database: None) -> None:
    watched = {
        SQLModel.metadata.tables[name].columns[column].type.kind  # type: ignore[attr-defined]
        for name, (column, _key) in moves.machines().items()
    }
    assert {type(next(iter(table))) for _key, table in TABLES} == watched
    triggers = text("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'watch_moves'")
    with engine().connect() as connection:
        assert set(connection.execute(triggers).scalars()) == set(moves.machines())


def test_exceptions_name_what_there_is() -> None:
    tables = SQLModel.metadata.tables
    for name, columns in moves.BESIDE.items():
        assert name in moves.machines()
        assert set(columns) <= set(tables[name].columns.keys()), name
    for (name, old, new), why in moves.QUIET.items():
        kind: Any = tables[name].columns[moves.machines()[name][0]].type
        assert isinstance(kind, EnumText)
        assert {old, new} - {None} <= {state.value for state in kind.kind}
        assert why


def test_a_move_without_an_event_is_seen(db: Session, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    account = make.account().account
    assert moves.unsaid(engine()) == []
    with transaction() as session:
        people.lock_account(session, SYSTEM, account_id=account.id, reason="told")
    assert moves.unsaid(engine()) == []
    other = make.account().account
    monkeypatch.setattr(people, "record", lambda *_args, **_values: None)
    with transaction() as session:
        people.lock_account(session, SYSTEM, account_id=other.id, reason="silent")
    assert moves.unsaid(engine()) == [moves.Move("account", str(other.id), "active", "locked")]


def test_statements_of_ours_are_seen_and_those_of_tests_are_not(db: Session, make: Make) -> None:
    account = make.account().account
    db.execute(text("UPDATE account SET state = 'locked' WHERE id = :id"), {"id": account.id})
    db.commit()
    found = db.get(Account, account.id, populate_existing=True)
    assert found is not None
    found.state = AccountState.active
    db.add(found)
    db.commit()
    assert moves.unsaid(engine()) == []
    as_program(f"UPDATE account SET state = 'locked' WHERE id = '{account.id}'")  # noqa: S608
    assert [str(each) for each in moves.unsaid(engine())] == ["account: active -> locked"]
