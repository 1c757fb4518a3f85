"""Taking one's data along, and closing the account with its days of grace."""

import datetime as dt
import io
import json
import zipfile

import pytest
from sqlmodel import Session, select

from portal.accounts import actions, personal
from portal.accounts.models import (
    AccessToken,
    Account,
    AccountState,
    BrowserSession,
    DataExport,
    ExportState,
    KnownPlace,
    Scope,
)
from portal.accounts.sessions import actor_of
from portal.accounts.tasks import export as export_job
from portal.accounts.tasks import sweep
from portal.audit.models import AuditEvent
from portal.kit.clock import now
from portal.kit.db import transaction
from portal.notices.models import Mail, Notice
from portal.organisations.models import Membership
from tests.support.browser import Client
from tests.support.make import PASSWORD, Make, Person


def _collected(client: Client, db: Session) -> zipfile.ZipFile:
    """Ask for an export, let the job run, download it."""
    assert client.post("/settings/data/export").status_code == 303
    row = db.exec(select(DataExport).where(DataExport.state == ExportState.requested)).one()
    export_job(str(row.id))
    answer = client.get(f"/settings/data/export/{row.id}.zip")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["cache-control"] == "no-store"
    assert "attachment" in answer.headers["content-disposition"]
    return zipfile.ZipFile(io.BytesIO(answer.content))


def test_the_export_holds_everything_and_no_secret(client: Client, db: Session, make: Make) -> None:
    person, other = make.account("李清照", bio="词人", roles=("reviewer",)), make.account("别人")
    make.organisation("示例规划院", admin=person)
    asset = make.asset(person, title="成果甲")
    make.version(asset)
    make.asset(other, title="别人的成果")
    with transaction() as own:
        _row, secret = actions.create_token(
            own, actor_of(own, person.id), name="ci", scopes=[Scope.read], days=7
        )
    client.sign_in(person)
    cookie = client.cookies["cspon_session"]
    pack = _collected(client, db)
    assert pack.testzip() is None
    names = set(pack.namelist())
    assert {f"{part.name}.json" for part in personal.parts()} | {"README.md"} == names
    assert {"profile", "sessions", "tokens", "organisations", "assets", "versions", "evaluations"} <= {
        name.removesuffix(".json") for name in names
    }
    assert {"discussions", "likes", "notices"} <= {name.removesuffix(".json") for name in names}
    data = {name: json.loads(pack.read(name)) for name in names if name.endswith(".json")}
    assert data["profile.json"][0]["email"] == person.account.email
    assert data["organisations.json"][0]["role"] == "admin"
    assert [row["title"] for row in data["assets.json"]] == ["成果甲"]
    assert data["versions.json"][0]["number"] == "1.0.0"
    assert data["tokens.json"][0]["name"] == "ci"
    assert dt.datetime.fromisoformat(data["profile.json"][0]["created_at"]).tzinfo is not None
    text = "".join(pack.read(name).decode() for name in names)
    for never in (secret, cookie, "argon2", "secret_digest", "别人"):
        assert never not in text, never
    assert "词人" in pack.read("README.md").decode()
    assert "个人资料" in pack.read("README.md").decode()
    row = db.exec(select(DataExport)).one()
    assert abs(row.deadline_at - now() - dt.timedelta(days=7)) < dt.timedelta(minutes=5)
    assert db.exec(select(Notice.url).where(Notice.account_id == person.id)).all() == ["/settings/data"]


def test_only_the_person_gets_it_and_only_for_a_week(client: Client, db: Session, make: Make) -> None:
    person, other = make.account(), make.account()
    client.sign_in(person)
    _collected(client, db)
    row = db.exec(select(DataExport)).one()
    path = f"/settings/data/export/{row.id}.zip"
    client.sign_in(other)
    assert client.get(path).status_code == 404
    client.sign_out()
    assert client.get(path).headers["location"].startswith("/sign-in?next=")
    client.sign_in(person)
    session = db.exec(select(BrowserSession).where(BrowserSession.account_id == person.id)).one()
    session.confirmed_at = None
    db.add(session)
    db.commit()
    assert client.get(path).headers["location"].startswith("/confirm?next=")
    client.sign_in(person)
    row.deadline_at = now() - dt.timedelta(seconds=1)
    db.add(row)
    db.commit()
    assert client.get(path).status_code == 404
    sweep(0)
    db.expire_all()
    gone = db.exec(select(DataExport)).one()
    assert (gone.state, gone.content) == (ExportState.expired, None)
    assert client.get("/settings/data").status_code == 200


