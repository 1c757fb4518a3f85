"""What the web lines look at: 60 public models with tags, authors and scenarios, and one draft to upload to."""

from dataclasses import dataclass

from sqlmodel import Session

from portal.accounts.actions import create_token
from portal.accounts.models import Scope
from portal.kit.actor import Actor
from registry.assets.models import AssetAuthor, AssetKind, AssetScenario, AssetTag, Scenario
from registry.versions.models import VersionState
from tests.support.make import Make


@dataclass(frozen=True)
class Filled:
    """Addresses and names of the content."""

    titles: list[str]
    detail: str
    draft: str
    token: str


def fill(db: Session) -> Filled:
    """Make it, committed."""
    make = Make(db)
    person = make.account("林知远")
    titles: list[str] = []
    scenarios = list(Scenario)
    for n in range(60):
        asset = make.asset(
            person, kind=AssetKind.model, title=f"土地利用变化监测模型 {n:02d}",
            summary="由多时相遥感影像识别建设用地扩张，输出逐图斑变化概率与置信区间，适用于年度变更调查核查。",
            card="# 说明\n\n" + "模型由公开样本训练。\n\n" * 20,
        )  # fmt: skip
        titles.append(f"landuse-change-{n:02d}")
        for tag in ("遥感", "变化检测", f"批次{n % 7}"):
            db.add(AssetTag(asset_id=asset.id, tag=tag))
        for position, name in enumerate(("周芷宁", "沈亦舟")):
            db.add(
                AssetAuthor(
                    asset_id=asset.id, position=position, name=name, affiliation="示例省遥感应用中心（演示）"
                )
            )
        db.add(AssetScenario(asset_id=asset.id, scenario=scenarios[n % len(scenarios)]))
        make.version(asset, {"README.md": f"# {n}\n".encode()})
    draft = make.asset(person, title="上传")
    make.version(draft, {"README.md": b"x"}, state=VersionState.draft)
    actor = Actor(id=person.id, name="bench")
    _row, secret = create_token(db, actor, name="bench", scopes=[Scope.read, Scope.write], days=7)
    db.commit()
    base = f"/api/v1/assets/{person.namespace.slug}/{draft.name}/versions/1.0.0/files"
    return Filled(titles, f"/assets/{person.namespace.slug}/{asset.name}", base, secret)
