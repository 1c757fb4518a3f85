"""What the demo people say: made once by the rules, in Chinese, on whatever of the content is there."""

from sqlmodel import Session, select

from portal.accounts import queries as accounts
from portal.demo import people, society
from portal.demo.cast import UNITS
from portal.kit.db import transaction
from registry.assets.models import Asset
from registry.community.models import AssetLike, Discussion, Post
from registry.gates.models import AccessRequest, AccessState
from registry.versions.models import Version, VersionState
from tests.support.browser import Client
from tests.support.make import PASSWORD, Make


def test_made_once(client: Client, make: Make, db: Session) -> None:
    with transaction() as session:
        people.ensure_people(session, PASSWORD)
    with transaction() as session:
        people.ensure_units(session, {unit.slug: (f"{unit.slug} 演示", unit.slug) for unit in UNITS})
    assert society.ensure_society()
    assert not society.ensure_society()
    asset = db.exec(select(Asset)).one()
    assert (asset.demo, asset.gated, asset.name) == (True, True, society.NAME)
    assert db.exec(select(Version)).one().state is VersionState.scanning
    assert db.exec(select(AccessRequest)).one().state is AccessState.requested
    assert db.exec(select(Discussion)).all() == [], "the assets it talks about are not in this content"


def test_talks_and_likes(make: Make, db: Session) -> None:
    with transaction() as session:
        people.ensure_people(session, PASSWORD)
    with transaction() as session:
        people.ensure_units(session, {unit.slug: (f"{unit.slug} 演示", unit.slug) for unit in UNITS})
    owner = make.account("建立者")
    for namespace, name, *_talk in society.TALKS:
        space = accounts.namespace(db, namespace)
        assert space is not None
        make.version(make.asset(owner, namespace=space, name=name))
    assert society.ensure_society()
    assert len(db.exec(select(Discussion)).all()) == len(society.TALKS)
    assert len(db.exec(select(Post)).all()) == sum(1 + len(talk[5]) for talk in society.TALKS)
    assert len(db.exec(select(AssetLike)).all()) == sum(len(who) for who in society.LIKES.values())
