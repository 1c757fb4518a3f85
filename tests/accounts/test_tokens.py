"""Personal access tokens."""

import datetime as dt
import re

import pytest
from sqlmodel import Session, select

from portal.accounts import actions
from portal.accounts.models import AccessToken, AccountState, Scope
from portal.accounts.sessions import actor_of
from portal.kit.clock import now
from portal.kit.errors import Conflict, Forbidden
from portal.kit.ids import digest_secret
from tests.support.browser import Client
from tests.support.make import Make, Person


def _token(db: Session, person: Person, *scopes: Scope, days: int = 7) -> str:
    actor = actor_of(db, person.id)
    _row, secret = actions.create_token(db, actor, name="ci", scopes=scopes, days=days)
    db.commit()
    return secret


def _whoami(client: Client, secret: str, **headers: str):  # type: ignore[no-untyped-def]
    client.cookies.clear()
    return client.get("/api/v1/whoami", headers={"authorization": f"Bearer {secret}", **headers})


def test_made_by_form_shown_once(client: Client, db: Session, make: Make) -> None:
    person = make.account()
    client.sign_in(person)
    assert client.post("/settings/tokens", data={"name": "", "days": "7"}).status_code == 422
    assert client.post("/settings/tokens", data={"name": "x", "days": "3650"}).status_code == 422
    page = client.post("/settings/tokens", data={"name": "工作站", "days": "30", "scopes": ["write"]})
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    found = re.search(r"cspon_[A-Za-z0-9_-]{40,}", page.text)
    assert found is not None
    secret = found.group()
    row = db.exec(select(AccessToken)).one()
    assert row.secret_digest == digest_secret(secret)
    assert secret not in str(row.model_dump())
    assert row.scopes == ["read", "write"]
    assert dt.timedelta(days=29) < row.expires_at - now() <= dt.timedelta(days=30)
    listed = client.get("/settings/tokens").text
    assert "工作站" in listed
    assert secret not in listed
    answer = _whoami(client, secret)
    assert answer.status_code == 200
    assert answer.json()["namespace"] == person.namespace.slug
    assert answer.json()["scopes"] == ["read", "write"]


def test_whoami_says_where_one_may_publish(client: Client, db: Session, make: Make) -> None:
    person = make.account("张三", roles=("reviewer",))
    unit = make.organisation(publishers=(person,))
    make.organisation(name="别家")
    body = _whoami(client, _token(db, person)).json()
    assert body["roles"] == ["reviewer"]
    assert body["organisations"] == [{"slug": unit.namespace.slug, "name": "示例规划院", "role": "publisher"}]
    assert sorted(body["namespaces"]) == sorted([person.namespace.slug, unit.namespace.slug])


@pytest.mark.parametrize("how", ["expired", "revoked", "locked", "made up", "foreign prefix", "empty"])
def test_dead_tokens_are_401_problems(client: Client, db: Session, make: Make, how: str) -> None:
    person = make.account()
    secret = _token(db, person)
    assert _whoami(client, secret).status_code == 200
    row = db.exec(select(AccessToken)).one()
    if how == "expired":
        row.expires_at = now()
    elif how == "revoked":
        actions.revoke_token(db, actor_of(db, person.id), token_id=row.id)
    elif how == "locked":
        person.account.state = AccountState.locked
        db.add(person.account)
    else:
        secret = {"made up": "cspon_" + "x" * 43, "foreign prefix": "ghp_" + "x" * 40, "empty": ""}[how]
    db.add(row)
    db.commit()
    answer = _whoami(client, secret)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["code"] == "sign-in-needed"


def test_revoking_by_form_is_for_the_owner(client: Client, db: Session, make: Make) -> None:
    person, stranger = make.account(), make.account()
    secret = _token(db, person)
    row = db.exec(select(AccessToken)).one()
    client.sign_in(stranger)
    assert client.post(f"/settings/tokens/{row.id}/revoke").status_code == 404
    assert str(row.id) not in client.get("/settings/tokens").text
    assert _whoami(client, secret).status_code == 200
    client.sign_in(person)
    assert client.post(f"/settings/tokens/{row.id}/revoke").status_code == 303
    assert _whoami(client, secret).status_code == 401


def test_last_use_is_written_at_most_once_a_minute(client: Client, db: Session, make: Make) -> None:
    secret = _token(db, make.account())
    _whoami(client, secret)
    db.expire_all()
    first = db.exec(select(AccessToken.used_at)).one()
    assert first is not None
    _whoami(client, secret)
    db.expire_all()
    assert db.exec(select(AccessToken.used_at)).one() == first


def test_no_token_acts_through_the_forms(client: Client, db: Session, make: Make) -> None:
    person = make.account()
    headers = {"authorization": f"Bearer {_token(db, person, *Scope)}"}
    client.cookies.clear()
    for path, data in [
        ("/settings/tokens", {"name": "more", "days": "7"}),
        ("/settings/profile", {"name": "other"}),
        ("/notices/read", {}),
        ("/organisations/new", {}),
    ]:
        assert client.post(path, data=data, headers=headers).status_code == 403, path
    assert client.get("/settings/tokens", headers=headers).status_code == 403
    assert len(db.exec(select(AccessToken)).all()) == 1


def test_tokens_cannot_make_tokens_or_change_roles(db: Session, make: Make) -> None:
    from dataclasses import replace

    person = make.account(roles=("system_admin",))
    actor = replace(actor_of(db, person.id), scopes=frozenset({"read"}))
    with pytest.raises(Forbidden):
        actions.create_token(db, actor, name="x", scopes=[], days=7)
    with pytest.raises(Forbidden):
        actions.grant_role(db, actor, account_id=make.account().id, role="reviewer")  # type: ignore[arg-type]


def test_a_reading_token_cannot_write_anywhere_in_the_api(client: Client, db: Session, make: Make) -> None:
    secret = _token(db, make.account())
    client.cookies.clear()
    answer = client.post("/api/v1/whoami", headers={"authorization": f"Bearer {secret}"})
    assert answer.status_code in {403, 405}


def test_at_most_fifty(db: Session, make: Make) -> None:
    person = make.account()
    for _n in range(50):
        _token(db, person)
    with pytest.raises(Conflict):
        _token(db, person)


def test_a_token_speaks_the_account_s_language_unless_told(client: Client, db: Session, make: Make) -> None:
    secret = _token(db, make.account(locale="en"))
    client.cookies.clear()
    del client.headers["accept-language"]
    headers = {"authorization": f"Bearer {secret}"}
    assert client.get("/people/nobody-here", headers=headers).status_code == 404
    assert '<html lang="en">' in client.get("/settings/password", headers=headers).text
    headers["accept-language"] = "zh-CN"
    assert '<html lang="zh-Hans">' in client.get("/settings/password", headers=headers).text
