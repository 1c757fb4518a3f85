"""The second step: the authenticator app, recovery codes, what is held back without them, and the ways in."""

import datetime as dt
import re
from urllib.parse import unquote

import pytest
from click.testing import CliRunner
from sqlmodel import Session, col, select

from portal.accounts import actions, totp
from portal.accounts.models import BrowserSession, RecoveryCode, Role, TotpSecret
from portal.accounts.sessions import actor_of
from portal.audit.models import AuditEvent
from portal.kit.clock import now
from portal.kit.db import transaction
from portal.notices.models import Mail
from portal.settings import get_settings
from registry.versions.models import SubmissionKind, Version, VersionState
from tests.support.browser import Client
from tests.support.make import PASSWORD, Make, Person

RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # the seed of RFC 6238, appendix B


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_the_rfc(seconds: int, code: str) -> None:
    at = dt.datetime.fromtimestamp(seconds, dt.UTC)
    assert totp.code_of(RFC_SECRET, totp.step_at(at)) == code
    assert totp.matching_step(RFC_SECRET, code, last_step=0, at=at) == seconds // 30


def test_one_step_of_drift_either_way_and_no_more() -> None:
    at = dt.datetime.fromtimestamp(3000, dt.UTC)
    taken = {
        step: totp.matching_step(RFC_SECRET, totp.code_of(RFC_SECRET, step), last_step=0, at=at)
        for step in range(97, 104)
    }
    assert taken == {97: None, 98: None, 99: 99, 100: 100, 101: 101, 102: None, 103: None}
    current = totp.code_of(RFC_SECRET, 100)
    assert totp.matching_step(RFC_SECRET, current, last_step=100, at=at) is None
    for odd in ("", "28708", "２８７０８２", "abcdef", "287082\n"):
        assert totp.matching_step(RFC_SECRET, odd, last_step=0, at=at) is None


def test_the_qr_code_is_a_drawing_with_the_address_in_it() -> None:
    uri = totp.uri(RFC_SECRET, account="张三@example.org", issuer="示例 站点")
    assert uri.startswith("otpauth://totp/")
    assert f"secret={RFC_SECRET}" in uri
    assert totp.qr(uri).startswith("data:image/svg+xml")


def test_recovery_codes_are_read_as_people_type_them() -> None:
    code = totp.new_recovery_code()
    assert re.fullmatch(r"([a-z2-7]{4}-){3}[a-z2-7]{4}", code)
    assert totp.normal_recovery(f" {code.upper().replace('-', ' ')} ") == totp.normal_recovery(code)
    assert totp.normal_recovery("123456") is None


def _set_up(client: Client, db: Session, person: Person) -> tuple[str, list[str]]:
    """Set an app up by the pages; the secret and the recovery codes."""
    assert client.post("/settings/security/app/begin").headers["location"] == "/settings/security/app"
    page = client.get("/settings/security/app").text
    found = re.search(r"<code>([A-Z2-7 ]{39})</code>", page)
    assert found, page
    assert "data:image/svg+xml" in page
    secret = found[1].replace(" ", "")
    wrong = client.post("/settings/security/app", data={"code": "000000"})
    assert wrong.status_code in {422, 200}
    done = client.post("/settings/security/app", data={"code": totp.code_of(secret, totp.step_at(now()))})
    assert done.status_code == 200, done.text
    assert done.headers["cache-control"] == "no-store"
    listed = re.search(r"<code>((?:[a-z2-7]{4}-){3}[^<]+)</code>", done.text)
    assert listed
    codes = listed[1].split("\n")
    assert len(codes) == 10
    file = re.search(r'href="data:text/plain;charset=utf-8,([^"]+)" download', done.text)
    assert file
    assert all(code in unquote(file[1]) for code in codes)
    return secret, codes


def _later(db: Session, person: Person) -> None:
    """As if the codes of this moment had not been used."""
    row = db.exec(select(TotpSecret).where(TotpSecret.account_id == person.id)).one()
    row.last_step = 0
    db.add(row)
    db.commit()


