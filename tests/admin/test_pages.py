import re

import pytest
from sqlmodel import Session, select

from portal.accounts.models import Account, AccountRole, AccountState, Role
from portal.audit.actions import record
from portal.kit.actor import SYSTEM
from registry.certification.actions.deciding import SCANNED
from tests.support.browser import Client
from tests.support.make import Make

PAGES = {"/admin": "system_admin", "/admin/people": "system_admin", "/admin/audit": "auditor"}


@pytest.mark.parametrize("path", sorted(PAGES))
def test_pages_are_for_their_role_alone(client: Client, make: Make, path: str) -> None:
    assert client.get(path).status_code == 303
    client.sign_in(make.account())
    assert client.get(path).status_code == 403
    client.sign_out()
    client.sign_in(make.account(roles=(PAGES[path],)))
    assert client.get(path).status_code == 200


def test_roles_are_given_and_duties_stay_apart(client: Client, make: Make, db: Session) -> None:
    admin, other = make.account("管理员", roles=("system_admin",)), make.account("专家")
    client.sign_in(admin)
    where = f"/admin/people/{other.id}/roles"
    assert client.post(where, data={"role": "auditor", "do": "grant"}).status_code == 303
    assert client.post(where, data={"role": "security_admin", "do": "grant"}).status_code == 409
    assert client.post(where, data={"role": "emperor", "do": "grant"}).status_code == 422
    assert (
        client.post(f"/admin/people/{admin.id}/roles", data={"role": "reviewer", "do": "grant"}).status_code
        == 403
    )
    held = db.exec(select(AccountRole.role).where(AccountRole.account_id == other.id)).all()
    assert list(held) == [Role.auditor]
    assert client.post(where, data={"role": "auditor", "do": "revoke"}).status_code == 303
    assert db.exec(select(AccountRole).where(AccountRole.account_id == other.id)).all() == []


def test_locking_needs_the_role_and_a_reason(client: Client, make: Make, db: Session) -> None:
    victim = make.account("某人")
    where = f"/admin/people/{victim.id}/lock"
    client.sign_in(make.account(roles=("system_admin",)))
    assert client.post(where, data={"do": "lock", "reason": "x"}).status_code == 403
    client.sign_out()
    client.sign_in(make.account(roles=("security_admin",)))
    assert client.post(where, data={"do": "lock", "reason": " "}).status_code == 422
    assert client.post(where, data={"do": "lock", "reason": "口令泄露"}).status_code == 303
    db.expire_all()
    locked = db.get(Account, victim.id)
    assert locked is not None
    assert locked.state is AccountState.locked
    assert client.post(where, data={"do": "unlock", "reason": "已核实"}).status_code == 303


MENU = {
    "system_admin": {"/admin", "/admin/people", "/admin/log"},
    "security_admin": {"/admin/people", "/admin/log", "/reports"},
    "auditor": {"/admin/audit", "/admin/log", "/admin/publicity", "/admin/appeals", "/admin/approaches"},
    "secretariat": {
        "/admin/experts",
        "/admin/publicity",
        "/admin/appeals",
        "/promotions/queue",
        "/nodes",
        "/reports",
    },
    "certifier": {"/certificates/queue", "/scans"},
    "node_operator": {"/me/pilots", "/nodes"},
}


@pytest.mark.parametrize("role", sorted(MENU))
def test_every_role_finds_its_pages_in_the_menu_and_may_open_them(
    client: Client, make: Make, role: str
) -> None:
    client.sign_in(make.account(roles=(role,)))
    page = client.get("/").text
    every = set().union(*MENU.values())
    assert {path for path in every if f'<a href="{path}">' in page} == MENU[role]
    for path in MENU[role]:
        assert client.get(path).status_code == 200, path


def test_people_page_by_page(client: Client, make: Make) -> None:
    for n in range(23):
        make.account(f"甲{n:02d}")
    client.sign_in(make.account("乙", roles=("system_admin",)))
    first = client.get("/admin/people").text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    second = client.get(following[1].replace("&amp;", "&")).text
    names = [
        set(re.findall(r'<th scope="row"><a href="/people/[^"]+">([^<]+)', page)) for page in (first, second)
    ]
    assert len(names[0]) == 20
    assert not names[0] & names[1]
    assert len(names[0] | names[1]) >= 24
    assert client.get("/admin/people?after=nonsense").status_code == 404


def test_an_auditor_narrows_the_log_and_takes_it_away(client: Client, make: Make, db: Session) -> None:
    one, other = make.account("经办人"), make.account("旁人")
    for n in range(60):
        record(db, SYSTEM, verb="certificate.granted", object=one.account, reason=f"理由{n} 100%")
    record(
        db,
        SYSTEM,
        verb="certificate.suspended",
        object=other.account,
        reason=SCANNED,
    )
    db.commit()
    client.sign_in(make.account(roles=("auditor",)))
    page = client.get("/admin/audit?what=certificate").text
    assert "证书已暂停" in page, "in words, beside the code"
    assert "新一次检测" in page or "检测" in page
    assert "something dangerous" not in page
    assert "理由59 100%" in page
    older = re.search(r'rel="next" href="([^"]+)"', page)
    assert older
    assert "理由0 100%" in client.get(older[1].replace("&amp;", "&")).text
    assert "100%" not in client.get("/admin/audit?what=certificate.suspended").text
    assert str(other.id) in client.get(f"/admin/audit?object={other.id}").text
    for empty in ("what=certificate.grant", "what=%25", "who=nobody-of-this-name", "object=x"):
        assert "没有符合条件的记录" in client.get(f"/admin/audit?{empty}").text, empty
    table = client.get("/admin/audit.csv?what=certificate")
    assert table.headers["content-type"].startswith("text/csv")
    assert len(table.text.strip().splitlines()) == 62
    client.sign_out()
    client.sign_in(other)
    assert client.get("/admin/audit.csv").status_code == 403
