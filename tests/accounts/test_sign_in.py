"""Signing in and out: the cookie, the slowing down, and what an outsider cannot find out."""

import datetime as dt
import re

import argon2
import pytest
from sqlmodel import Session, select

from portal.accounts import passwords
from portal.accounts.forms import safe_next
from portal.accounts.models import Account, AccountState, BrowserSession
from portal.accounts.throttle import network
from portal.audit.models import AuditEvent
from portal.kit.clock import now
from portal.kit.ids import digest_secret
from portal.kit.limits.models import RateLog
from portal.settings import get_settings
from tests.support.browser import Client
from tests.support.make import PASSWORD, Make

WRONG = {"password": "never the right one"}


def _try(client: Client, email: str, password: str = WRONG["password"], **more: str):  # type: ignore[no-untyped-def]
    return client.post("/sign-in", data={"email": email, "password": password, **more})


def _age(db: Session, minutes: int) -> None:
    """As if all tries had been made so much earlier."""
    for row in db.exec(select(RateLog)):
        row.hits = [hit - minutes * 60 for hit in row.hits]
        db.add(row)
    db.commit()
    db.expire_all()


def test_sign_in_and_out(client: Client, db: Session, make: Make) -> None:
    person = make.account("李雷")
    assert (
        client.get("/settings/profile").headers["location"].startswith("/sign-in?next=%2Fsettings%2Fprofile")
    )
    response = _try(client, person.account.email.upper(), PASSWORD, next="/settings/profile")
    assert response.status_code == 303
    assert response.headers["location"] == "/settings/profile"
    cookie = response.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert "secure" not in cookie.lower()
    secret = client.cookies["cspon_session"]
    row = db.exec(select(BrowserSession)).one()
    assert row.secret_digest == digest_secret(secret)
    assert secret not in str(row.model_dump())
    assert db.exec(select(AuditEvent.verb)).all() == ["session.opened"]
    assert "李雷" in client.get("/settings/profile").text
    client.sign_out()
    db.expire_all()
    assert db.exec(select(BrowserSession)).all() == []
    client.cookies.set("cspon_session", secret)
    assert client.get("/settings/profile").status_code == 303


def test_sign_out_needs_a_post(client: Client) -> None:
    assert client.get("/sign-out").status_code == 405