def _password(client: Client, person: Person, **more: str) -> str:
    answer = client.post("/sign-in", data={"email": person.account.email, "password": PASSWORD, **more})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def test_an_app_from_set_up_to_sign_in(client: Client, db: Session, make: Make) -> None:
    person = make.account()
    client.sign_in(person, second_factor=False)
    secret, _codes = _set_up(client, db, person)
    row = db.exec(select(TotpSecret)).one()
    assert secret not in row.sealed
    assert db.exec(select(Mail.recipient)).all() == [person.account.email]
    client.sign_out()
    assert _password(client, person, next="/evaluations") == "/sign-in/second?next=%2Fevaluations"
    assert client.get("/settings/profile").status_code == 303, "a password alone opens nothing"
    assert 'autocomplete="one-time-code"' in client.get("/sign-in/second?next=%2Fevaluations").text
    first = client.cookies["cspon_session"]
    again = client.post("/sign-in/second", data={"code": totp.code_of(secret, totp.step_at(now()))})
    assert again.status_code == 422, "the code that set it up was used"
    _later(db, person)
    code = totp.code_of(secret, totp.step_at(now()))
    entered = client.post("/sign-in/second", data={"code": f"{code[:3]} {code[3:]}", "next": "/evaluations"})
    assert entered.headers["location"] == "/evaluations"
    assert client.cookies["cspon_session"] != first
    assert client.get("/settings/profile").status_code == 200
    session = db.exec(select(BrowserSession)).one()
    assert session.second_factor_at is not None
    assert not session.pending


def test_a_recovery_code_works_once(client: Client, db: Session, make: Make) -> None:
    person = make.account()
    client.sign_in(person, second_factor=False)
    _secret, codes = _set_up(client, db, person)
    stored = db.exec(select(RecoveryCode.secret_digest)).all()
    assert len(stored) == 10
    assert not any(code.replace("-", "") in digest for code in codes for digest in stored)
    for expected in (303, 422):
        client.sign_out()
        _password(client, person)
        assert client.post("/sign-in/second", data={"code": codes[0].upper()}).status_code == expected
    assert client.post("/sign-in/second", data={"code": codes[1]}).status_code == 303
    new = client.post("/settings/security/codes").text
    assert codes[2] not in new
    client.sign_out()
    _password(client, person)
    assert client.post("/sign-in/second", data={"code": codes[2]}).status_code == 422


def test_guessing_codes_is_slowed_down(client: Client, db: Session, make: Make) -> None:
    person = make.account()
    client.sign_in(person, second_factor=False)
    _secret, codes = _set_up(client, db, person)
    client.sign_out()
    _password(client, person)
    answers = [client.post("/sign-in/second", data={"code": f"{n:06d}"}).status_code for n in range(4)]
    assert answers == [422] * 4  # one was spent while setting up
    refused = client.post("/sign-in/second", data={"code": codes[0]})
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0


def test_a_pending_session_is_for_one_browser_and_ten_minutes(
    client: Client, db: Session, make: Make
) -> None:
    person = make.account()
    client.sign_in(person, second_factor=False)
    _secret, codes = _set_up(client, db, person)
    client.sign_out()
    assert client.get("/sign-in/second").headers["location"].startswith("/sign-in?next=")
    _password(client, person)
    session = db.exec(select(BrowserSession)).one()
    session.expires_at = now() - dt.timedelta(seconds=1)
    db.add(session)
    db.commit()
    assert client.post("/sign-in/second", data={"code": codes[0]}).status_code == 401


ROLE_PAGES = {
    "system_admin": "/admin/people",
    "security_admin": "/admin/people",
    "auditor": "/admin/audit",
    "certifier": "/scans",
    "secretariat": "/organisations/verification",
}


