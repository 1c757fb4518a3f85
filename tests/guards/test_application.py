"""Every route declares its guard; settings, commands and roles are documented; the schema is what the models say."""

from typing import Any

import click
from fastapi import FastAPI
from starlette.routing import Mount, Route

from portal.accounts.models import Role, Scope
from portal.kit.migrate import drift, pending
from portal.kit.routes import guard_of
from portal.settings import Settings
from tests.support.tree import ROOT

UNGUARDED = {"/api/v1/openapi.json"}


def _docs() -> str:
    return "\n".join(p.read_text(encoding="utf-8") for p in [*ROOT.glob("docs/**/*.md"), *ROOT.glob("*.md")])


def _routes(app: FastAPI) -> list[Route]:
    """All routes, also those of included routers, which FastAPI keeps apart."""
    found: list[Route] = []
    todo = list(app.routes)
    while todo:
        route = todo.pop()
        if isinstance(route, Route):
            found.append(route)
        elif hasattr(route, "original_router"):
            todo += route.original_router.routes
    return found


def test_every_route_declares_a_guard(application: FastAPI) -> None:
    routes = _routes(application)
    assert len(routes) > 60
    missing = [f"{r.methods} {r.path}" for r in routes if guard_of(r) is None and r.path not in UNGUARDED]
    assert not missing, missing
    assert [m.path for m in application.routes if isinstance(m, Mount)] == ["/static"]


def test_state_changes_never_by_get(application: FastAPI) -> None:
    verbs = (
        "delete",
        "remove",
        "revoke",
        "cancel",
        "submit",
        "yank",
        "sign-out",
        "release",
        "reject",
        "leave",
    )
    wrong = [
        r.path
        for r in _routes(application)
        if r.methods and "GET" in r.methods and r.path.rsplit("/", 1)[-1] in verbs
    ]
    assert not wrong, wrong


def test_api_operations_have_summary_and_unique_ids(application: FastAPI) -> None:
    document = application.openapi()
    operations = [(p, m, o) for p, methods in document["paths"].items() for m, o in methods.items()]
    assert len(operations) >= 20
    assert all(p.startswith("/api/v1/") for p, _m, _o in operations)
    assert not [f"{m} {p}" for p, m, o in operations if not o.get("summary")]


def test_the_document_says_bounds_in_words_of_json_schema(application: FastAPI) -> None:
    """A bound after a validator of one's own comes out as ``ge``; a pattern of keys alone allows all other keys."""
    wrong: list[str] = []

    def walk(value: Any, where: str) -> None:
        if isinstance(value, list):
            for place, each in enumerate(value):
                walk(each, f"{where}/{place}")
        if not isinstance(value, dict):
            return
        if "/properties/" in where and {"ge", "gt", "le", "lt"} & value.keys():
            wrong.append(f"{where}: put the bound before the validator")
        if "patternProperties" in value and "additionalProperties" not in value:
            wrong.append(f"{where}: other keys may have any value")
        for key, each in value.items():
            walk(each, f"{where}/{key}")

    walk(application.openapi()["components"]["schemas"], "")
    assert not wrong, wrong


def test_settings_are_documented() -> None:
    text = (ROOT / "docs/operator.md").read_text(encoding="utf-8")
    missing = [name for name in Settings.model_fields if f"CSPON_{name.upper()}" not in text]
    assert not missing, missing


def test_commands_are_documented() -> None:
    from portal.cli import main

    assert isinstance(main, click.Group)
    context = click.Context(main)
    text = _docs()
    missing = [name for name in main.list_commands(context) if f"cspon {name}" not in text]
    assert not missing, missing


def test_roles_and_scopes_are_documented() -> None:
    text = _docs()
    missing = [str(item) for item in [*Role, *Scope] if f"`{item}`" not in text]
    assert not missing, missing


def test_schema_is_what_the_models_say(database_url: str) -> None:
    from portal.kit.schema import is_current

    assert not pending(database_url)
    assert is_current(database_url)
    from portal.metadata import metadata

    assert drift(database_url, metadata) == []
