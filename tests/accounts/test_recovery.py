"""A forgotten password: the mailed link, and what an outsider learns (nothing)."""

import datetime as dt
import re

from sqlmodel import Session, select

from portal.accounts.models import AccountState, BrowserSession, ResetToken
from portal.kit.clock import now
from portal.kit.ids import digest_secret
from portal.kit.limits.models import RateLog
from portal.notices.models import Mail
from tests.support.browser import Client
from tests.support.make import PASSWORD, Make, Person

NEW = "七月的雨 falls 88"


def _link(db: Session, client: Client, person: Person) -> str:
    assert client.post("/forgot", data={"email": person.account.email}).status_code == 303
    db.expire_all()
    mail = db.exec(select(Mail).order_by(Mail.created_at.desc())).first()  # type: ignore[attr-defined]
    assert mail is not None
    assert mail.recipient == person.account.email
    found = re.search(r"https?://[^/\s]+(/reset/\S+)", mail.body)
    assert found is not None
    return found.group(1)


def test_a_link_sets_a_new_password_once(client: Client, db: Session, make: Make) -> None:
    person = make.account()
    client.sign_in(person)
    path = _link(db, client, person)
    assert path.rsplit("/", 1)[-1] not in str(db.exec(select(ResetToken)).one().model_dump())
    page = client.get(path)
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert "no-referrer" in page.text
    weak = client.post(path, data={"new_password": "short"})
    assert weak.status_code == 422
    assert client.post(path, data={"new_password": NEW}).headers["location"] == "/sign-in"
    assert db.exec(select(BrowserSession)).all() == []
    assert client.get(path).status_code == 404
    assert client.post(path, data={"new_password": NEW + "!"}).status_code == 404
    client.sign_in(person, NEW)
    client.sign_out()
    assert (
        client.post("/sign-in", data={"email": person.account.email, "password": PASSWORD}).status_code == 422
    )


def test_setting_one_ends_the_other_links(client: Client, db: Session, make: Make) -> None:
    person = make.account()
    first, second = _link(db, client, person), _link(db, client, person)
    assert client.post(second, data={"new_password": NEW}).status_code == 303
    assert client.get(first).status_code == 404


def test_links_hold_for_an_hour(client: Client, db: Session, make: Make) -> None:
    person = make.account()
    path = _link(db, client, person)
    token = db.exec(select(ResetToken)).one()
    assert token.secret_digest == digest_secret(path.rsplit("/", 1)[-1])
    assert dt.timedelta(minutes=59) < token.expires_at - now() <= dt.timedelta(hours=1)
    token.expires_at = now()
    db.add(token)
    db.commit()
    assert client.get(path).status_code == 404


def test_made_up_links_are_nothing(client: Client) -> None:
    assert client.get("/reset/xyz").status_code == 404
    assert client.post("/reset/xyz", data={"new_password": NEW}).status_code == 404


def test_unknown_addresses_get_the_same_answer_and_no_mail(client: Client, db: Session, make: Make) -> None:
    known = client.post("/forgot", data={"email": make.account().account.email})
    unknown = client.post("/forgot", data={"email": "nobody@example.org"})
    locked = client.post("/forgot", data={"email": make.account(state=AccountState.locked).account.email})
    for answer in (unknown, locked):
        assert answer.status_code == known.status_code == 303
        assert answer.headers["location"] == known.headers["location"]
        assert answer.headers["set-cookie"] == known.headers["set-cookie"]
    assert len(db.exec(select(Mail)).all()) == 1
    assert len(db.exec(select(RateLog)).all()) == 4, "three addresses of mail, one of the network"


def test_nobody_is_flooded_with_mail(client: Client, db: Session, make: Make) -> None:
    person = make.account()
    for _n in range(7):
        assert client.post("/forgot", data={"email": person.account.email}).status_code == 303
    assert len(db.exec(select(Mail)).all()) == 5
    for _n in range(3):
        client.post("/forgot", data={"email": "nobody@example.org"})
    assert client.post("/forgot", data={"email": "nobody@example.org"}).status_code == 429


def test_mail_speaks_the_account_s_language(client: Client, db: Session, make: Make) -> None:
    _link(db, client, make.account(locale="en"))
    assert db.exec(select(Mail.subject)).one() == "Set a new password"
    _link(db, client.english(), make.account(locale="zh_Hans"))
    assert sorted(db.exec(select(Mail.subject))) == ["Set a new password", "设置新密码"]


def test_a_locked_account_s_link_is_dead(client: Client, db: Session, make: Make) -> None:
    person = make.account()
    path = _link(db, client, person)
    person.account.state = AccountState.locked
    db.add(person.account)
    db.commit()
    assert client.get(path).status_code == 404
