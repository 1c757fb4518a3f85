"""What the demo people say to each other: a gated dataset, discussions, likes. Made once, by real actions."""

from portal.accounts import queries as accounts
from portal.demo import queries
from portal.demo.people import actor
from portal.kit.db import Session, transaction
from portal.kit.storage import get_store
from registry.assets import actions as assets
from registry.assets.forms import AssetInput
from registry.assets.models import Asset, AssetKind, Scenario
from registry.community.actions import discussions, posts, reactions
from registry.community.forms import TopicInput
from registry.community.models import WatchLevel
from registry.gates import actions as gates
from registry.gates import queries as gate_queries
from registry.gates.forms import GateInput
from registry.gates.models import GateField
from registry.versions import actions as versions
from registry.versions.actions.files import NewFile
from registry.versions.forms import VersionInput
from registry.versions.models import SubmissionKind

OWNER, UNIT, NAME = "chen", "demo-planning-institute", "parcel-survey-sample"
CARD = """# 地块现状调查抽样数据（演示）

某示例市 2023 年地块现状调查的抽样记录，含用地分类、面积和调查方式。数值均为虚构，仅用于展示“申请后获取”的流程。

## 字段

| 字段 | 含义 | 单位 |
|---|---|---|
| parcel | 地块编号 | |
| landuse | 现状用地分类（GB/T 21010 二级类代码） | |
| area | 面积，按椭球面积计算 | m² |
| method | 调查方式：field 外业，image 影像 | |

## 限制

抽样比例约 2%，不能用于汇总统计。
"""
README = "# Parcel survey sample (demo)\n\nFictitious rows; the card on the portal describes the fields.\n"
ROWS = "parcel,landuse,area,method\n" + "".join(
    f"P{n:04d},{code},{1200 + 173 * n % 4100},{'field' if n % 3 else 'image'}\n"
    for n, code in enumerate(
        ("0701", "0702", "0602", "0810", "1003", "0301", "0701", "0507", "0602", "0812"), 1
    )
)
TERMS = """1. 数据仅用于科研、教学和规划实施评估方法的比较，不得用于商业用途。
2. 不得转让、公开或再分发原始记录；成果发表时须注明数据来源。
3. 不得尝试识别权利人或具体地址。
4. 使用期满后删除本地副本。
"""
TERMS_EN = """1. For research, teaching and the comparison of assessment methods only; no commercial use.
2. Do not pass on or publish the records; name the source in publications.
3. Do not try to identify owners or addresses.
4. Delete local copies when the period of use is over.
"""
ANSWERS = {
    GateField.organisation: "示例大学国土空间信息实验室（演示）",
    GateField.purpose: "比较抽样调查与全面调查在地块面积统计中的偏差，结果用于方法论文。",
    GateField.retention: "一年",
}
TALKS: tuple[tuple[str, str, str, str, str, tuple[tuple[str, str], ...]], ...] = (
    (
        UNIT, "bubenec-overlay-reference", "xu", "叠加面积为什么比直接相交略小？",
        "用公开输入复算 1.0.0，个别地块的建筑覆盖率比直接求交低约 0.3%。是否对自相交的轮廓做了修复？@demo-chen",
        (
            ("chen", "是的，轮廓先做了修复再求交，重叠部分只计一次。修复前后的差异主要来自内院。"),
            ("xu", "明白了，按同样方法处理后结果一致，谢谢。"),
        ),
    ),
    (
        "demo-remote-sensing", "landcover-logistic", "lin", "训练样本是否做过空间分块？",
        "说明卡里没有写划分方式。若随机划分，相邻像元会同时出现在训练集和测试集，精度可能偏高。",
        (
            ("zhou", "公开部分没有分块，评测用的隐藏部分与其空间上不相邻，见评测基准说明。"),
            ("shen", "另附一点：混合像元较多的地段单独列过精度，见《混合像元说明》。"),
        ),
    ),
    (
        "demo-geoai", "area-crs-checker", "shen", "建议支持 CGCS2000 三度带的自动识别",
        "目前要手工指定带号。若能由中央经线判断（例如 `EPSG:4547`），批量检查会方便很多。",
        (("he", "已列入下一版本计划，判断规则会写进说明卡。"),),
    ),
)  # fmt: skip
LIKES = {
    (UNIT, "bubenec-overlay-reference"): ("lin", "xu", "zhou", "he"),
    ("demo-remote-sensing", "landcover-logistic"): ("lin", "chen", "reviewer"),
    ("demo-geoai", "area-crs-checker"): ("shen", "chen"),
}


