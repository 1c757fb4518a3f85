"""The demo's promotion: made once by the rules, marked; it stays nominated where its gates are not met."""

from sqlmodel import Session, select

from portal.accounts import queries as accounts
from portal.demo import people, promotions
from portal.demo.cast import UNITS
from portal.kit.db import transaction
from registry.promotion.models import Promotion, PromotionProfile, Stage
from tests.support.make import PASSWORD, Make


def test_made_once(make: Make, db: Session) -> None:
    with transaction() as session:
        people.ensure_people(session, PASSWORD)
    with transaction() as session:
        people.ensure_units(session, {unit.slug: (f"{unit.slug} 演示", unit.slug) for unit in UNITS})
    assert not promotions.ensure_promotions(), "nothing to nominate is there yet"
    space = accounts.namespace(db, promotions.NAMESPACE)
    assert space is not None
    make.version(make.asset(make.account("建立者"), namespace=space, name=promotions.NAME))
    assert promotions.ensure_promotions()
    assert not promotions.ensure_promotions()
    found = db.exec(select(Promotion)).one()
    assert (found.stage, found.demo) == (Stage.nominated, True)
    profile = db.get_one(PromotionProfile, found.profile_id)
    stages = profile.rules["stages"] | {"qualified": {"days": 30, "gates": []}}
    profile.rules = profile.rules | {"stages": stages}
    db.add(profile)
    db.commit()
    assert promotions.ensure_promotions()
    db.expire_all()
    assert db.exec(select(Promotion)).one().stage is Stage.qualified
    assert not promotions.ensure_promotions()
