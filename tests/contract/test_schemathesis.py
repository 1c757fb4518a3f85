"""The API is what its OpenAPI document says: all checks of schemathesis, as four actors."""

from collections.abc import Iterator
from typing import Any

import pytest
from schemathesis.checks import CHECKS, load_all_checks
from sqlmodel import Session

from portal.settings import get_settings
from tests.contract import running
from tests.contract.world import World, build

ACTORS = {"anonymous": 20, "member": 35, "publisher": 60, "admin": 35}
"""Who asks, and how many operations must at least have done what they are for: refusals alone prove little."""
SHARE = 40
"""In the quick test each actor goes systematically through one operation in so many; the slow one leaves none out."""


@pytest.fixture
def world(db: Session, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Limits that many requests a second do not reach; they are counted all the same."""
    monkeypatch.setattr(get_settings(), "api_per_minute", 1_000_000)
    monkeypatch.setattr(get_settings(), "user_quota_gb", 1_000_000.0)
    return build(db)


def check(found: running.Run) -> None:
    wrong = found.report
    assert not wrong, wrong


def operations(application: Any) -> list[str]:
    paths = application.openapi()["paths"]
    return [f"{method.upper()} {path}" for path, methods in paths.items() for method in methods]


def test_no_check_is_off(world: World) -> None:
    load_all_checks()
    settings = running.config(world, "member", phases=["examples"], examples=1)
    checks = settings.projects.default.checks
    names = set(CHECKS.get_all_names())
    assert len(names) >= 14
    assert [name for name in names if not checks.get_by_name(name=name).enabled] == []


@pytest.mark.parametrize(
    "actor",
    ["anonymous", "publisher", *(pytest.param(name, marks=pytest.mark.slow) for name in ("member", "admin"))],
)
def test_by_examples(application: Any, world: World, actor: str) -> None:
    everything = operations(application)
    found = running.run(application, world, running.config(world, actor, phases=["examples"], examples=1))
    check(found)
    first = list(ACTORS).index(actor) * SHARE // len(ACTORS)
    share = {
        *everything[first::SHARE],
        *(set(everything) - set(found.met)),
    }  # what takes nothing has no example
    more = running.run(
        application, world, running.config(world, actor, phases=["coverage"], examples=1), share.__contains__
    )
    check(more)
    assert set(found.met) | set(more.met) == set(everything)
    assert len(found.fine | more.fine) >= ACTORS[actor], sorted(found.fine | more.fine)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("actor", ACTORS)
def test_systematically(application: Any, world: World, actor: str) -> None:
    found = running.run(application, world, running.config(world, actor, phases=["coverage"], examples=1))
    check(found)
    assert set(found.met) == set(operations(application))


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("actor", ACTORS)
def test_in_depth(application: Any, world: World, actor: str) -> None:
    check(
        running.run(
            application, world, running.config(world, actor, phases=["fuzzing", "stateful"], examples=10)
        )
    )
