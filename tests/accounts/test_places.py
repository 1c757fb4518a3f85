"""Mail about sign-ins from new places, the list of sessions, and the change of one's mail address."""

import datetime as dt
import re

import pytest
from sqlmodel import Session, select

from portal.accounts import actions, agents
from portal.accounts.models import Account, BrowserSession, EmailChange, KnownPlace
from portal.kit.clock import now
from portal.notices.models import Mail
from tests.accounts.test_sign_up import mailed
from tests.support.browser import Client
from tests.support.make import PASSWORD, Make, Person

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML) Chrome/139.0.0.0 Safari/537.36"
EDGE = CHROME + " Edg/139.0.0.0"
WECHAT = "Mozilla/5.0 (Linux; Android 14; M) AppleWebKit/537.36 Chrome/126.0 Mobile MicroMessenger/8.0.50"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (FIREFOX, "Firefox · Linux"),
        (CHROME, "Chrome · Windows"),
        (EDGE, "Edge · Windows"),
        (WECHAT, "MicroMessenger · Android"),
        (SAFARI, "Safari · iOS"),
        ("curl/8.5.0", "curl"),
        ("", ""),
    ],
)
def test_browsers_are_told_apart_by_family(text: str, shown: str) -> None:
    assert str(agents.agent(text)) == shown


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.7", "203.0.113.200", True),
        ("203.0.113.7", "203.0.114.7", False),
        ("2001:db8:1:2::5", "2001:db8:1:ffff::9", True),
        ("2001:db8:1::1", "2001:db8:2::1", False),
        ("::ffff:203.0.113.7", "203.0.113.9", True),
        ("testclient", "testclient", True),
    ],
)
def test_networks(one: str, other: str, same: bool) -> None:
    assert (agents.neighbourhood(one) == agents.neighbourhood(other)) is same


def _sign_in(client: Client, person: Person, agent: str) -> None:
    data = {"email": person.account.email, "password": PASSWORD}
    assert client.post("/sign-in", data=data, headers={"user-agent": agent}).status_code == 303


def test_a_new_place_is_told_and_a_known_one_is_not(client: Client, db: Session, make: Make) -> None:
    person = make.account(locale="en")
    _sign_in(client, person, FIREFOX)
    assert db.exec(select(Mail)).all() == [], "not at the first sign-in ever"
    _sign_in(client, person, FIREFOX.replace("141", "142"))
    assert db.exec(select(Mail)).all() == [], "an update is no new browser"
    _sign_in(client, person, CHROME)
    mail = db.exec(select(Mail)).one()
    assert mail.recipient == person.account.email
    assert mail.subject == "A sign-in from a new place"
    assert "Chrome · Windows" in mail.body
    assert "/settings/sessions" in mail.body
    shown = re.search(r"Time: (\d{4}-\d\d-\d\d \d\d:\d\d) \(Asia/Shanghai\)", mail.body)
    assert shown
    china = dt.datetime.fromisoformat(shown[1]).replace(tzinfo=dt.timezone(dt.timedelta(hours=8)))
    assert abs(china - now()) < dt.timedelta(minutes=5)
    stored = str([row.model_dump() for row in db.exec(select(KnownPlace))])
    assert all(word not in stored for word in ("Chrome", "testclient", "Windows"))


def test_a_place_is_forgotten_after_half_a_year(client: Client, db: Session, make: Make) -> None:
    person = make.account()
    for agent in (FIREFOX, CHROME):
        _sign_in(client, person, agent)
    place = db.exec(select(KnownPlace).order_by(KnownPlace.id)).all()[-1]  # type: ignore[arg-type]
    place.seen_at = now() - dt.timedelta(days=181)
    db.add(place)
    db.commit()
    _sign_in(client, person, CHROME)
    assert len(db.exec(select(Mail)).all()) == 2
    row = db.exec(select(KnownPlace).order_by(KnownPlace.id)).all()[0]  # type: ignore[arg-type]
    row.seen_at = now() - dt.timedelta(days=181)
    db.add(row)
    db.commit()
    actions.sweep(db)
    db.commit()
    assert len(db.exec(select(KnownPlace)).all()) == 1


