import pytest
from sqlmodel import Session, select

from portal.accounts.models import Account, AccountRole, AccountState, Role
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
