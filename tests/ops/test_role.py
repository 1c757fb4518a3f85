"""The operator's way to the first administrator."""

import pytest
from click.testing import CliRunner
from sqlmodel import Session, select

from portal.accounts.models import AccountRole, Role
from portal.audit import queries
from portal.commands.role import role
from portal.settings import get_settings
from tests.support.make import Make


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, database_url: str) -> CliRunner:
    monkeypatch.setenv("CSPON_DATABASE_URL", database_url)
    get_settings.cache_clear()
    return CliRunner()


def test_first_administrator(run: CliRunner, make: Make, db: Session) -> None:
    person = make.account()
    done = run.invoke(role, ["grant", person.account.email, "system_admin"])
    assert done.exit_code == 0, done.output
    held = db.exec(select(AccountRole.role).where(AccountRole.account_id == person.id)).all()
    assert list(held) == [Role.system_admin]
    assert queries.latest(db)[0].verb == "role.granted"
    done = run.invoke(role, ["grant", person.account.email, "auditor"])
    assert done.exit_code == 1
    assert run.invoke(role, ["revoke", person.account.email, "system_admin"]).exit_code == 0
    db.expire_all()
    assert db.exec(select(AccountRole).where(AccountRole.account_id == person.id)).all() == []


def test_unknown_address_and_role_are_said(run: CliRunner) -> None:
    done = run.invoke(role, ["grant", "nobody@example.org", "system_admin"])
    assert done.exit_code == 1
    assert "Sign up first" in done.output
    assert run.invoke(role, ["grant", "nobody@example.org", "emperor"]).exit_code == 2
