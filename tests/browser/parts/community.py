"""Gates: a dataset given on request, a request that waits, and the pages of both sides."""

from typing import Any

from portal.accounts.sessions import actor_of
from portal.kit.db import transaction
from registry.assets.models import AssetKind
from registry.gates import actions as gates
from registry.gates import queries as gate_queries
from registry.gates.forms import GateInput
from registry.gates.models import GateField

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
    world.pages["secretariat"] += [f"{base}/access"]
    world.pages["certifier"] += [f"{base}/access"]


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