def test_https_sites_bind_the_cookie_to_the_host(
    client: Client, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CSPON_PUBLIC_URL", "https://testserver")
    get_settings.cache_clear()
    try:
        person = make.account()
        cookie = _try(client, person.account.email, PASSWORD).headers["set-cookie"]
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()
    assert cookie.startswith("__Host-cspon=")
    assert {"secure", "httponly", "path=/", "samesite=lax"} <= {p.strip().lower() for p in cookie.split(";")}
    assert "domain" not in cookie.lower()


def test_a_planted_session_does_not_survive_sign_in(client: Client, db: Session, make: Make) -> None:
    thief, victim = make.account("甲"), make.account("乙")
    client.sign_in(thief)
    planted = client.cookies["cspon_session"]
    assert _try(client, victim.account.email, PASSWORD).status_code == 303
    assert client.cookies["cspon_session"] != planted
    rows = db.exec(select(BrowserSession)).all()
    assert [row.account_id for row in rows] == [victim.id]


def test_unknown_address_and_wrong_password_look_alike(client: Client, make: Make) -> None:
    person = make.account()
    known = _try(client, person.account.email)
    unknown = _try(client, "nobody@example.org")
    assert known.status_code == unknown.status_code == 422

    def bare(text: str, email: str) -> str:
        return text.replace(email, "EMAIL")

    assert bare(known.text, person.account.email) == bare(unknown.text, "nobody@example.org")
    assert set(known.headers) == set(unknown.headers)


def test_a_closed_account_looks_like_no_account(client: Client, db: Session, make: Make) -> None:
    email = make.account(state=AccountState.closed).account.email
    closed, unknown = _try(client, email, PASSWORD), _try(client, "nobody@example.org", PASSWORD)
    assert closed.status_code == unknown.status_code == 422
    assert closed.text.replace(email, "EMAIL") == unknown.text.replace("nobody@example.org", "EMAIL")
    assert db.exec(select(BrowserSession)).all() == []


def test_nobody_costs_the_same_hash_as_somebody() -> None:
    assert argon2.extract_parameters(passwords.nobody_hash()) == argon2.extract_parameters(
        passwords.hash_password("any password at all")
    )
    parameters = argon2.extract_parameters(passwords.nobody_hash())
    assert parameters.type is argon2.Type.ID
    assert parameters.memory_cost >= 19 * 1024
    assert not passwords.verify(None, "nobody has this password")


def test_a_locked_account_cannot_sign_in_and_its_session_stops(
    client: Client, db: Session, make: Make
) -> None:
    person = make.account()
    client.sign_in(person)
    person.account.state = AccountState.locked
    db.add(person.account)
    db.commit()
    assert client.get("/settings/profile").status_code == 303
    assert _try(client, person.account.email, PASSWORD).status_code == 403
    assert _try(client, person.account.email).status_code == 422


def test_guessing_one_account_is_slowed_down(client: Client, db: Session, make: Make) -> None:
    person = make.account()
    for _n in range(5):
        assert _try(client, person.account.email).status_code == 422
    refused = _try(client, person.account.email, PASSWORD)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 301
    assert re.search(r"\d\d:\d\d:\d\d", refused.text)
    assert _try(client, make.account().account.email, PASSWORD).status_code == 303
    _age(db, minutes=6)
    assert _try(client, person.account.email, PASSWORD).status_code == 303


def test_twenty_an_hour_for_one_account(client: Client, db: Session, make: Make) -> None:
    person = make.account()
    for _round in range(4):
        for _n in range(5):
            assert _try(client, person.account.email).status_code == 422
        _age(db, minutes=6)
    refused = _try(client, person.account.email, PASSWORD)
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 30 * 60


def test_guessing_from_one_address_is_slowed_down(client: Client, make: Make) -> None:
    for n in range(10):
        assert _try(client, f"someone{n}@example.org").status_code == 422
    assert _try(client, make.account().account.email, PASSWORD).status_code == 429


def test_one_ipv6_customer_is_one_address() -> None:
    assert network("2001:db8:1:2::5") == network("2001:db8:1:2:ffff::9") == "2001:db8:1:2::/64"
    assert network("2001:db8:1:3::5") != network("2001:db8:1:2::5")
    assert network("::ffff:192.0.2.7") == network("192.0.2.7") == "192.0.2.7"
    assert network("testclient") == "testclient"


def _live(db: Session, **changes: object) -> None:
    row = db.exec(select(BrowserSession)).one()
    for key, value in changes.items():
        setattr(row, key, value)
    db.add(row)
    db.commit()


def test_an_idle_session_ends(client: Client, db: Session, make: Make) -> None:
    client.sign_in(make.account())
    idle = dt.timedelta(minutes=get_settings().session_idle_min)
    _live(db, seen_at=now() - idle + dt.timedelta(minutes=2))
    assert client.get("/settings/password").status_code == 200
    _live(db, seen_at=now() - idle - dt.timedelta(seconds=1))
    assert client.get("/settings/password").status_code == 303


def test_a_session_ends_at_last_whatever_happens(client: Client, db: Session, make: Make) -> None:
    client.sign_in(make.account())
    row = db.exec(select(BrowserSession)).one()
    longest = dt.timedelta(hours=get_settings().session_max_h)
    assert abs(row.expires_at - row.created_at - longest) < dt.timedelta(seconds=10)
    _live(db, expires_at=now() - dt.timedelta(seconds=1))
    assert client.get("/settings/password").status_code == 303


def test_seen_at_is_written_once_a_minute(client: Client, db: Session, make: Make) -> None:
    client.sign_in(make.account())
    before = now() - dt.timedelta(seconds=30)
    _live(db, seen_at=before)
    client.get("/settings/password")
    db.expire_all()
    assert db.exec(select(BrowserSession.seen_at)).one() == before
    _live(db, seen_at=now() - dt.timedelta(seconds=61))
    client.get("/settings/password")
    db.expire_all()
    assert now() - db.exec(select(BrowserSession.seen_at)).one() < dt.timedelta(seconds=30)


def test_stale_hashes_are_made_anew(client: Client, db: Session, make: Make) -> None:
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    person = make.account(password_hash=weak)
    client.sign_in(person)
    db.expire_all()
    stored = db.exec(select(Account.password_hash)).one()
    assert stored != weak
    assert not passwords.is_stale(stored)
    client.sign_out()
    client.sign_in(person)


@pytest.mark.parametrize(
    "bad",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "javascript:alert(1)",
        "evil.example",
        "///evil.example",
        "http:evil.example",
        "/sign-in",
        "/sign-out?x=1",
        "",
    ],
)
def test_next_stays_on_this_site(client: Client, make: Make, bad: str) -> None:
    assert safe_next(bad) == "/"
    response = _try(client, make.account().account.email, PASSWORD, next=bad)
    assert response.headers["location"] == "/"


@pytest.mark.parametrize("good", ["/", "/assets?q=a%20b", "/people/a", "/reset/x#y"])
def test_next_keeps_paths_of_this_site(good: str) -> None:
    assert safe_next(good) == good


def test_a_page_of_another_site_cannot_sign_anybody_in(client: Client, make: Make) -> None:
    person = make.account()
    data = {"email": person.account.email, "password": PASSWORD}
    assert client.post("/sign-in", data=data, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert "cspon_session" not in client.cookies
