"""Gates, discussions and reports: something of each, and the pages of both sides."""

from typing import Any

from portal.accounts.sessions import actor_of
from portal.kit.db import transaction
from portal.kit.similar import Likeness
from registry.assets.models import AssetKind, Lookalike
from registry.community.actions import discussions, posts, reactions, reports
from registry.community.forms import ReportInput, TopicInput
from registry.community.models import ReportKind
from registry.community.queries import discussions as discussion_queries
from registry.gates import actions as gates
from registry.gates import queries as gate_queries
from registry.gates.forms import GateInput
from registry.gates.models import GateField
from registry.handovers import actions as handovers
from registry.handovers.forms import OfferInput

TERMS = "1. 仅用于科研和教学。\n2. 不得转让或公开。\n"
TERMS_EN = "1. For research and teaching only.\n2. Do not pass on.\n"


def add(world: Any) -> None:
    """Make what the pages show."""
    owner = world.scene.owner
    asset = world.make.asset(
        owner, namespace=world.unit.namespace, name="gated-parcels", title="地块调查数据",
        title_en="Parcel survey", kind=AssetKind.dataset, card="# 数据说明\n\n须申请后获取。\n",
    )  # fmt: skip
    world.make.version(asset, {"parcels.csv": b"id,area\n1,2\n", "LICENSE": b"CC-BY-4.0"})
    _gate(world, asset)
    base = f"/assets/{world.unit.namespace.slug}/{asset.name}"
    world.pages[""] += [base, f"{base}/versions/1.0.0", f"{base}/access"]
    world.pages["owner"] += [f"{base}/gate", f"{base}/requests", f"{base}/access"]
    world.pages[""] += [f"{base}/downloads"]
    world.pages["secretariat"] += [f"{base}/access", "/names"]
    world.pages["certifier"] += [f"{base}/access"]

    _talk(world, asset, base)
    with transaction() as db:
        handovers.offer(
            db,
            actor_of(db, owner.id),
            asset_id=asset.id,
            given=OfferInput(to=world.scene.researcher.namespace.slug),
        )
    world.pages["owner"] += [f"{base}/transfer"]
    world.pages["researcher"] += [
        "/transfers",
        f"/assets/{world.scene.researcher.namespace.slug}/perfect/transfer",
    ]
    twin = world.make.asset(
        world.scene.researcher, name="gated-parcel", title="地块数据", kind=AssetKind.dataset
    )
    world.db.add(Lookalike(asset_id=twin.id, other_id=asset.id, kind=Likeness.slip))
    world.db.commit()
    _report(world, asset)


def _talk(world: Any, asset: Any, base: str) -> None:
    scene = world.scene
    with transaction() as db:
        owner, reader = actor_of(db, scene.owner.id), actor_of(db, scene.researcher.id)
        text = f"请问面积按什么投影计算？@{scene.owner.namespace.slug}\n\n- CGCS2000\n- `EPSG:4490`\n"
        topic = discussions.open_topic(
            db, reader, asset_id=asset.id, given=TopicInput(title="地块面积的投影", text=text)
        )
        posts.reply(db, owner, discussion_id=topic.id, text="按 **等积投影** 计算，见说明卡。")
        discussions.mark(db, owner, discussion_id=topic.id, verb="pin")
    with transaction() as db:
        first = discussion_queries.post(db, topic.id, 1)
        posts.edit(
            db, actor_of(db, scene.researcher.id), post_id=first.id, text=text + "\n补充：2023 年数据。"
        )
        reactions.like(db, actor_of(db, scene.researcher.id), asset_id=asset.id)
    one = f"{base}/discussions/{topic.number}"
    world.pages[""] += [
        f"{base}/discussions",
        f"{base}/discussions?state=closed",
        one,
        f"{one}/posts/1/history",
        f"{one}/posts/1",
    ]
    world.pages["researcher"] += [
        base,
        one,
        f"{base}/discussions/new",
        f"{one}/posts/1/edit",
        f"{base}/watch",
        f"{base}/report",
    ]
    world.pages["owner"] += [base, one]
    world.pages["secretariat"] += [one]


def _report(world: Any, asset: Any) -> None:
    with transaction() as db:
        given = ReportInput(
            kind=ReportKind.personal, text="数据中似含未脱敏的权利人信息。", evidence="1.0.0 parcels.csv"
        )
        made = reports.report(db, actor_of(db, world.scene.researcher.id), asset_id=asset.id, given=given)
    world.pages["researcher"] += [f"/reports/{made.id}"]
    world.pages["secretariat"] += ["/reports", "/reports?state=upheld", f"/reports/{made.id}"]


def _gate(world: Any, asset: Any) -> None:
    person = world.people["certifier"]
    with transaction() as db:
        owner = actor_of(db, world.scene.owner.id)
        given = GateInput(gated=True, terms=TERMS, terms_en=TERMS_EN)
        gates.set_gate(db, owner, asset_id=asset.id, given=given)
    with transaction() as db:
        gate = gate_queries.gate_of(db, asset.id)
        answers = {GateField.organisation: "示例大学", GateField.purpose: "比较规划实施评估方法"}
        gates.request_access(
            db,
            actor_of(db, person.id),
            asset_id=asset.id,
            terms_sha256=gate.sha256,
            accept=True,
            answers=answers,
        )
