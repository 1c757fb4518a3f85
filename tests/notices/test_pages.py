"""The notices page, and who may read the outbox."""

import re

import pytest
from sqlmodel import Session, select
from starlette.testclient import TestClient

from portal.kit.i18n import N_
from portal.notices import actions
from portal.notices.models import Notice
from portal.notices.policy import is_loopback
from portal.settings import get_settings
from tests.support.browser import Client
from tests.support.make import Make

FILED = N_("An expert reports an approach: %(round)s")
MESSAGE = N_("You were given the role “%(role_msg)s”.")


def _tell(db: Session, account_id: object, n: int = 1) -> None:
    for i in range(n):
        actions.tell(db, account_id, message=MESSAGE, url=f"/settings?n={i}", role_msg=N_("Reviewer"))  # type: ignore[arg-type]
    db.commit()


def test_notices_need_somebody(client: Client) -> None:
    assert client.get("/notices").headers["location"] == "/sign-in?next=%2Fnotices"


@pytest.mark.parametrize(("locale", "words"), [("zh_Hans", "评审专家"), ("en", "Reviewer")])
def test_read_in_the_reader_s_language(
    client: Client, db: Session, make: Make, locale: str, words: str
) -> None:
    person = make.account(locale=locale)
    client.sign_in(person)
    assert "empty" in client.get("/notices").text
    _tell(db, person.id)
    page = client.get("/notices")
    assert page.status_code == 200
    assert words in page.text
    assert 'href="/settings?n=0"' in page.text


@pytest.mark.parametrize(("locale", "words"), [("zh_Hans", "算法评审"), ("en", "Review of algorithms")])
def test_a_name_in_two_languages_is_read_in_the_reader_s(
    client: Client, db: Session, make: Make, locale: str, words: str
) -> None:
    person = make.account(locale=locale)
    named = {"zh_Hans": "算法评审", "en": "Review of algorithms"}
    actions.tell(db, person.id, message=FILED, round=named)
    actions.tell(db, person.id, message=FILED, round={"zh_Hans": "仅中文"})
    db.commit()
    client.sign_in(person)
    page = client.get("/notices").text
    assert words in page
    assert "仅中文" in page


def test_marking_as_read(client: Client, db: Session, make: Make) -> None:
    person, stranger = make.account(), make.account()
    _tell(db, person.id, 3)
    _tell(db, stranger.id)
    client.sign_in(person)
    assert _unread(client) == 3
    first = db.exec(select(Notice).where(Notice.account_id == person.id)).first()
    foreign = db.exec(select(Notice).where(Notice.account_id == stranger.id)).one()
    assert first is not None
    response = client.post("/notices/read", data={"notice": str(first.id), "next": "/notices?show=unread"})
    assert response.headers["location"] == "/notices?show=unread"
    assert _unread(client) == 2
    client.post("/notices/read", data={"notice": str(foreign.id)})
    db.expire_all()
    assert db.get(Notice, foreign.id).read_at is None  # type: ignore[union-attr]
    assert client.post("/notices/read", data={"notice": "x"}).status_code == 404
    assert client.post("/notices/read").status_code == 303
    assert _unread(client) == 0
    assert client.get("/notices?show=unread").status_code == 200
    assert client.post("/notices/read", data={"next": "//evil.example"}).headers["location"] == "/"


def _unread(client: Client) -> int:
    bell = re.search(r'href="/notices">(.*?)</a>', client.get("/settings/password").text, re.DOTALL)
    assert bell is not None
    found = re.search(r">(\d+)<", bell.group(1))
    return int(found.group(1)) if found else 0


def test_paging_shows_each_once(client: Client, db: Session, make: Make) -> None:
    person = make.account()
    _tell(db, person.id, 45)
    client.sign_in(person)
    seen: list[str] = []
    path: str | None = "/notices"
    while path:
        text = client.get(path).text
        seen += re.findall(r'href="/settings\?n=(\d+)"', text)
        found = re.search(r'rel="next" href="([^"]+)"', text)
        path = found.group(1).replace("&amp;", "&") if found else None
    assert sorted(map(int, seen)) == list(range(45))
    assert client.get("/notices?after=nonsense").status_code == 404


def test_an_old_notice_with_other_parameters_is_still_shown(client: Client, db: Session, make: Make) -> None:
    person = make.account()
    actions.tell(db, person.id, message="A %(gone)s thing", url="/", other=1)
    db.commit()
    client.sign_in(person)
    assert "A %(gone)s thing" in client.get("/notices").text


@pytest.mark.parametrize("url", ["https://evil.example", "//evil.example", "javascript:x"])
def test_notices_point_into_this_site(db: Session, make: Make, url: str) -> None:
    with pytest.raises(ValueError):
        actions.tell(db, make.account().id, message=MESSAGE, url=url)


# -- outbox -------------------------------------------------------------------------------------------------------


def _local(application: object, address: str = "127.0.0.1", host: str = "127.0.0.1:8000") -> TestClient:
    return TestClient(application, base_url=f"http://{host}", client=(address, 50000), follow_redirects=False)  # type: ignore[arg-type]


def test_the_outbox_opens_at_the_machine(application: object, db: Session) -> None:
    actions.send_mail(db, "a@example.org", "标题", f"看这里：\n\n{get_settings().site_url}/reset/abc\n")
    db.commit()
    for address, host in [
        ("127.0.0.1", "127.0.0.1:8000"),
        ("::1", "localhost:8000"),
        ("127.0.0.1", "[::1]:8000"),
    ]:
        page = _local(application, address, host).get("/outbox")
        assert page.status_code == 200
        assert '<a href="/reset/abc">' in page.text
        assert page.headers["cache-control"] == "no-store"
    english = _local(application).get("/outbox", headers={"accept-language": "en"})
    assert "Kept in the local outbox" in english.text


@pytest.mark.parametrize(
    ("address", "host", "headers"),
    [
        ("192.0.2.7", "127.0.0.1:8000", {}),
        ("127.0.0.1", "rebound.example:8000", {}),
        ("127.0.0.1", "127.0.0.1.example:8000", {}),
        ("127.0.0.1", "127.0.0.1:8000", {"x-forwarded-for": "192.0.2.7"}),
        ("127.0.0.1", "127.0.0.1:8000", {"forwarded": "for=192.0.2.7"}),
    ],
)
def test_and_to_nobody_else(
    application: object, database: None, address: str, host: str, headers: dict[str, str]
) -> None:
    assert _local(application, address, host).get("/outbox", headers=headers).status_code == 404


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMTP_HOST", "mail.example"),
        ("PUBLIC_URL", "http://cspon.example"),
        ("HOST", "0.0.0.0"),  # noqa: S104
        ("HOST", "192.0.2.1"),
    ],
)
def test_nor_where_others_could_reach_the_portal(
    application: object, database: None, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"CSPON_{name}", value)
    get_settings.cache_clear()
    try:
        assert _local(application).get("/outbox").status_code == 404
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()


def test_the_system_administrator_reads_it_from_anywhere(client: Client, make: Make) -> None:
    assert client.get("/outbox").status_code == 404
    client.sign_in(make.account(roles=("security_admin",)))
    assert client.get("/outbox").status_code == 404
    client.sign_out()
    client.sign_in(make.account(roles=("system_admin",)))
    assert client.get("/outbox").status_code == 200


def test_loopback() -> None:
    assert all(is_loopback(h) for h in ("127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost"))
    assert not any(is_loopback(h) for h in ("", "0.0.0.0", "10.0.0.1", "localhost.example", "::"))  # noqa: S104
