"""Signing up: names, namespaces and passwords."""

import datetime as dt
import re

import pytest
from sqlmodel import Session, col, select
from starlette.testclient import TestClient

from portal.accounts import actions, naming, orcid, passwords
from portal.accounts.models import Account, Namespace, SignUp
from portal.kit.actor import NOBODY, SYSTEM
from portal.kit.clock import now
from portal.kit.errors import Invalid
from portal.notices.models import Mail
from tests.support.browser import Client
from tests.support.make import Make

GOOD = "晴天的长椅 walks 42"


def _join(client: Client, **values: str):  # type: ignore[no-untyped-def]
    return client.post(
        "/sign-up", data={"name": "张三", "email": "z3@example.org", "password": GOOD, **values}
    )


def mailed(db: Session) -> str:
    """The path of the link in the newest mail."""
    db.expire_all()
    body = db.exec(select(Mail.body).order_by(col(Mail.id).desc())).first() or ""
    found = re.search(r"https?://[^/\s]+(/\S+)", body)
    assert found, body
    return found[1]


def _complete(client: Client, db: Session, **values: str):  # type: ignore[no-untyped-def]
    """Sign up, and follow the mailed link."""
    sent = _join(client, **values)
    assert (sent.status_code, sent.headers["location"]) == (303, "/sign-up/sent"), sent.text
    path = mailed(db)
    assert client.get(path).status_code == 200
    return client.post(path, data={"password": values.get("password", GOOD)})


def test_sign_up_signs_in_and_makes_a_namespace_from_pinyin(client: Client, db: Session) -> None:
    response = _complete(client, db, next="/settings/tokens")
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
    assert _complete(client.english(), db).status_code == 303
    assert db.exec(select(Account.locale)).one() == "en"


def test_homonyms_get_different_namespaces(client: Client, db: Session) -> None:
    for n in range(3):
        assert _complete(client, db, email=f"a{n}@example.org").status_code == 303
        client.sign_out()
    assert sorted(db.exec(select(Namespace.slug))) == ["zhangsan", "zhangsan-2", "zhangsan-3"]


def test_taken_names_are_refused_and_leave_nothing_behind(client: Client, db: Session, make: Make) -> None:
    person = make.account()
    response = _join(client, namespace=person.namespace.slug)
    assert response.status_code == 422
    assert f"{person.namespace.slug}-2" in response.text
    assert [row.id for row in db.exec(select(Account))] == [person.id]
    assert "cspon_session" not in client.cookies
    assert db.exec(select(SignUp)).all() == []


def test_nobody_learns_whether_an_address_has_an_account(client: Client, db: Session, make: Make) -> None:
    person = make.account()
    taken, free = _join(client, email=person.account.email.upper()), _join(client)
    for answer in (taken, free):
        answer.headers.pop("x-request-id")
    assert (taken.status_code, taken.headers, taken.text) == (free.status_code, free.headers, free.text)
    assert "cspon_session" not in client.cookies
    assert [row.id for row in db.exec(select(Account))] == [person.id]
    told = db.exec(select(Mail).where(Mail.recipient == person.account.email)).one()
    assert "/sign-in" in told.body
    assert "/sign-up/" not in told.body


def test_the_link_alone_makes_no_account(client: Client, db: Session) -> None:
    """Whoever signs up with somebody else's address knows the password, and the owner the link: neither has both."""
    _join(client)
    path = mailed(db)
    assert client.post(path, data={"password": "not the chosen one"}).status_code == 422
    assert db.exec(select(Account)).all() == []
    assert client.post(path, data={"password": GOOD}).status_code == 303
    assert client.get(path).status_code == 404
    assert client.get("/sign-up/guess").status_code == 404
    assert db.exec(select(SignUp)).all() == [], "what was proved is forgotten"


def test_guessing_the_password_of_a_sign_up_is_slowed_down(client: Client, db: Session) -> None:
    _join(client)
    path = mailed(db)
    answers = [client.post(path, data={"password": f"guess number {n}"}).status_code for n in range(6)]
    assert answers == [422] * 5 + [429]


def test_links_of_sign_ups_end_after_a_day(client: Client, db: Session) -> None:
    _join(client)
    row = db.exec(select(SignUp)).one()
    assert abs(row.expires_at - now() - dt.timedelta(hours=24)) < dt.timedelta(minutes=1)
    row.expires_at = now() - dt.timedelta(seconds=1)
    db.add(row)
    db.commit()
    assert client.post(mailed(db), data={"password": GOOD}).status_code == 404
    assert actions.sweep(db) >= 1
    assert db.exec(select(SignUp)).all() == []


def test_a_name_taken_in_the_meantime_is_replaced_by_one_like_it(
    client: Client, db: Session, make: Make
) -> None:
    _join(client, namespace="meanwhile")
    path = mailed(db)
    person = make.account()
    person.namespace.slug = "meanwhile"
    db.add(person.namespace)
    db.commit()
    assert client.post(path, data={"password": GOOD}).status_code == 303
    assert "meanwhile-2" in db.exec(select(Namespace.slug)).all()


def test_nobody_is_flooded_by_sign_ups(client: Client, db: Session) -> None:
    for _n in range(7):
        assert _join(client).status_code == 303
    assert len(db.exec(select(Mail)).all()) == 5


def test_a_machine_without_mail_is_shown_its_outbox(client: Client, application: object) -> None:
    assert "/outbox" not in client.get("/sign-up/sent").text, "the client is not on loopback"
    with TestClient(application, base_url="http://127.0.0.1", client=("127.0.0.1", 50000)) as here:  # type: ignore[arg-type]
        assert "/outbox" in here.get("/sign-up/sent").text


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
