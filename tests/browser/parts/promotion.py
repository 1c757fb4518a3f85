"""Promotion: one nominated, one on pilot with sites, one passed over by vote, one national; the pages of all sides."""

from typing import Any

from portal.kit.clock import now
from registry.promotion.actions import moving, sites
from registry.promotion.models import SiteVerdict, Stage
from tests.promotion.conftest import build


def add(world: Any) -> None:
    """Make what the pages show."""
    desk = build(world.make, world.db)
    desk.certify()
    nominated = desk.nominate()
    more = [desk.nominate(desk.make.version(desk.asset, number=f"1.{n}.0")) for n in range(1, 4)]
    pilot, voted, national = more
    desk.rules(pilot, {"pilot_assessed": [{"code": "s", "kind": "pilot_sites", "sites": 2}]})
    desk.put(pilot, Stage.pilot)
    desk.site(pilot, "甲市自然资源和规划局", SiteVerdict.limited)
    desk.site(pilot, "乙市自然资源和规划局", None)
    desk.rules(voted, {"qualified": [{"code": "b", "kind": "benchmarks"}]})
    for member in desk.committee:
        desk.do(
            moving.vote, member, promotion_id=voted, in_favour=True, reason="同类评测基准尚在编制，先行办理。"
        )
    desk.advance(voted, Stage.qualified)
    desk.put(national, Stage.national)
    offered = desk.offered(pilot, from_on=now().date())
    site = desk.offered(pilot)
    desk.do(sites.accept, desk.secretary, promotion_id=pilot, site_id=site)
    for month in range(4):
        desk.report(
            pilot, site, month, measured={"area": 120.0 + 30 * month, "right": 88.0 + month, "failed_runs": 3}
        )
    desk.report(pilot, site, 4, severity="high", incidents="误判导致核查漏项，已停用并补查。")
    space = world.db.get_one(type(desk.owner.namespace), desk.asset.namespace_id).slug
    world.people |= {
        "nominator": desk.nominator, "promotion_desk": desk.secretary, "promotion_member": desk.committee[0],
        "pilot_operator": desk.operator,
    }  # fmt: skip
    one = "/promotions/{}".format
    version = f"/assets/{space}/landcover/versions"
    empty = desk.make.version(desk.asset, number="1.9.0")
    world.pages[""] += [
        "/promotions", "/promotions/history", "/promotions/history?tab=votes", "/promotions/map",
        f"/promotions/map?asset={space}/landcover", "/promotions/national",
        f"{one(pilot)}/pilots", f"{one(pilot)}/pilots/{site}", "/promotions/rules/base", one(voted), one(national),
        f"{version}/1.0.0",
    ]  # fmt: skip
    world.pages["nominator"] = [f"{version}/{empty.number}/nominate", one(nominated)]
    world.pages["promotion_desk"] = [
        "/promotions/queue", "/promotions/queue?tab=national", one(pilot), one(nominated),
        "/promotions/rules/base/edit", f"{one(pilot)}/pilots/{site}", f"{one(pilot)}/pilots/{offered}",
    ]  # fmt: skip
    world.pages["promotion_member"] = [one(voted), one(national)]
    world.pages["pilot_operator"] = [
        "/me/pilots", f"{one(pilot)}/offer", f"{one(pilot)}/pilots/{site}", f"{one(pilot)}/pilots/{offered}",
        f"{one(pilot)}/pilots/{site}/report",
    ]  # fmt: skip
