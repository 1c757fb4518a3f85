"""Rollout: a node that waits, one that runs what it pilots; the bundles of a version; the pages of both sides."""

from typing import Any

from portal.accounts.sessions import actor_of
from portal.kit.clock import now
from portal.kit.db import transaction
from portal.organisations.models import MemberRole, Membership
from registry.promotion.models import Stage
from registry.rollout import ceremony, tasks
from registry.rollout.actions import receipts
from registry.rollout.models import RolloutNode
from tests.promotion.conftest import build
from tests.rollout.conftest import Road, certified, signed
from tests.rollout.test_receipts import Tool


def add(world: Any) -> None:
    """Make what the pages show."""
    ceremony.hold_demo(now())
    desk = build(world.make, world.db)
    operator = world.make.account("陆节点", roles=("node_operator",))
    unit = world.make.organisation("庚市自然资源和规划局", admin=world.make.account("庚局管理员"))
    world.db.add(Membership(organisation_id=unit.id, account_id=operator.id, role=MemberRole.member))
    world.db.commit()
    certificate = certified(desk)
    key = desk.nominate()
    desk.rules(key, {})
    road = Road(desk, operator, unit, key, certificate)
    node, signer = road.node("庚市节点")
    waiting, _signer = road.node("庚市备用节点", confirmed=False)
    road.to(Stage.pilot)
    desk.site(key, "庚市节点", None)
    signed()
    tasks.build(str(road.bundles()[-1].id))
    tool = Tool(road, signer)
    sent = tool.export(tool.receipt(), tool.receipt("ran"))
    with transaction() as db:
        receipts.take(db, actor_of(db, operator.id), given=sent, node=db.get_one(RolloutNode, node.id))
    space = world.db.get_one(type(desk.owner.namespace), desk.asset.namespace_id).slug
    world.people |= {"node_operator": operator, "node_desk": desk.secretary}
    version = f"/assets/{space}/landcover/versions/1.0.0"
    world.pages[""].append(version)
    world.pages["node_operator"] = ["/nodes", "/nodes/new", f"/nodes/{node.id}", version]
    world.pages["node_desk"] = ["/nodes?state=registered", f"/nodes/{waiting.id}"]