def test_exports_are_made_one_by_one_and_end_somehow(client: Client, db: Session, make: Make) -> None:
    client.sign_in(make.account())
    assert client.post("/settings/data/export").status_code == 303
    assert client.post("/settings/data/export").status_code == 409
    row = db.exec(select(DataExport)).one()
    row.deadline_at = now() - dt.timedelta(seconds=1)
    db.add(row)
    db.commit()
    sweep(0)
    db.expire_all()
    assert db.exec(select(DataExport.state)).one() is ExportState.failed
    export_job(str(row.id))
    db.expire_all()
    assert db.exec(select(DataExport.content)).one() is None, "a late job changes nothing"


def _ask(client: Client, person: Person) -> None:
    client.sign_in(person)
    assert client.post("/settings/account/close", data={"password": PASSWORD}).status_code == 303


def days_later(db: Session, person: Person) -> None:
    db.expire_all()
    account = db.get(Account, person.id)
    assert account is not None
    account.closes_at = now() - dt.timedelta(seconds=1)
    db.add(account)
    db.commit()
    sweep(0)
    db.expire_all()


def test_closing_waits_two_weeks_and_can_be_undone(
    client: Client, application: object, db: Session, make: Make
) -> None:
    person = make.account("王芳")
    with transaction() as own:
        actions.create_token(own, actor_of(own, person.id), name="ci", scopes=[Scope.read], days=7)
    with Client(application) as elsewhere:
        elsewhere.sign_in(person)
        _ask(client, person)
        assert elsewhere.get("/settings/profile").status_code == 303, "other sessions end at once"
    db.expire_all()
    account = db.exec(select(Account)).one()
    assert account.state is AccountState.active
    assert account.closes_at is not None
    assert abs(account.closes_at - now() - dt.timedelta(days=14)) < dt.timedelta(minutes=5)
    assert db.exec(select(AccessToken.revoked_at)).one() is not None
    assert db.exec(select(Mail.subject)).all()[-1] == "您的账户即将注销"
    sweep(0)
    assert client.get("/settings/profile").status_code == 200, "nothing happens before"
    assert "撤销注销" in client.get("/settings/account").text
    assert client.post("/settings/account/close", data={"password": PASSWORD}).status_code == 409
    assert client.post("/settings/account/keep").status_code == 303
    assert client.post("/settings/account/keep").status_code == 409
    db.expire_all()
    assert db.exec(select(Account.closes_at)).one() is None


def test_after_two_weeks_the_person_is_gone(client: Client, db: Session, make: Make) -> None:
    person = make.account("王芳", affiliation="某院", bio="简介", roles=("reviewer",))
    email = person.account.email
    asset = make.asset(person)
    make.version(asset)
    _ask(client, person)
    with transaction() as own:
        actions.give_totp(own, person.account)
    days_later(db, person)
    account = db.exec(select(Account)).one()
    assert (account.state, account.name) == (AccountState.closed, "已注销用户")
    stored = str(account.model_dump())
    assert all(gone not in stored for gone in (email, "王芳", "某院", "简介", "argon2"))
    for table in (BrowserSession, AccessToken, KnownPlace, DataExport, Notice):
        assert db.exec(select(table)).all() == [], table
    assert client.get("/settings/profile").status_code == 303
    page = client.get(f"/people/{person.namespace.slug}")
    assert page.status_code == 200
    assert "王芳" not in page.text
    shown = client.get(f"/assets/{person.namespace.slug}/{asset.name}")
    assert shown.status_code == 200, "what was published stays"
    assert "王芳" not in shown.text
    names = set(db.exec(select(AuditEvent.actor_name)))
    assert "王芳" not in names
    assert person.namespace.slug in names


def test_what_stays_is_said_before(client: Client, make: Make) -> None:
    person = make.account()
    client.sign_in(person)
    assert "项成果" not in client.get("/settings/account").text
    make.version(make.asset(person))
    assert "1 项成果" in client.get("/settings/account").text


def test_whoever_became_the_only_administrator_is_kept(client: Client, db: Session, make: Make) -> None:
    person, second = make.account(), make.account()
    unit = make.organisation("独苗规划院", admin=person)
    db.add(Membership(organisation_id=unit.id, account_id=second.id, role="admin"))
    db.commit()
    _ask(client, person)
    db.delete(db.exec(select(Membership).where(Membership.account_id == second.id)).one())
    db.commit()
    days_later(db, person)
    account = db.get(Account, person.id)
    assert account is not None
    assert (account.state, account.closes_at) == (AccountState.active, None)
    told = db.exec(select(Mail).where(Mail.subject == "您的账户未能注销")).one()
    assert "独苗规划院" in told.body


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", "a\n# heading", "=cmd|'/C calc'!A0"])
def test_hostile_names_stay_text_in_the_readme(client: Client, db: Session, make: Make, hostile: str) -> None:
    client.sign_in(make.account(bio=hostile))
    text = _collected(client, db).read("README.md").decode()
    assert "<script" not in text
    assert "\n# heading" not in text
