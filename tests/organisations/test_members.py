"""Members and invitations."""

import datetime as dt
import re
from urllib.parse import quote

import pytest
from sqlmodel import Session, select

from portal.accounts.models import BrowserSession
from portal.accounts.sessions import actor_of
from portal.kit.clock import now
from portal.kit.errors import Conflict, NotFound
from portal.kit.ids import digest_secret
from portal.notices.models import Mail, Notice
from portal.organisations import actions
from portal.organisations.models import Invitation, InvitationState, MemberRole, Membership
from tests.accounts.test_sign_up import mailed as mailed_sign_up
from tests.support.browser import Client
from tests.support.make import PASSWORD, Make, Person, Unit


def _roles(db: Session, unit: Unit) -> dict[object, str]:
    db.expire_all()
    rows = db.exec(select(Membership).where(Membership.organisation_id == unit.id))
    return {row.account_id: row.role.value for row in rows}


def _url(unit: Unit, *more: object) -> str:
    return "/".join(["/organisations", unit.namespace.slug, *map(str, more)])


def _invite(client: Client, db: Session, unit: Unit, email: str, role: str = "publisher") -> str:
    """Invite by the form; the path of the mailed link."""
    response = client.post(_url(unit, "invitations"), data={"email": email, "role": role})
    assert response.status_code == 303, response.text
    return _mailed(db)


def _mailed(db: Session) -> str:
    db.expire_all()
    mail = db.exec(select(Mail).order_by(Mail.created_at.desc())).first()  # type: ignore[attr-defined]
    assert mail is not None
    found = re.search(r"https?://[^/\s]+(/invitations/\S+)", mail.body)
    assert found is not None
    return found.group(1)


@pytest.fixture
def boss(client: Client, make: Make) -> Person:
    """The administrator, signed in."""
    person = make.account("管理员")
    client.sign_in(person)
    return person


def _as(client: Client, person: Person) -> None:
    client.sign_out()
    client.sign_in(person)


def test_roles_change_after_a_fresh_proof_only(client: Client, db: Session, make: Make, boss: Person) -> None:
    other = make.account("成员")
    unit = make.organisation(admin=boss, publishers=(other,))
    row = db.exec(select(BrowserSession)).one()
    row.confirmed_at = now() - dt.timedelta(minutes=16)
    db.add(row)
    db.commit()
    before = _roles(db, unit)
    page = {"referer": f"http://testserver{_url(unit, 'members')}"}
    for path, data in (
        (_url(unit, "members", other.id, "role"), {"role": "admin"}),
        (_url(unit, "members", other.id, "remove"), {}),
        (_url(unit, "invitations"), {"email": "new@example.org", "role": "admin"}),
    ):
        refused = client.post(path, data=data, headers=page)
        assert refused.status_code == 403, path
        assert f"/confirm?next={quote(_url(unit, 'members'), safe='')}" in refused.text
    assert _roles(db, unit) == before
    assert not db.exec(select(Invitation)).all()
    assert client.post("/confirm", data={"password": PASSWORD}).status_code == 303
    assert client.post(_url(unit, "members", other.id, "role"), data={"role": "admin"}).status_code == 303
    assert _roles(db, unit)[other.id] == "admin"


def test_invite_and_accept(client: Client, db: Session, make: Make, boss: Person) -> None:
    unit, guest = make.organisation(admin=boss), make.account("客人")
    path = _invite(client, db, unit, guest.account.email.upper())
    row = db.exec(select(Invitation)).one()
    assert row.secret_digest == digest_secret(path.rsplit("/", 1)[-1])
    assert dt.timedelta(days=13, hours=23) < row.expires_at - now() <= dt.timedelta(days=14)
    client.sign_out()
    page = client.get(path)
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert f'href="/sign-in?next={path}"' in page.text
    assert client.post(path, data={"answer": "accept"}).status_code == 401
    client.sign_in(guest)
    assert 'value="accept"' in client.get(path).text
    assert client.post(path, data={"answer": "accept"}).headers["location"] == _url(unit)
    assert _roles(db, unit)[guest.id] == "publisher"
    assert unit.namespace.id in actor_of(db, guest.id).namespaces
    assert client.get(path).status_code == 404
    assert client.post(path, data={"answer": "accept"}).status_code == 404
    assert db.exec(select(Notice.account_id)).all() == [boss.id]