def ensure_society() -> bool:
    """Make what is missing; whether anything was. Skips talks about assets this content does not hold."""
    with transaction() as db:
        if queries.asset(db, UNIT, NAME) is not None:
            return False
    blobs = {path: get_store().put([text.encode()]) for path, text in _files().items()}
    with transaction() as db:
        _gated_dataset(db, [NewFile(path, blob) for path, blob in blobs.items()])
    with transaction() as db:
        for namespace, name, login, title, text, replies in TALKS:
            asset = queries.asset(db, namespace, name)
            if asset is not None:
                _talk(db, asset, login, title, text, replies)
        for (namespace, name), people in LIKES.items():
            asset = queries.asset(db, namespace, name)
            for login in people if asset is not None else ():
                assert asset is not None  # noqa: S101 - the loop is empty otherwise
                reactions.like(db, actor(db, login), asset_id=asset.id)
    return True


def _files() -> dict[str, str]:
    return {"README.md": README, "LICENSE": "CC-BY-NC-4.0\n", "parcels.csv": ROWS}


def _gated_dataset(db: Session, files: list[NewFile]) -> None:
    """The dataset with its terms, and a request that waits for its owner."""
    owner = actor(db, OWNER)
    namespace = accounts.namespace(db, UNIT)
    assert namespace is not None  # noqa: S101 - the organisations come first
    given = AssetInput(
        kind=AssetKind.dataset,
        namespace=UNIT,
        name=NAME,
        title="地块现状调查抽样数据（演示）",
        title_en="Parcel survey sample (demo)",
        summary="某示例市地块现状调查的抽样记录，申请后获取。数值均为虚构。",
        summary_en="Sampled records of a parcel survey, on request. All values are fictitious.",
        licence="CC-BY-NC-4.0",
        scenarios=[Scenario.implementation_assessment],
        tags=["地块", "调查", "抽样"],
        card=CARD,
        confirm_similar=True,
    )
    asset = assets.create(db, owner, namespace_id=namespace.id, given=given)
    asset.demo = True
    db.add(asset)
    db.flush()
    draft = VersionInput(number="1.0.0", submission=SubmissionKind.files)
    version = versions.create(db, owner, asset_id=asset.id, kind=asset.kind, given=draft)
    db.flush()
    versions.add_files(db, owner, version_id=version.id, files=files, source="demo")
    versions.submit(db, owner, version_id=version.id)
    gate = GateInput(gated=True, terms=TERMS, terms_en=TERMS_EN, fields=list(ANSWERS))
    gates.set_gate(db, owner, asset_id=asset.id, given=gate)
    found = gate_queries.gate_of(db, asset.id)
    assert found is not None  # noqa: S101 - just set
    gates.request_access(
        db, actor(db, "xu"), asset_id=asset.id, terms_sha256=found.sha256, accept=True, answers=ANSWERS
    )


def _talk(
    db: Session, asset: Asset, login: str, title: str, text: str, replies: tuple[tuple[str, str], ...]
) -> None:
    asker = actor(db, login)
    given = TopicInput(title=title, text=text)
    topic = discussions.open_topic(db, asker, asset_id=asset.id, given=given)
    reactions.watch(db, asker, asset_id=asset.id, level=WatchLevel.all)
    for who, words in replies:
        posts.reply(db, actor(db, who), discussion_id=topic.id, text=words)
