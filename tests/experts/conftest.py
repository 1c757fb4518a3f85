"""A pool: an organisation with administrators and members, a secretariat, the proposed taxonomy."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlmodel import Session, col, select

from portal.accounts.actions.access import open_session
from portal.accounts.sessions import actor_of
from portal.audit.models import AuditEvent
from portal.experts.actions import lifecycle, nominations, profile
from portal.experts.actions.disciplines import SEED
from portal.experts.forms import ProfileForm, read_table
from portal.experts.models import Discipline, Expert, PublicField
from portal.kit.actor import SYSTEM, Actor
from portal.kit.clock import now
from portal.kit.db import transaction
from portal.notices.models import Mail, Notice
from portal.organisations.actions import change_role
from portal.organisations.models import MemberRole
from tests.support.browser import Client
from tests.support.make import Make, Person, Unit

GROUNDS = "长期从事规划实施评估，主持过多项城市体检课题。"


@dataclass
class Pool:
    """People around the pool, and short ways to act as them."""

    make: Make
    db: Session
    boss: Person
    other_boss: Person
    unit: Unit
    wen: Person
    qiu: Person
    outsider: Person
    secretary: Person

    def actor(self, person: Person) -> Actor:
        with transaction() as db:
            return actor_of(db, person.id)

    def do(self, verb: Callable[..., Any], person: Person | None, **values: Any) -> Any:
        """One verb in a transaction of its own, by somebody or by the system."""
        actor = self.actor(person) if person else SYSTEM
        with transaction() as db:
            return verb(db, actor, **values)

    def expert(self, person: Person) -> Expert:
        with transaction() as db:
            return db.exec(select(Expert).where(Expert.account_id == person.id)).one()

    def nominated(self, person: Person) -> Expert:
        found: Expert = self.do(
            nominations.nominate_self, person, organisation=self.unit.namespace.slug, grounds=GROUNDS
        )
        return found

    def admitted(self, person: Person, **given: Any) -> Expert:
        """In the pool, with a profile that shows everything unless told otherwise."""
        expert = self.nominated(person)
        boss = self.other_boss if person is self.boss else self.boss
        self.do(nominations.confirm, boss, expert_id=expert.id, confirmed=True)
        self.do(nominations.admit, self.secretary, expert_id=expert.id, senior=True)
        values = {
            "disciplines": ["A05", "F03"], "keywords": "城市体检\n空间计量", "listed": True,
            "titles": "教授级高级工程师", "public": list(PublicField),
        }  # fmt: skip
        self.do(profile.save, person, given=ProfileForm(**(values | given)))
        self.do(lifecycle.set_senior, self.secretary, expert_id=expert.id, senior=True)
        return self.expert(person)

    def enter(self, client: Client, person: Person | None) -> Client:
        """Let a browser be signed in as somebody (or nobody); the form that does so has tests of its own."""
        client.cookies.clear()
        if person is not None:
            with transaction() as db:
                secret = open_session(db, person.account, second_factor=True)
            client.cookies.set("cspon_session", secret)
        return client

    def late(self, thing: Any) -> None:
        """Let the deadline of a row have passed."""
        row = self.db.get(type(thing), thing.id)
        assert row is not None
        self.db.refresh(row)
        row.deadline_at = now()
        self.db.add(row)
        self.db.commit()

    def told(self, person: Person) -> list[str]:
        with transaction() as db:
            rows = db.exec(select(Notice).where(Notice.account_id == person.id).order_by(col(Notice.id)))
            return [row.message for row in rows]

    def mails(self, person: Person) -> int:
        with transaction() as db:
            return len(db.exec(select(Mail).where(Mail.recipient == person.account.email)).all())

    def verbs(self, kind: str, thing: Any) -> list[str]:
        with transaction() as db:
            rows = db.exec(
                select(AuditEvent)
                .where(AuditEvent.object_type == kind, AuditEvent.object_id == str(thing.id))
                .order_by(col(AuditEvent.seq))
            )
            return [row.verb for row in rows]

    def logged(self, kind: str, thing: Any) -> str:
        """All that the audit log says of a thing."""
        with transaction() as db:
            rows = db.exec(
                select(AuditEvent).where(
                    AuditEvent.object_type == kind, AuditEvent.object_id == str(thing.id)
                )
            )
            return str([(row.verb, row.reason, row.evidence) for row in rows])


@pytest.fixture
def pool(make: Make, db: Session) -> Pool:
    boss, other = make.account("院长"), make.account("副院长")
    wen, qiu = make.account("闻达"), make.account("邱明")
    unit = make.organisation(admin=boss, publishers=(other, wen, qiu))
    secretary = make.account("秘书", roles=("secretariat",))
    found = Pool(make, db, boss, other, unit, wen, qiu, make.account("路人"), secretary)
    found.do(
        change_role, boss, organisation_id=unit.organisation.id, account_id=other.id, role=MemberRole.admin
    )
    rows = read_table(SEED.read_text(encoding="utf-8"))
    for level in (False, True):
        given = [row for row in rows if bool(row.parent) is level]
        db.add_all(
            Discipline(parent_code=row.parent or None, **row.model_dump(exclude={"parent"})) for row in given
        )
        db.commit()
    return found