def test_the_link_is_for_one_address_only(client: Client, db: Session, make: Make, boss: Person) -> None:
    unit, guest, thief = make.organisation(admin=boss), make.account(), make.account()
    path = _invite(client, db, unit, guest.account.email)
    _as(client, thief)
    page = client.get(path)
    assert page.status_code == 200
    assert 'value="accept"' not in page.text
    assert guest.account.email not in page.text
    assert client.post(path, data={"answer": "accept"}).status_code == 403
    assert client.post(path, data={"answer": "decline"}).status_code == 403
    assert thief.id not in _roles(db, unit)
    assert db.exec(select(Invitation.state)).one() is InvitationState.open


def test_the_address_alone_is_not_enough(client: Client, make: Make, boss: Person, db: Session) -> None:
    """Only the mailed secret counts, also for an address that was proved at sign-up."""
    unit = make.organisation(admin=boss)
    _invite(client, db, unit, "new@example.org")
    client.sign_out()
    data = {"name": "新人", "email": "new@example.org", "password": "晴天的长椅 walks 42"}
    path = _mailed(db)
    assert client.post("/sign-up", data=data).status_code == 303
    link = mailed_sign_up(db)
    assert client.post(link, data={"password": data["password"]}).status_code == 303
    assert client.post("/invitations/guess", data={"answer": "accept"}).status_code == 404
    assert "/invitations/" not in client.get("/notices").text
    assert client.post(path, data={"answer": "accept"}).status_code == 303


def test_declining(client: Client, db: Session, make: Make, boss: Person) -> None:
    unit, guest = make.organisation(admin=boss), make.account()
    path = _invite(client, db, unit, guest.account.email)
    _as(client, guest)
    assert client.post(path, data={"answer": "decline"}).status_code == 303
    assert client.get(path).status_code == 404
    assert guest.id not in _roles(db, unit)


def test_expired_links_are_dead_before_the_job_runs(
    client: Client, db: Session, make: Make, boss: Person
) -> None:
    unit, guest = make.organisation(admin=boss), make.account()
    path = _invite(client, db, unit, guest.account.email)
    assert actions.expire_invitations(db) == 0
    row = db.exec(select(Invitation)).one()
    row.expires_at = now()
    db.add(row)
    db.commit()
    _as(client, guest)
    assert client.get(path).status_code == 404
    assert client.post(path, data={"answer": "accept"}).status_code == 404
    assert actions.expire_invitations(db) == 1
    assert db.exec(select(Invitation.state)).one() is InvitationState.expired


def test_withdrawing_and_sending_again(client: Client, db: Session, make: Make, boss: Person) -> None:
    unit, guest = make.organisation(admin=boss), make.account()
    first = _invite(client, db, unit, guest.account.email)
    row = db.exec(select(Invitation)).one()
    assert client.post(_url(unit, "invitations", row.id, "resend")).status_code == 429
    row.expires_at -= dt.timedelta(minutes=6)
    db.add(row)
    db.commit()
    assert client.post(_url(unit, "invitations", row.id, "resend")).status_code == 303
    second = _mailed(db)
    assert second != first
    assert client.get(first).status_code == 404
    assert client.get(second).status_code == 200
    assert client.post(_url(unit, "invitations", row.id, "withdraw")).status_code == 303
    assert client.get(second).status_code == 404
    assert client.post(_url(unit, "invitations", row.id, "withdraw")).status_code == 409
    assert client.post(_url(unit, "invitations", row.id, "resend")).status_code == 409