def test_a_wrong_password_from_anywhere_is_not_told(client: Client, db: Session, make: Make) -> None:
    person = make.account()
    _sign_in(client, person, FIREFOX)
    data = {"email": person.account.email, "password": "a wrong guess"}
    assert client.post("/sign-in", data=data, headers={"user-agent": CHROME}).status_code == 422
    assert db.exec(select(Mail)).all() == []


def test_the_list_of_sessions_tells_what_people_need(client: Client, db: Session, make: Make) -> None:
    person = make.account()
    _sign_in(client, person, WECHAT)
    client.cookies.clear()
    client.headers["user-agent"] = FIREFOX
    client.sign_in(person, second_factor=False)
    session = db.exec(select(BrowserSession).where(BrowserSession.user_agent == FIREFOX)).one()
    session.second_factor_at = now()
    db.add(session)
    db.commit()
    page = client.get("/settings/sessions").text
    for shown in ("MicroMessenger · Android", "Firefox · Linux", "已通过", "未通过", "当前浏览器", "others"):
        assert shown in page, shown


def test_the_address_changes_only_through_the_new_one(client: Client, db: Session, make: Make) -> None:
    person = make.account()
    old = person.account.email
    client.sign_in(person)
    actions.request_reset(db, email=old)
    db.commit()
    sent = client.post("/settings/email", data={"email": "New@Example.org"})
    assert sent.status_code == 303
    assert db.exec(select(Account.email)).one() == old
    path = mailed(db)
    assert path.startswith("/settings/email/")
    assert client.get(path).status_code == 200
    assert client.post(path).status_code == 303
    db.expire_all()
    assert db.exec(select(Account.email)).one() == "new@example.org"
    last = db.exec(select(Mail).where(Mail.recipient == old).order_by(Mail.id)).all()[-1]  # type: ignore[arg-type]
    assert last.subject == "您的账户邮箱已变更"
    assert client.post(path).status_code == 404
    client.sign_out()
    assert client.post("/sign-in", data={"email": "new@example.org", "password": PASSWORD}).status_code == 303


def test_a_change_of_address_tells_nobody_who_else_is_here(client: Client, db: Session, make: Make) -> None:
    person, other = make.account(), make.account()
    client.sign_in(person)
    taken = client.post("/settings/email", data={"email": other.account.email})
    free = client.post("/settings/email", data={"email": "free@example.org"})
    assert taken.headers["location"] == free.headers["location"]
    assert taken.headers["set-cookie"] == free.headers["set-cookie"]
    told = db.exec(select(Mail).where(Mail.recipient == other.account.email)).one()
    assert "/settings/email/" not in told.body
    assert [row.email for row in db.exec(select(EmailChange))] == ["free@example.org"]
    assert client.post("/settings/email", data={"email": "no address"}).status_code == 422


def test_somebody_elses_link_changes_nothing(client: Client, db: Session, make: Make) -> None:
    person, other = make.account(), make.account()
    client.sign_in(person).post("/settings/email", data={"email": "new@example.org"})
    path = mailed(db)
    client.sign_out()
    assert client.get(path).headers["location"].startswith("/sign-in?next=")
    client.sign_in(other)
    assert client.get(path).status_code == 404
    assert client.post(path).status_code == 404
    row = db.exec(select(EmailChange)).one()
    row.expires_at = now() - dt.timedelta(seconds=1)
    db.add(row)
    db.commit()
    client.sign_in(person)
    assert client.post(path).status_code == 404


def test_password_managers_find_the_page(client: Client) -> None:
    assert client.get("/.well-known/change-password").headers["location"] == "/settings/password"
