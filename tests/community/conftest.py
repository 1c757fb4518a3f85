"""An asset of an organisation, its people, members, and the staff."""

from dataclasses import dataclass, field

import pytest
from sqlmodel import Session, col, select

from portal.accounts.sessions import actor_of
from portal.kit.actor import NOBODY, Actor
from portal.kit.db import transaction
from portal.notices.models import Notice
from registry.assets.models import Asset
from registry.community.actions import discussions, posts
from registry.community.forms import TopicInput
from registry.community.models import Discussion, Post
from registry.versions.models import Version
from tests.support.make import Make, Person, Unit


@dataclass
class Square:
    """Where people meet."""

    make: Make
    db: Session
    owner: Person
    publisher: Person
    unit: Unit
    asset: Asset
    version: Version
    ann: Person
    bob: Person
    staff: dict[str, Person] = field(default_factory=dict)

    @property
    def page(self) -> str:
        return f"/assets/{self.unit.namespace.slug}/{self.asset.name}"

    def actor(self, person: Person | None) -> Actor:
        with transaction() as db:
            return actor_of(db, person.id) if person else NOBODY

    def topic(
        self, person: Person, title: str = "图斑面积的投影", text: str = "请问用什么投影？"
    ) -> Discussion:
        actor = self.actor(person)
        with transaction() as db:
            return discussions.open_topic(
                db, actor, asset_id=self.asset.id, given=TopicInput(title=title, text=text)
            )

    def reply(self, person: Person, topic: Discussion, text: str = "用等积投影。") -> Post:
        actor = self.actor(person)
        with transaction() as db:
            return posts.reply(db, actor, discussion_id=topic.id, text=text)

    def told(self, person: Person) -> list[str]:
        """The message ids of somebody's notices, oldest first."""
        with transaction() as db:
            rows = db.exec(select(Notice).where(Notice.account_id == person.id).order_by(col(Notice.id)))
            return [row.message for row in rows]


@pytest.fixture
def square(make: Make, db: Session) -> Square:
    owner, publisher = make.account("所有者"), make.account("发布者")
    unit = make.organisation(admin=owner, publishers=(publisher,))
    asset = make.asset(owner, namespace=unit.namespace)
    version = make.version(asset)
    staff = {
        role: make.account(role, roles=(role,)) for role in ("secretariat", "security_admin", "certifier")
    }
    return Square(
        make, db, owner, publisher, unit, asset, version, make.account("安"), make.account("博"), staff
    )
