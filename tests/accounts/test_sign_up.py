"""Signing up: names, namespaces and passwords."""

import pytest
from sqlmodel import Session, select

from portal.accounts import actions, naming, orcid, passwords
from portal.accounts.models import Account, Namespace
from portal.kit.actor import NOBODY, SYSTEM
from portal.kit.errors import Invalid
from tests.support.browser import Client
from tests.support.make import Make

GOOD = "晴天的长椅 walks 42"


def _join(client: Client, **values: str):  # type: ignore[no-untyped-def]
    return client.post(
        "/sign-up", data={"name": "张三", "email": "z3@example.org", "password": GOOD, **values}
    )


def test_sign_up_signs_in_and_makes_a_namespace_from_pinyin(client: Client, db: Session) -> None:
    response = _join(client, next="/settings/tokens")
    assert response.status_code == 303, response.text
    assert response.headers["location"] == "/settings/tokens"
    account = db.exec(select(Account)).one()
    assert (account.email, account.name, account.locale) == ("z3@example.org", "张三", "zh_Hans")
    assert account.sort_key.startswith("zhang san")
    assert account.password_hash.startswith("$argon2id$")
    assert GOOD not in account.password_hash
    assert db.exec(select(Namespace.slug)).one() == "zhangsan"
    assert client.get("/settings/profile").status_code == 200
    assert client.get("/people/zhangsan").status_code == 200


def test_language_of_the_form_becomes_the_account_s(client: Client, db: Session) -> None:
    assert _join(client.english()).status_code == 303
    assert db.exec(select(Account.locale)).one() == "en"


def test_homonyms_get_different_namespaces(client: Client, db: Session) -> None:
    for n in range(3):
        assert _join(client, email=f"a{n}@example.org").status_code == 303
        client.sign_out()
    assert sorted(db.exec(select(Namespace.slug))) == ["zhangsan", "zhangsan-2", "zhangsan-3"]


def test_taken_names_are_refused_and_leave_nothing_behind(client: Client, db: Session, make: Make) -> None:
    person = make.account()
    response = _join(client, namespace=person.namespace.slug)
    assert response.status_code == 422
    assert f"{person.namespace.slug}-2" in response.text
    assert [row.id for row in db.exec(select(Account))] == [person.id]
    assert "cspon_session" not in client.cookies
    response = _join(client, email=person.account.email.upper())
    assert response.status_code == 422
    assert len(db.exec(select(Account)).all()) == 1


@pytest.mark.parametrize(
    "slug", ["admin", "api", "cspon", "a", "-ab", "ab-", "a--b", "a_b", "名字", "a" * 41]
)
def test_bad_and_reserved_names_are_refused(client: Client, db: Session, slug: str) -> None:
    response = _join(client, namespace=slug)
    assert response.status_code == 422
    assert 'aria-invalid="true"' in response.text
    assert db.exec(select(Account)).all() == []


def test_the_portal_itself_may_take_reserved_names(db: Session) -> None:
    account = actions.register_account(
        db, SYSTEM, email="team@example.org", name="门户", password=GOOD, namespace="cspon"
    )
    assert account.id is not None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "not an address"),
        ("email", "a@b"),
        ("email", "a@example.org\nBcc: b@example.org"),
        ("email", ""),
        ("name", ""),
        ("name", "a\u202eb"),
        ("password", "short one"),
        ("password", "qwertyuiop123"),
        ("password", "woaini5201314"),
        ("password", "aaaaaaaaaaaaab"),
        ("password", "我叫张三今年三十岁了"),
        ("password", "xx z3@example.org xx"),
    ],
)
def test_bad_values_are_named(client: Client, db: Session, field: str, value: str) -> None:
    response = _join(client, **{field: value})
    assert response.status_code == 422
    assert f'href="#f-{field}"' in response.text
    assert value not in response.text or field != "password"
    assert db.exec(select(Account)).all() == []


def test_sign_ups_of_one_network_are_limited(client: Client) -> None:
    for n in range(20):
        assert _join(client, email=f"a{n}@example.org", password="short").status_code == 422
    assert _join(client).status_code == 429


def test_password_rules() -> None:
    assert passwords.objection(GOOD, name="张三", email="z3@example.org") is None
    assert passwords.objection("x" * 257) is not None
    assert passwords.objection("Ｐａｓｓｗｏｒｄ１２３４") is not None, (
        "full-width spelling of a common password"
    )
    assert passwords.objection("lovelace rocks 1843", name="Ada Lovelace") is not None
    assert len(passwords.common_passwords()) <= 1000
    assert all(len(word) >= passwords.MIN_LENGTH for word in passwords.common_passwords())
    assert passwords.verify(passwords.hash_password("ｐｏｒｔａｌ number 9"), "portal number 9")


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("张三", "zhangsan"),
        ("Ada Lovelace", "ada-lovelace"),
        ("吕布", "lvbu"),
        ("José Núñez", "jose-nunez"),
        ("某规划院2", "mouguihuayuan2"),
    ],
)
def test_suggestions(name: str, slug: str) -> None:
    assert naming.suggest_slug(name) == slug
    assert naming.is_slug(naming.suggest_slug(name))


def test_a_suggestion_always_exists() -> None:
    for name in ("☃", "一", "admin", "-", "长" * 100):
        assert naming.is_slug(naming.suggest_slug(name))
    assert naming.suggest_slug("☃", "wang.wu@example.org") == "wang-wu"


def test_orcid_check_character() -> None:
    assert orcid.normal("https://orcid.org/0000-0002-1825-0097") == "0000-0002-1825-0097"
    assert orcid.normal("0000000218250097") == "0000-0002-1825-0097"
    assert orcid.normal("0000-0001-5109-3700") is not None
    assert orcid.normal("0000-0002-1694-233x") == "0000-0002-1694-233X"
    valid = "0000-0002-1825-0097"
    for i, old in enumerate(valid):
        for new in "0123456789" if old.isdigit() else "":
            if new != old:
                assert orcid.normal(valid[:i] + new + valid[i + 1 :]) is None
    assert orcid.normal("٠٠٠٠-0002-1825-0097") is None


def test_weak_passwords_are_refused_below_the_form_too(db: Session) -> None:
    with pytest.raises(Invalid) as refused:
        actions.register_account(db, NOBODY, email="a@example.org", name="甲", password="1234567890")
    assert "password" in refused.value.fields