@pytest.mark.parametrize("role", sorted(ROLE_PAGES))
def test_a_role_is_held_back_until_the_second_step(client: Client, make: Make, role: str) -> None:
    person = make.account(roles=(role,))
    assert _password(client, person) == "/settings/security"
    refused = client.get(ROLE_PAGES[role])
    assert refused.status_code == 403
    assert "/second-factor?next=" in refused.text
    problem = client.get(ROLE_PAGES[role], headers={"accept": "application/json"}).json()
    assert problem["code"] == "second-factor-needed"
    assert client.get("/second-factor").headers["location"] == "/settings/security"
    assert client.get("/settings/profile").status_code == 200
    client.sign_in(person)
    assert client.get(ROLE_PAGES[role]).status_code == 200


def test_publishing_for_an_organisation_is_held_back(client: Client, make: Make) -> None:
    admin, member = make.account(), make.account()
    unit = make.organisation(admin=admin)
    draft = make.version(make.asset(admin, namespace=unit.namespace, name="mine"), state=VersionState.draft)
    path = f"/organisations/{unit.namespace.slug}/members"
    client.sign_in(admin, second_factor=False)
    assert client.get(f"/organisations/{unit.namespace.slug}/edit").status_code == 403
    assert client.get(f"/assets/{unit.namespace.slug}/mine/versions/{draft.number}").status_code == 404
    assert "/second-factor" in client.get("/assets").text
    client.sign_in(admin)
    assert client.get(path).status_code == 200
    assert client.get(f"/assets/{unit.namespace.slug}/mine/versions/{draft.number}").status_code == 200
    client.sign_in(member, second_factor=False)
    assert "/second-factor" not in client.get("/assets").text, "a member is not forced"


def test_publishing_ones_own_needs_it_too(client: Client, db: Session, make: Make) -> None:
    person = make.account()
    asset = make.asset(person)
    draft = make.version(
        asset, {"README.md": b"# x\n"}, state=VersionState.draft, submission=SubmissionKind.files
    )
    path = f"/assets/{person.namespace.slug}/{asset.name}/versions/{draft.number}"
    client.sign_in(person, second_factor=False)
    assert client.get(f"/assets/{person.namespace.slug}/{asset.name}/edit").status_code == 200
    refused = client.post(f"{path}/submit")
    assert refused.status_code == 403
    assert "/second-factor?next=" in refused.text
    client.sign_in(person)
    assert client.post(f"{path}/submit").status_code == 303
    db.expire_all()
    assert db.get(Version, draft.id).state is VersionState.scanning  # type: ignore[union-attr]


def test_tokens_are_made_after_the_second_step_only(client: Client, make: Make) -> None:
    person = make.account()
    client.sign_in(person, second_factor=False)
    data = {"name": "ci", "scopes": "read", "days": "7"}
    assert client.post("/settings/tokens", data=data).status_code == 403
    client.sign_in(person)
    made = client.post("/settings/tokens", data=data)
    secret = re.search(r"cspon_[\w-]{20,}", made.text)
    assert secret
    client.sign_out()
    who = client.get("/api/v1/whoami", headers={"authorization": f"Bearer {secret[0]}"})
    assert who.status_code == 200


