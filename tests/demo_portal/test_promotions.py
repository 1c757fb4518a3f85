"""The demo's promotions: every step by the rules, marked, once; where a gate is not met they stay where they are."""

import pytest
from sqlmodel import Session, select

from portal.accounts import queries as accounts
from portal.demo import certificates, experts, people, promotions
from portal.demo.cast import UNITS
from portal.demo.promotions_cast import CASES, COMMITTEE, NODE_UNITS
from portal.kit.actor import SYSTEM
from portal.kit.db import transaction
from portal.notices.models import Notice
from portal.reviews.rounds.actions import templates
from portal.reviews.rounds.models import Phase, Round
from registry.assets.models import Asset, AssetAuthor, AssetKind, AssetScenario, Scenario
from registry.promotion.actions import pilots
from registry.promotion.models import Promotion, PromotionSite, PromotionStep, SiteState, Stage
from registry.promotion.queries.promotions import steps
from registry.scanning.models import Scan
from registry.versions.models import Version
from tests.certification.conftest import CARD
from tests.evaluation.tiny import Scene
from tests.exchange.conftest import accept
from tests.support.browser import Client
from tests.support.make import PASSWORD, Make


def settled(make: Make, db: Session, *, evaluated: bool) -> dict[str, Version]:
    """The cast, and the versions as the demo publishes them; tools have no result."""
    with transaction() as session:
        people.ensure_people(session, PASSWORD)
    with transaction() as session:
        people.ensure_units(session, {unit.slug: (f"{unit.slug} 演示", unit.slug) for unit in UNITS})
    assert not promotions.ensure_promotions(), "nothing to nominate is there yet"
    scene = Scene(db, make)
    owner = make.account("建立者")
    made = {}
    for case in CASES:
        space = accounts.namespace(db, case.namespace)
        assert space is not None
        tool = case.name in ("area-crs-checker", "building-density-grid")
        asset = make.asset(
            owner, namespace=space, name=case.name, card=CARD, summary="摘要。",
            kind=AssetKind.tool if tool else AssetKind.model,
        )  # fmt: skip
        db.add(AssetAuthor(asset_id=asset.id, position=0, name="甲"))
        db.add(AssetScenario(asset_id=asset.id, scenario=Scenario.green_low_carbon))
        version = made[case.name] = make.version(asset, runtime="geo-py311")
        db.add(Scan(version_id=version.id, verdict="publish", file_count=1))
        db.commit()
        if evaluated and not tool:
            accept(db, scene, version, rmse=1.0, hits=0.9)
    return made


def stages(db: Session) -> dict[str, Stage]:
    db.expire_all()
    names = {version.id: version.asset_id for version in db.exec(select(Version))}
    found = {}
    for row in db.exec(select(Promotion)):
        found[db.get_one(Asset, names[row.version_id]).name] = row.stage
    return found


def test_without_certificates_they_stay_nominated(make: Make, db: Session) -> None:
    settled(make, db, evaluated=False)
    assert promotions.ensure_promotions()
    assert not promotions.ensure_promotions()
    assert set(stages(db).values()) == {Stage.nominated}
    assert len(stages(db)) == len(CASES)
    assert all(row.demo for row in db.exec(select(Promotion)))


@pytest.mark.slow
def test_the_whole_way_by_the_rules(make: Make, db: Session, client: Client) -> None:
    settled(make, db, evaluated=True)
    experts.ensure_experts()
    with transaction() as session:
        templates.load_shipped(session, SYSTEM)
    assert certificates.ensure_certificates()
    assert promotions.ensure_promotions()
    assert certificates.suspend_certificates()
    assert not certificates.suspend_certificates()
    assert not promotions.ensure_promotions(), "a second run changes nothing"
    assert stages(db) == {
        "landcover-index-rules": Stage.national,
        "landcover-gradient-boosting": Stage.regional,
        "bubenec-raster-1m": Stage.pilot,
        "area-crs-checker": Stage.suspended,
        "building-density-grid": Stage.nominated,
    }
    assert db.exec(select(Round)).one().phase is Phase.over
    voted = [step for step in db.exec(select(PromotionStep)) if step.override]
    assert [(step.stage, step.override["gates"], step.override["in_favour"]) for step in voted] == [
        (Stage.qualified, ["benchmarked"], len(COMMITTEE))
    ]
    for row in db.exec(select(Promotion)):
        log = steps(db, row.id)
        assert [step.number for step in log] == list(range(1, len(log) + 1))
        for step in log:
            passed = set(step.override.get("gates", ()))
            assert all(gate["met"] or gate["code"] in passed for gate in step.gates)
    states = [site.state for site in db.exec(select(PromotionSite))]
    assert states.count(SiteState.assessed) == 4
    assert states.count(SiteState.piloting) == 2
    assert states.count(SiteState.offered) == 1
    assert all(accounts.namespace(db, unit.slug) is not None for unit in NODE_UNITS.values())
    assert pilots.SEVERE in {notice.message for notice in db.exec(select(Notice))}
    assert "landcover-index-rules" in client.get("/promotions/national").text
    assert "湖北省" in client.get("/promotions/map").text
