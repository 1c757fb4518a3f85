"""The demo's certificates: made once by the rules, marked, in every way they end."""

import tomllib

from sqlmodel import Session, select

from portal.accounts import queries as accounts
from portal.demo import certificates, people, promotions_cast
from portal.demo.cast import UNITS
from portal.kit.db import transaction
from portal.settings import ROOT
from registry.assets.models import AssetAuthor, AssetScenario, Scenario
from registry.certification.models import Certificate
from registry.scanning.models import Scan
from tests.certification.conftest import CARD
from tests.support.make import PASSWORD, Make


def test_made_once(make: Make, db: Session) -> None:
    with transaction() as session:
        people.ensure_people(session, PASSWORD)
    with transaction() as session:
        people.ensure_units(session, {unit.slug: (f"{unit.slug} 演示", unit.slug) for unit in UNITS})
    assert not certificates.ensure_certificates(), "nothing to certify is there yet"
    owner = make.account("建立者")
    for case in certificates.CASES:
        space = accounts.namespace(db, case.namespace)
        assert space is not None
        asset = make.asset(owner, namespace=space, name=case.name, card=CARD, summary="摘要。")
        db.add(AssetAuthor(asset_id=asset.id, position=0, name="甲"))
        db.add(AssetScenario(asset_id=asset.id, scenario=Scenario.green_low_carbon))
        db.add(Scan(version_id=make.version(asset, runtime="geo-py311").id, verdict="publish", file_count=1))
        db.commit()
    assert certificates.ensure_certificates()
    assert not certificates.ensure_certificates()
    found = db.exec(select(Certificate)).all()
    assert sorted(each.state.value for each in found) == [*["granted"] * 4, "refused"]
    assert certificates.suspend_certificates()
    assert not certificates.suspend_certificates()
    db.expire_all()
    found = db.exec(select(Certificate)).all()
    assert sorted(each.state.value for each in found) == [*["granted"] * 3, "refused", "suspended"]
    assert all(each.demo for each in found)


def test_every_case_is_in_the_catalogue() -> None:
    """A case whose version is not there is left out without a word, so its name has to be right."""
    text = (ROOT / "registry/demo/content/catalogue.toml").read_text(encoding="utf-8")
    listed = {
        (entry.get("namespace"), entry.get("slug"))
        for group in tomllib.loads(text).values()
        if isinstance(group, list)
        for entry in group
    }
    named = {(case.namespace, case.name) for case in certificates.CASES}
    assert named | {(case.namespace, case.name) for case in promotions_cast.CASES} <= listed
