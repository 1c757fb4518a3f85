"""Every pair of states is tried against its table, and every non-final state can end."""

import importlib
from enum import StrEnum

import pytest

from portal.kit.errors import Conflict
from portal.kit.states import check_move
from tests.support.tree import modules, name


def _tables() -> list[tuple[str, dict[StrEnum, dict[StrEnum, frozenset[str]]]]]:
    found = []
    for path in modules():
        if path.name != "models.py" and (path.parent.name != "models" or path.stem == "__init__"):
            continue
        if "registry/demo" in path.as_posix():
            continue
        module = importlib.import_module(name(path).removesuffix(".py").replace("/", "."))
        found += [(key, value) for key, value in vars(module).items() if key.endswith("_TRANSITIONS")]
    return sorted(found, key=lambda pair: pair[0])  # two domains may call a table the same


TABLES = _tables()
WITHOUT_END = {"VERIFICATION_TRANSITIONS"}
"""Verified, refused and revoked organisations may always ask again; that table has no final state by design."""


def test_there_are_tables() -> None:
    assert {
        "VERSION_TRANSITIONS",
        "EVALUATION_TRANSITIONS",
        "ATTEMPT_TRANSITIONS",
        "ACCOUNT_TRANSITIONS",
    } <= {k for k, _ in TABLES}


@pytest.mark.parametrize(("key", "table"), TABLES, ids=[k for k, _ in TABLES])
def test_every_pair(key: str, table: dict[StrEnum, dict[StrEnum, frozenset[str]]]) -> None:
    states = type(next(iter(table)))
    for old in states:
        for new in states:
            allowed = table.get(old, {}).get(new)
            if allowed is None:
                with pytest.raises(Conflict):
                    check_move(table, old, new)
                continue
            assert allowed, f"{key}: {old} -> {new} by nobody"
            for who in allowed:
                check_move(table, old, new, who)
            with pytest.raises(Conflict):
                check_move(table, old, new, "nobody in particular")


@pytest.mark.parametrize(("key", "table"), TABLES, ids=[k for k, _ in TABLES])
def test_every_state_can_end(key: str, table: dict[StrEnum, dict[StrEnum, frozenset[str]]]) -> None:
    states = list(type(next(iter(table))))
    final = {s for s in states if not table.get(s)}
    if key in WITHOUT_END:
        assert not final
        return
    assert final, key
    for start in states:
        seen, todo = {start}, [start]
        while todo:
            for following in table.get(todo.pop(), {}):
                if following not in seen:
                    seen.add(following)
                    todo.append(following)
        assert seen & final, f"{key}: {start} never ends"


@pytest.mark.parametrize(("key", "table"), TABLES, ids=[k for k, _ in TABLES])
def test_every_state_has_words(key: str, table: dict[StrEnum, dict[StrEnum, frozenset[str]]]) -> None:
    for state in type(next(iter(table))):
        assert isinstance(getattr(state, "label", None), str), f"{key}: {state}"
