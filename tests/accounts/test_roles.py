"""Platform roles, their separation, and locking."""

import itertools

import pytest
from sqlmodel import Session, select

from portal.accounts import actions, queries
from portal.accounts.models import SEPARATED, AccountRole, AccountState, BrowserSession, Role
from portal.accounts.sessions import actor_of
from portal.audit.models import AuditEvent
from portal.kit.actor import SYSTEM
from portal.kit.errors import Conflict, Forbidden
from portal.notices.models import Notice
from tests.support.browser import Client
from tests.support.make import Make


def test_grant_and_revoke(db: Session, make: Make) -> None:
    boss, person = make.account(roles=("system_admin",)), make.account()
    actor = actor_of(db, boss.id)
    actions.grant_role(db, actor, account_id=person.id, role=Role.reviewer, reason="专家库")
    actions.grant_role(db, actor, account_id=person.id, role=Role.reviewer)
    assert actor_of(db, person.id).roles == {"reviewer"}
    assert actor_of(db, person.id).unread == 1
    assert [a.id for a in queries.with_role(db, Role.reviewer, Role.certifier)] == [person.id]
    actions.revoke_role(db, actor, account_id=person.id, role=Role.reviewer)
    assert actor_of(db, person.id).roles == frozenset()
    with pytest.raises(Conflict):
        actions.revoke_role(db, actor, account_id=person.id, role=Role.reviewer)
    verbs = [e.verb for e in db.exec(select(AuditEvent))]
    assert verbs == ["role.granted", "role.revoked"]
    assert len(db.exec(select(Notice)).all()) == 2


@pytest.mark.parametrize("role", [None, *(r for r in Role if r is not Role.system_admin)])
def test_only_system_administrators_grant(db: Session, make: Make, role: Role | None) -> None:
    actor = actor_of(db, make.account(roles=(role.value,) if role else ()).id)
    with pytest.raises(Forbidden):
        actions.grant_role(db, actor, account_id=make.account().id, role=Role.reviewer)


def test_nobody_changes_his_own_roles(db: Session, make: Make) -> None:
    boss = make.account(roles=("system_admin",))
    actor = actor_of(db, boss.id)
    with pytest.raises(Forbidden):
        actions.grant_role(db, actor, account_id=boss.id, role=Role.reviewer)
    with pytest.raises(Forbidden):
        actions.revoke_role(db, actor, account_id=boss.id, role=Role.system_admin)


@pytest.mark.parametrize(("held", "wanted"), list(itertools.permutations(sorted(SEPARATED), 2)))
def test_nobody_holds_two_of_the_separated_roles(db: Session, make: Make, held: Role, wanted: Role) -> None:
    person = make.account(roles=(held.value, "reviewer"))
    with pytest.raises(Conflict):
        actions.grant_role(db, SYSTEM, account_id=person.id, role=wanted)
    assert len(db.exec(select(AccountRole)).all()) == 2


def test_a_closed_account_gets_no_role(db: Session, make: Make) -> None:
    with pytest.raises(Conflict):
        actions.grant_role(
            db, SYSTEM, account_id=make.account(state=AccountState.closed).id, role=Role.reviewer
        )


def test_locking(client: Client, db: Session, make: Make) -> None:
    guard, person = make.account(roles=("security_admin",)), make.account()
    client.sign_in(person)
    actor = actor_of(db, guard.id)
    actions.lock_account(db, actor, account_id=person.id, reason="可疑登录")
    db.commit()
    assert db.exec(select(BrowserSession)).all() == []
    assert client.get("/settings/profile").status_code == 303
    with pytest.raises(Conflict):
        actions.lock_account(db, actor, account_id=person.id, reason="x")
    actions.unlock_account(db, actor, account_id=person.id, reason="已核实")
    db.commit()
    client.sign_in(person)
    with pytest.raises(Forbidden):
        actions.lock_account(db, actor, account_id=guard.id, reason="x")
    with pytest.raises(Forbidden):
        actions.lock_account(db, actor_of(db, person.id), account_id=guard.id, reason="x")


def test_the_actor_costs_one_query(client: Client, db: Session, make: Make) -> None:
    from sqlalchemy import event

    from portal.kit import db as kit_db

    person = make.account(roles=("reviewer", "secretariat"))
    for _n in range(3):
        make.organisation(admin=person)
    client.sign_in(person)
    client.get("/settings/password")
    seen: list[str] = []

    def on_execute(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(kit_db.engine(), "before_cursor_execute", on_execute)
    try:
        assert client.get("/settings/password").status_code == 200
    finally:
        event.remove(kit_db.engine(), "before_cursor_execute", on_execute)
    assert len(seen) == 1, seen