def test_inviting_twice_or_a_member_is_refused(client: Client, db: Session, make: Make, boss: Person) -> None:
    member = make.account()
    unit = make.organisation(admin=boss, publishers=(member,))
    _invite(client, db, unit, "x@example.org")
    for email in ("X@example.org", member.account.email, "nonsense"):
        response = client.post(_url(unit, "invitations"), data={"email": email, "role": "member"})
        assert response.status_code == 422, email
    bad = client.post(_url(unit, "invitations"), data={"email": "y@example.org", "role": "owner"})
    assert bad.status_code == 422
    assert len(db.exec(select(Mail)).all()) == 1


def test_invitations_of_another_organisation_are_out_of_reach(
    client: Client, db: Session, make: Make, boss: Person
) -> None:
    mine, other_boss = make.organisation(admin=boss), make.account()
    other = make.organisation(admin=other_boss)
    actions.invite(
        db,
        actor_of(db, other_boss.id),
        organisation_id=other.id,
        email="z@example.org",
        role=MemberRole.member,
    )
    db.commit()
    row = db.exec(select(Invitation)).one()
    assert client.post(_url(mine, "invitations", row.id, "withdraw")).status_code == 404
    assert client.post(_url(other, "invitations", row.id, "withdraw")).status_code == 403
    assert "z@example.org" not in client.get(_url(mine, "members")).text


@pytest.mark.parametrize("role", ["publisher", "stranger", "nobody"])
def test_managing_is_for_administrators(client: Client, db: Session, make: Make, role: str) -> None:
    admin, publisher, stranger = make.account(), make.account(), make.account()
    unit = make.organisation(admin=admin, publishers=(publisher,))
    if role != "nobody":
        client.sign_in(publisher if role == "publisher" else stranger)
    expected = 401 if role == "nobody" else 403
    for path in (
        _url(unit, "invitations"),
        _url(unit, "members", admin.id, "remove"),
        _url(unit, "members", publisher.id, "role"),
    ):
        assert client.post(path, data={"email": "q@example.org", "role": "admin"}).status_code == expected
    if role == "stranger":
        assert client.post(_url(unit, "leave")).status_code == 403
    assert _roles(db, unit) == {admin.id: "admin", publisher.id: "publisher"}


def test_roles_and_removal(client: Client, db: Session, make: Make, boss: Person) -> None:
    member = make.account()
    unit = make.organisation(admin=boss, publishers=(member,))
    assert client.post(_url(unit, "members", member.id, "role"), data={"role": "member"}).status_code == 303
    assert _roles(db, unit)[member.id] == "member"
    assert unit.namespace.id not in actor_of(db, member.id).namespaces
    assert client.post(_url(unit, "members", member.id, "role"), data={"role": "king"}).status_code == 422
    assert client.post(_url(unit, "members", "x", "role"), data={"role": "member"}).status_code == 404
    assert client.post(_url(unit, "members", boss.id, "remove")).status_code == 409
    assert client.post(_url(unit, "members", member.id, "remove")).status_code == 303
    assert client.post(_url(unit, "members", member.id, "remove")).status_code == 404
    assert _roles(db, unit) == {boss.id: "admin"}
    assert len(db.exec(select(Notice).where(Notice.account_id == member.id)).all()) == 2


def test_the_last_administrator_stays(client: Client, db: Session, make: Make, boss: Person) -> None:
    member = make.account()
    unit = make.organisation(admin=boss, publishers=(member,))
    assert client.post(_url(unit, "leave")).status_code == 409
    assert client.post(_url(unit, "members", boss.id, "role"), data={"role": "member"}).status_code == 409
    assert client.post(_url(unit, "members", member.id, "role"), data={"role": "admin"}).status_code == 303
    response = client.post(_url(unit, "members", boss.id, "role"), data={"role": "member"})
    assert response.headers["location"] == _url(unit)
    assert client.post(_url(unit, "leave")).status_code == 303
    assert _roles(db, unit) == {member.id: "admin"}
    with pytest.raises(Conflict):
        actions.leave(db, actor_of(db, member.id), organisation_id=unit.id)
    with pytest.raises(NotFound):
        actions.leave(db, actor_of(db, boss.id), organisation_id=unit.id)