def test_the_setting_relaxes_it(client: Client, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSPON_SECOND_FACTOR", "optional")
    get_settings.cache_clear()
    try:
        client.sign_in(make.account(roles=("auditor",)), second_factor=False)
        assert client.get("/admin/audit").status_code == 200
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()


SENSITIVE = [
    "/settings/tokens",
    "/settings/security/app/begin",
    "/settings/security/codes",
    "/settings/password",
]


@pytest.mark.parametrize("path", SENSITIVE)
def test_sensitive_changes_ask_again_after_a_quarter_of_an_hour(
    client: Client, db: Session, make: Make, path: str
) -> None:
    person = make.account()
    client.sign_in(person)
    row = db.exec(select(BrowserSession)).one()
    row.confirmed_at = now() - dt.timedelta(minutes=15, seconds=1)
    db.add(row)
    db.commit()
    refused = client.post(path, headers={"referer": "http://testserver/settings/security"})
    assert refused.status_code == 403
    assert "/confirm?next=%2Fsettings%2Fsecurity" in refused.text
    assert client.get("/settings/security/app").headers["location"].startswith("/confirm?next=")
    assert 'type="password"' in client.get("/confirm").text
    assert client.post("/confirm", data={"password": "not the right one"}).status_code == 422
    answer = client.post("/confirm", data={"password": PASSWORD, "next": "/settings/security"})
    assert answer.headers["location"] == "/settings/security"
    assert client.post(path).status_code != 403


def test_confirming_takes_a_factor_where_there_is_one(client: Client, db: Session, make: Make) -> None:
    person = make.account(roles=("system_admin",))
    client.sign_in(person, second_factor=False)
    _secret, codes = _set_up(client, db, person)
    row = db.exec(select(BrowserSession)).one()
    row.confirmed_at = None
    db.add(row)
    db.commit()
    other = make.account()
    path = f"/admin/people/{other.id}/roles"
    assert client.post(path, data={"role": "auditor"}).status_code == 403
    assert client.post("/confirm", data={"password": PASSWORD}).status_code == 422
    assert client.post("/confirm", data={"code": codes[0]}).status_code == 303
    assert client.post(path, data={"role": "auditor"}).status_code == 303


def test_removing_the_last_factor_takes_the_recovery_codes_too(
    client: Client, db: Session, make: Make
) -> None:
    person = make.account()
    client.sign_in(person, second_factor=False)
    _set_up(client, db, person)
    assert client.post("/settings/security/app/begin").status_code == 409
    assert client.post("/settings/security/app/remove").status_code == 303
    assert db.exec(select(RecoveryCode)).all() == []
    verbs = db.exec(select(AuditEvent.verb).order_by(col(AuditEvent.seq))).all()
    assert [v for v in verbs if v.startswith(("totp", "recovery"))] == [
        "totp.begun",
        "totp.added",
        "recovery_codes.renewed",
        "totp.removed",
    ]
    assert client.post("/settings/security/codes").status_code == 409


def test_a_demo_site_shows_the_code_of_demo_accounts_only(
    client: Client, db: Session, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo, real = make.account(demo=True), make.account()
    for person in (demo, real):
        with transaction() as own:
            actions.give_totp(own, person.account)
    db.expire_all()
    _password(client, demo)
    assert "这是演示账户" not in client.get("/sign-in/second").text, "not on a real site"
    monkeypatch.setenv("CSPON_DEMO", "true")
    get_settings.cache_clear()
    try:
        page = client.get("/sign-in/second").text
        shown = re.search(r"<code>(\d{6})</code>", page)
        assert shown
        assert "这是演示账户" in page
        assert client.post("/sign-in/second", data={"code": shown[1]}).status_code == 303
        client.sign_out()
        _password(client, real)
        assert "这是演示账户" not in client.get("/sign-in/second").text
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()


def test_somebody_who_lost_every_factor(client: Client, db: Session, make: Make) -> None:
    person = make.account()
    client.sign_in(person, second_factor=False)
    _set_up(client, db, person)
    guard = make.account(roles=(Role.security_admin,))
    with transaction() as own:
        actor = actor_of(own, guard.id)
        actions.reset_factors(own, actor, account_id=person.id, reason="passport seen")
    assert db.exec(select(TotpSecret)).all() == []
    assert client.get("/settings/profile").status_code == 303, "sessions ended"
    assert _password(client, person) == "/"
    event = db.exec(select(AuditEvent).where(AuditEvent.verb == "factors.reset")).one()
    assert event.reason == "passport seen"


def test_the_command_shows_codes_of_demo_accounts_only(
    db: Session, make: Make, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from portal.commands.totp import totp as command

    monkeypatch.setenv("CSPON_DATABASE_URL", database_url)
    get_settings.cache_clear()
    try:
        demo, real = make.account(demo=True), make.account()
        with transaction() as own:
            actions.give_totp(own, demo.account)
            actions.give_totp(own, real.account)
        shown = CliRunner().invoke(command, ["show", demo.account.email])
        assert re.fullmatch(r"\d{6}\n", shown.output), shown.output
        refused = CliRunner().invoke(command, ["show", real.account.email])
        assert refused.exit_code == 1
        assert not re.search(r"\d{6}", refused.output.replace(real.account.email, ""))
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()
