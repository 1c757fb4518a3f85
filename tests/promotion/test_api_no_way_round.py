"""No operation of the API lets anything through: what does takes a person at the page, and the action says so too."""

import ast
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI

from portal.accounts.models import Scope
from portal.accounts.sessions import actor_of
from portal.kit.db import transaction
from portal.kit.errors import Forbidden
from registry.certification.actions import deciding
from registry.certification.forms import DecisionInput
from registry.promotion.actions import moving
from registry.promotion.models import TRACK, Stage
from tests.promotion.conftest import REASON, UNMET, Desk
from tests.support.browser import Client
from tests.support.doors import bearer
from tests.support.tree import ROOT

ROLES = ("secretariat", "promotion_committee", "certifier", "node_operator", "reviewer", "system_admin")
OURS = ("/api/v1/promotions", "/api/v1/certificates")
LETTING_THROUGH = {"moving.advance", "moving.vote", "deciding.grant", "deciding.lift", "profiles.revise"}


def bodies(document: dict[str, Any], operation: dict[str, Any]) -> list[dict[str, Any]]:
    """The example of an operation's body, once with every decision its schema names."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return [{}]
    schema = document["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
    example = schema["example"]
    decisions = schema["properties"].get("decision", {}).get("enum")
    if decisions is None:
        return [example]
    return [example | {"decision": each, "reason": REASON} for each in decisions]


def test_no_operation_moves_a_promotion_on(desk: Desk, application: FastAPI, client: Client) -> None:
    """By somebody with every role and no part in it, from each stage, with bodies that hold, and no gate in the way."""
    key = desk.nominate()
    desk.rules(key, {})
    person = desk.make.account("多面手", roles=ROLES)
    headers = bearer(person, *Scope)
    document = application.openapi()
    tried, changed = 0, 0
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method == "get" or not path.startswith(OURS):
                continue
            for stage in (*TRACK, Stage.suspended):
                for body in bodies(document, operation):
                    desk.put(key, stage, "pilot" if stage is Stage.suspended else "")
                    where = path.replace("{id}", str(key)).replace("{site}", str(key))
                    answer = client.request(method, where, json=body, headers=headers)
                    assert answer.status_code != 422, (path, body, answer.text)
                    tried, changed = tried + 1, changed + (answer.status_code < 300)
                    after = desk.stage(key)
                    assert after is stage or after not in TRACK, (path, body)
    assert tried > 100
    assert changed > 10, "the walk did knock at doors that open"


def test_only_pages_call_what_lets_something_through() -> None:
    """In the source: the API's files neither import these verbs nor call them."""
    for domain in ("promotion", "certification"):
        for path in (ROOT / "registry" / domain).glob("api*.py"):
            called = {
                ast.unparse(node.func)
                for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                if isinstance(node, ast.Call)
            }
            text = path.read_text(encoding="utf-8")
            assert not called & LETTING_THROUGH, path
            assert not [word for word in LETTING_THROUGH if word in text], path


def test_a_token_does_not_let_anything_through_by_the_action_either(desk: Desk) -> None:
    key = desk.nominate()
    desk.rules(key, {"qualified": [UNMET | {"overridable": True}]})
    certificate = desk.certify().id
    certifier = desk.make.account("认证员", roles=("certifier",))
    given = DecisionInput(reason=REASON)
    acts: list[tuple[Any, Any, dict[str, Any]]] = [
        (moving.advance, desk.secretary, {"promotion_id": key, "target": Stage.qualified, "reason": REASON}),
        (moving.vote, desk.committee[0], {"promotion_id": key, "in_favour": True, "reason": REASON}),
        (deciding.grant, certifier, {"certificate_id": certificate, "given": given}),
        (deciding.lift, certifier, {"certificate_id": certificate, "reason": REASON}),
    ]
    for action, who, values in acts:
        with transaction() as db:
            actor = replace(actor_of(db, who.id), scopes=frozenset(Scope))
            with pytest.raises(Forbidden) as refused:
                action(db, actor, **values)
        assert "令牌" in refused.value.message
    assert desk.stage(key) is Stage.nominated
