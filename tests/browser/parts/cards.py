"""Cards with formulas and stated places, two versions compared, lineage."""

from typing import Any

from registry.assets.models import AssetKind, AssetRelation, RelationKind
from registry.versions.models import SubmissionKind

CARD = """---
license: apache-2.0
language: [zh, en]
library_name: onnx
pipeline_tag: image-classification
datasets: [imagenet]
co2_eq_emissions: 12
spatial: {bbox: [116, 39.5, 117, 40.5], crs: EPSG:4490, resolution: 30, bands: [B4, B5, B6]}
temporal: 2018-01-01/2021-12-31
---
# 方法

误差为 $e_i = \\hat y_i - y_i$，指标为

$$
\\mathrm{RMSE} = \\sqrt{\\frac{1}{n}\\sum_{i=1}^{n} e_i^2}
$$

- [x] 已核验
- [ ] 待补充

见脚注[^1]。

[^1]: 示例。
"""
OTHER = CARD.replace("apache-2.0", "mit").replace("已核验", "已由作者核验").encode()


def add(world: Any) -> None:
    """A data set with a card, a model made from it in two versions, and their pages."""
    scene, make = world.scene, world.make
    data = make.asset(scene.researcher, name="samples", title="样本数据", kind=AssetKind.dataset, card=CARD)
    make.version(data, {"README.md": CARD.encode(), "a.csv": b"a,b\n1,2\n"}, submission=SubmissionKind.files)
    newer = {"README.md": OTHER, "a.csv": b"a,b\n1,3\n", "b.csv": b"x\n"}
    make.version(data, newer, submission=SubmissionKind.files, number="1.1.0")
    relation = AssetRelation(asset_id=world.asset.id, other_id=data.id, kind=RelationKind.uses)
    world.db.add(relation)
    world.db.commit()
    mine = scene.researcher.namespace.slug
    page = f"/assets/{mine}/samples"
    world.pages[""] += [
        page, f"{page}/compare?from=1.0.0&to=1.1.0",
        f"{page}/compare/1.0.0...1.1.0", f"{page}/lineage", f"/assets/{mine}/perfect/lineage",
        f"{page}/versions/1.1.0",
    ]  # fmt: skip
    board = f"/benchmarks/{scene.owner.namespace.slug}/{scene.asset.name}/leaderboard"
    world.pages[""] += [f"{board}/compare?first={world.done}&second={world.also}"]
    world.pages["researcher"] += [f"/assets/{mine}/perfect/compare/1.0.0...1.1.0", f"{page}/versions/1.1.0"]
