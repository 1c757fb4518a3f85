"""Settings: profile, password, sessions, language, closing; and the public page."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlmodel import Session, select

from portal.accounts import actions
from portal.accounts.models import Account, AccountState, BrowserSession, Namespace, SignUp
from portal.accounts.sessions import actor_of
from portal.audit.models import AuditEvent
from portal.kit.clock import now
from portal.kit.db import lock_key
from portal.kit.errors import NotFound
from portal.notices.models import Mail
from portal.organisations.models import Membership
from tests.accounts.test_leaving import days_later
from tests.support.browser import Client
from tests.support.make import PASSWORD, Make

NEW = "七月的雨 falls 88"
PAGES = ["/sign-in", "/sign-up", "/forgot"]
OWN_PAGES = [f"/settings/{name}" for name in ("profile", "password", "sessions", "tokens", "account")]


@pytest.mark.parametrize("locale", ["zh_Hans", "en"])
def test_every_page_in_both_languages(client: Client, make: Make, locale: str) -> None:
    person = make.account(
        "韩梅梅", locale=locale, bio="**研究**兴趣", orcid="0000-0002-1825-0097", affiliation="某大学"
    )
    make.organisation(admin=person)
    client.cookies.set("locale", locale)
    lang = {"zh_Hans": "zh-Hans", "en": "en"}[locale]
    for path in [*PAGES, f"/people/{person.namespace.slug}"]:
        page = client.get(path)
        assert page.status_code == 200, path
        assert f'<html lang="{lang}">' in page.text
        assert page.text.count("<h1") == 1
    client.sign_in(person)
    for path in OWN_PAGES:
        page = client.get(path)
        assert page.status_code == 200, path
        assert f'<html lang="{lang}">' in page.text
    assert client.get("/settings").headers["location"] == "/settings/profile"
    assert client.get("/sign-in?next=/settings/tokens").headers["location"] == "/settings/tokens"


def test_profile(client: Client, db: Session, make: Make) -> None:
    person = make.account("旧名")
    client.sign_in(person)
    values = {
        "name": "新名",
        "affiliation": "某院",
        "orcid": "0000-0002-1825-0097",
        "bio": "<script>x</script> **重点**",
    }
    assert client.post("/settings/profile", data=values | {"orcid": "0000-0002-1825-0098"}).status_code == 422
    assert client.post("/settings/profile", data=values).status_code == 303
    db.expire_all()
    account = db.exec(select(Account)).one()
    assert (account.name, account.sort_key) == ("新名", "xin ming 新名")
    assert db.exec(select(Namespace.display_name)).one() == "新名"
    public = client.get(f"/people/{person.namespace.slug}").text
    assert "新名" in public
    assert "<strong>重点</strong>" in public
    assert "<script>x" not in public
    assert person.account.email not in public
    event = db.exec(select(AuditEvent).where(AuditEvent.verb == "account.profile_changed")).one()
    assert event.evidence == {"fields": ["name", "affiliation", "orcid", "bio"]}


def test_no_page_for_nobody(client: Client, make: Make) -> None:
    unit = make.organisation()
    assert client.get("/people/nobody-here").status_code == 404
    assert client.get(f"/people/{unit.namespace.slug}").status_code == 404


def test_password_change_ends_other_sessions(
    client: Client, application: object, db: Session, make: Make
) -> None:
    person = make.account()
    with Client(application) as other:
        other.sign_in(person)
        client.sign_in(person)
        wrong = client.post("/settings/password", data={"old_password": "not this one", "new_password": NEW})
        assert wrong.status_code == 422
        weak = client.post(
            "/settings/password", data={"old_password": PASSWORD, "new_password": "1234567890"}
        )
        assert weak.status_code == 422
        assert other.get("/settings/password").status_code == 200
        done = client.post("/settings/password", data={"old_password": PASSWORD, "new_password": NEW})
        assert done.status_code == 303
        assert client.get("/settings/password").status_code == 200
        assert other.get("/settings/password").status_code == 303
        other.sign_in(person, NEW)
    assert db.exec(select(Mail.recipient)).one() == person.account.email


def test_guessing_the_old_password_is_slowed_down(client: Client, make: Make) -> None:
    client.sign_in(make.account())
    for _n in range(5):
        data = {"old_password": "a wrong guess", "new_password": NEW}
        assert client.post("/settings/password", data=data).status_code == 422
    data = {"old_password": PASSWORD, "new_password": NEW}
    assert client.post("/settings/password", data=data).status_code == 429


def test_sessions_can_be_ended(client: Client, application: object, db: Session, make: Make) -> None:
    person, stranger = make.account(), make.account()
    with Client(application) as other, Client(application) as third:
        for browser in (client, other):
            browser.sign_in(person)
        third.sign_in(stranger)
        mine = {
            str(row.id)
            for row in db.exec(select(BrowserSession).where(BrowserSession.account_id == person.id))
        }
        foreign = db.exec(select(BrowserSession).where(BrowserSession.account_id == stranger.id)).one()
        page = client.get("/settings/sessions").text
        assert sum(row in page for row in mine) == 1, "the own session has no button"
        assert str(foreign.id) not in page
        assert client.post("/settings/sessions/end", data={"session": str(foreign.id)}).status_code == 404
        assert client.post("/settings/sessions/end", data={"session": "x"}).status_code == 404
        assert third.get("/settings/sessions").status_code == 200
        assert client.post("/settings/sessions/end", data={"session": "others"}).status_code == 303
        assert other.get("/settings/sessions").status_code == 303
        assert client.get("/settings/sessions").status_code == 200
        other.sign_in(person)
        [target] = [row for row in mine_now(db, person.id) if row not in mine]
        assert client.post("/settings/sessions/end", data={"session": target}).status_code == 303
        assert other.get("/settings/sessions").status_code == 303


def mine_now(db: Session, account_id: object) -> set[str]:
    db.expire_all()
    return {
        str(row.id) for row in db.exec(select(BrowserSession).where(BrowserSession.account_id == account_id))
    }


def test_language_is_kept_in_account_and_browser(client: Client, application: object, make: Make) -> None:
    person = make.account(locale="zh_Hans")
    client.sign_in(person)
    assert client.post("/settings/language", data={"locale": "fr"}).status_code == 422
    response = client.post("/settings/language", data={"locale": "en"})
    assert response.status_code == 303
    assert "locale=en" in response.headers["set-cookie"]
    assert '<html lang="en">' in client.get("/settings/account").text
    with Client(application) as elsewhere:
        elsewhere.sign_in(person)
        assert '<html lang="en">' in elsewhere.get("/settings/account").text
        elsewhere.cookies.set("locale", "zh_Hans")
        assert '<html lang="zh-Hans">' in elsewhere.get("/settings/account").text


def test_closing_deletes_personal_data_and_keeps_the_name(client: Client, db: Session, make: Make) -> None:
    person = make.account("王芳", affiliation="某院", bio="简介", roles=("reviewer",))
    email = person.account.email
    client.sign_in(person)
    assert client.post("/settings/account/close", data={"password": "a wrong guess"}).status_code == 422
    assert client.post("/settings/account/close", data={"password": PASSWORD}).status_code == 303
    days_later(db, person)
    assert client.get("/settings/profile").status_code == 303
    db.expire_all()
    account = db.exec(select(Account)).one()
    assert account.state is AccountState.closed
    stored = str(account.model_dump())
    assert all(gone not in stored for gone in (email, "王芳", "某院", "简介", "argon2"))
    page = client.get(f"/people/{person.namespace.slug}")
    assert page.status_code == 200
    assert "王芳" not in page.text
    again = {"name": "王芳", "email": email, "password": NEW, "namespace": person.namespace.slug}
    assert client.post("/sign-up", data=again).status_code == 422, "the namespace is reserved for ever"
    assert client.post("/sign-up", data=again | {"namespace": "wangfang"}).status_code == 303
    assert db.exec(select(SignUp.email)).one() == email, "the address is free again"


def test_the_only_admin_cannot_close(client: Client, db: Session, make: Make) -> None:
    person = make.account()
    unit = make.organisation(name="独苗规划院", admin=person)
    client.sign_in(person)
    assert "独苗规划院" in client.get("/settings/account").text
    assert client.post("/settings/account/close", data={"password": PASSWORD}).status_code == 409
    second = make.account()
    db.add(Membership(organisation_id=unit.id, account_id=second.id, role="admin"))
    db.commit()
    assert client.post("/settings/account/close", data={"password": PASSWORD}).status_code == 303
    days_later(db, person)
    from portal.organisations.tasks import forget_member

    forget_member(str(person.id))
    db.expire_all()
    assert [row.account_id for row in db.exec(select(Membership))] == [second.id]


def test_sweep_deletes_only_what_is_dead(client: Client, db: Session, make: Make) -> None:
    client.sign_in(make.account())
    assert actions.sweep(db) == 0
    row = db.exec(select(BrowserSession)).one()
    row.expires_at = now()
    db.add(row)
    db.flush()
    assert actions.sweep(db) == 1


def test_actor_of_nobody(db: Session, make: Make) -> None:
    assert actor_of(db, make.account(state=AccountState.locked).id).is_anonymous
    with pytest.raises(NotFound):
        actions.end_session(db, actor_of(db, make.account().id), session_id=make.account().id)


def test_pages_escape_names(client: TestClient, make: Make) -> None:
    person = make.account('<img src=x onerror="alert(1)">')
    assert "<img src=x" not in client.get(f"/people/{person.namespace.slug}").text


def test_a_password_change_and_a_sign_in_do_not_wait_for_each_other(
    client: Client, db: Session, make: Make
) -> None:
    person = make.account()
    client.sign_in(person)
    lock_key(db, "sign-in", person.account.email)  # as a sign-in that is just checking the password
    with ThreadPoolExecutor(1) as pool:
        form = {"old_password": PASSWORD, "new_password": NEW}
        changing = pool.submit(client.post, "/settings/password", data=form)
        waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        while not db.execute(waiting).scalar_one():
            assert not changing.done()
        actions.open_session(db, person.account)
        db.commit()
        assert changing.result().status_code == 303


def test_a_closed_administrator_is_none_even_before_the_job_runs(
    client: Client, db: Session, make: Make
) -> None:
    first, second = make.account(), make.account()
    unit = make.organisation(admin=first)
    db.add(Membership(organisation_id=unit.id, account_id=second.id, role="admin"))
    db.commit()
    assert (
        client.sign_in(first).post("/settings/account/close", data={"password": PASSWORD}).status_code == 303
    )
    days_later(db, first)
    client.sign_in(second)
    assert client.post(f"/organisations/{unit.namespace.slug}/leave").status_code == 409
    assert client.post("/settings/account/close", data={"password": PASSWORD}).status_code == 409
