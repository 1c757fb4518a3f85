"""The client as a person has it: a terminal, a configuration folder of its own, a portal to speak to."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from portal.accounts.actions import create_token
from portal.accounts.models import Scope
from portal.accounts.sessions import actor_of
from portal.client import connection
from portal.client.commands import COMMANDS
from portal.kit.db import transaction
from portal.kit.i18n import set_locale
from tests.client.hostile import Hostile
from tests.client.serving import served
from tests.support.make import Person


class Terminal:
    """Runs the client's commands in this process."""

    def __init__(self) -> None:
        self.runner = CliRunner()

    def __call__(self, *arguments: object, code: int = 0, stdin: str | None = None, **env: str) -> Result:
        words = [str(word) for word in arguments]
        result = self.runner.invoke(COMMANDS[words[0]], words[1:], input=stdin, env=env)
        said = f"{result.output}\n{result.stderr}\n{result.exception!r}"
        assert result.exit_code == code, said
        return result

    def json(self, *arguments: object, code: int = 0, **env: str) -> Any:
        result = self(*arguments, "--json", code=code, **env)
        assert result.stderr == ""
        return json.loads(result.stdout)


@pytest.fixture(autouse=True)
def _own_world(tmp_path: Path, _language: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("CSPON_URL", "CSPON_TOKEN", "LANGUAGE", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    monkeypatch.setattr(connection, "FIRST_WAIT_S", 0.01)
    set_locale("en")


@pytest.fixture
def cspon() -> Terminal:
    return Terminal()


@pytest.fixture(scope="module")
def site(application: object) -> Iterator[str]:
    with served(application) as url:
        yield url


@pytest.fixture
def portal(site: str, database: None) -> str:
    """Address of the real portal; its database is empty again after the test."""
    return site


@pytest.fixture
def token(portal: str) -> Callable[..., str]:
    """A token of somebody."""

    def make_token(person: Person, *scopes: Scope) -> str:
        with transaction() as db:
            actor = actor_of(db, person.id)
            return create_token(db, actor, name="cli", scopes=scopes or tuple(Scope), days=7)[1]

    return make_token


@pytest.fixture
def hostile() -> Iterator[Hostile]:
    with Hostile() as server:
        yield server
