"""What one account, one network address and one token may do in a while: 429 with Retry-After as page and as JSON."""

import pytest
from sqlmodel import Session

from portal.accounts import actions, throttle
from portal.accounts.models import Scope
from portal.accounts.sessions import actor_of
from portal.accounts.throttle import Limit
from portal.kit.db import transaction
from portal.settings import get_settings
from tests.support.browser import Client
from tests.support.make import Make, Person


def _bearer(person: Person) -> dict[str, str]:
    with transaction() as db:
        actor = actor_of(db, person.id)
        _row, secret = actions.create_token(db, actor, name="x", scopes=list(Scope), days=1)
    return {"authorization": f"Bearer {secret}", "accept": "application/json"}


def test_new_assets_are_limited_by_account(
    client: Client, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "NEW_ASSETS", (Limit(2, 60),))
    person, other = make.account(), make.account()
    headers = _bearer(person)
    body = {"namespace": person.namespace.slug, "kind": "algorithm", "title": "成果", "licence": "Apache-2.0"}
    for n in range(2):
        made = client.post("/api/v1/assets", json={**body, "name": f"a-{n}"}, headers=headers)
        assert made.status_code == 201, made.text
    refused = client.post("/api/v1/assets", json={**body, "name": "a-2"}, headers=headers)
    assert refused.status_code == 429
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["code"] == "too-many"
    assert 0 < int(refused.headers["retry-after"]) <= 3601
    client.sign_in(person)
    page = client.post("/assets/new", data={**body, "name": "a-3"})
    assert page.status_code == 429
    assert page.headers["retry-after"]
    assert "text/html" in page.headers["content-type"]
    client.sign_in(other)
    fine = client.post("/assets/new", data={**body, "namespace": other.namespace.slug, "name": "b-1"})
    assert fine.status_code == 303


def test_new_assets_are_limited_by_network_too(
    client: Client, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "NEW_ASSETS_PER_ADDRESS", (Limit(1, 60),))
    answers = []
    for n in range(2):
        person = make.account()
        client.sign_in(person)
        body = {"namespace": person.namespace.slug, "kind": "algorithm", "title": "成果", "licence": "MIT"}
        answers.append(client.post("/assets/new", data={**body, "name": f"n-{n}"}).status_code)
    assert answers == [303, 429]


def test_a_token_has_its_minute(
    client: Client, db: Session, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = _bearer(make.account()), _bearer(make.account())
    monkeypatch.setenv("CSPON_API_PER_MINUTE", "3")
    get_settings.cache_clear()
    try:
        answers = [client.get("/api/v1/whoami", headers=first).status_code for _n in range(4)]
        assert answers == [200, 200, 200, 429]
        assert client.get("/api/v1/whoami", headers=second).status_code == 200
        monkeypatch.setenv("CSPON_API_PER_MINUTE", "0")
        get_settings.cache_clear()
        assert client.get("/api/v1/whoami", headers=first).status_code == 200
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()


def test_a_forgotten_check_is_found_at_once(database: None) -> None:
    with transaction() as db, pytest.raises(KeyError):
        throttle.count(db, "never checked")
