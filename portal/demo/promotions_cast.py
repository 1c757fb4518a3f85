"""What is promoted in the demo, how far, and who pilots it. All people, organisations and figures are invented."""

from dataclasses import dataclass

from portal.demo.cast import Unit
from portal.organisations.models import MemberRole, OrganisationKind
from registry.promotion.models import Severity, SiteVerdict, Stage

COMMITTEE = ("weilan", "shiyuan", "jiangmu")
NODES = {
    "binjiang": ("示例滨江市自然资源和规划局（演示）", "Binjiang Natural Resources Bureau (demo)"),
    "linhai": ("示例临海市自然资源和规划局（演示）", "Linhai Natural Resources Bureau (demo)"),
    "xishan": ("示例西山州自然资源局（演示）", "Xishan Natural Resources Bureau (demo)"),
}
"""Login of the node operator -> name of the organisation."""
_MEMBERS: dict[str, MemberRole] = {}
NODE_UNITS = {
    login: Unit(
        f"demo-node-{login}", OrganisationKind.government, body, division, "运行本地规划实施监测节点。演示用虚构机构。",
        login, _MEMBERS,
    )
    for login, body, division in (
        ("binjiang", "99990021", "420100"), ("linhai", "99990022", "331000"), ("xishan", "99990023", "513400"),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Site:
    """A pilot at a node: its reports by month, and what came out of it (None: it runs)."""

    login: str
    offer: str
    use: str
    effect: str
    numbers: tuple[tuple[float, float, float, float], ...]
    """Area in km², hours saved, right in spot checks in %, failed runs; one row a month."""
    verdict: SiteVerdict | None
    incident: tuple[int, Severity, str] | None = None
    """Month, how bad, what happened."""
    outcome: str = ""
    """What became of it."""


@dataclass(frozen=True)
class Case:
    """A version to promote: who nominates it, how far it comes, and with which sites."""

    namespace: str
    name: str
    nominator: str
    reasons: str
    until: Stage
    sites: tuple[Site, ...] = ()
    offered: tuple[str, ...] = ()
    """Nodes whose offer nobody has answered yet."""
    vote: str = ""
    """Why the committee lets it go on where a gate is not met; empty: it does not."""


REASON = {
    Stage.qualified: "认证有效，评测结果公开，资格条件满足。（虚构）",
    Stage.reviewed: "专家评审已定，均分达标，无否决意见。（虚构）",
    Stage.pilot: "同意开展试点，请秘书处组织试点单位。（虚构）",
    Stage.pilot_assessed: "试点单位均已评估，结论为适用或有条件适用。（虚构）",
    Stage.regional: "试点效果明显，同意在区域内推广。（虚构）",
    Stage.notice: "区域推广运行平稳，拟全国推广，予以公示。（虚构）",
    Stage.national: "公示期满无异议，列入推广目录。（虚构）",
}
LANDCOVER = (
    Site(
        "binjiang",
        "用于年度变更调查的图斑预判，两名技术员使用，数据为本市影像。（虚构）",
        "两名技术员每周运行两次，覆盖全市 13 个区，结果进入外业核查清单。（虚构）",
        "外业核查量减少约三成，图斑初判由五天缩短到两天。（虚构）",
        (
            (820, 36, 86.5, 4),
            (1410, 58, 88.2, 2),
            (2150, 83, 89.9, 1),
            (2480, 96, 91.4, 0),
            (2630, 104, 91.8, 1),
        ),
        SiteVerdict.suitable,
    ),
    Site(
        "linhai",
        "用于海岸带和养殖区的土地覆盖更新，一名技术员使用。（虚构）",
        "每月运行一次，覆盖沿海三个县市。（虚构）",
        "滩涂与养殖区仍需人工复核，其余地类可直接采用。（虚构）",
        ((310, 14, 79.0, 6), (520, 22, 81.7, 5), (640, 27, 84.3, 2), (700, 31, 85.1, 2)),
        SiteVerdict.limited,
        (1, Severity.medium, "一批夜间过境影像被误读，结果作废重跑，延误两天。（虚构）"),
        "已在运行前增加影像时相检查，此后未再发生。（虚构）",
    ),
)
INDEX_RULES = (
    Site(
        "xishan",
        "用于山区年度土地覆盖的快速初判，一名技术员使用。（虚构）",
        "每季度运行一次，覆盖全州 17 个县。（虚构）",
        "初判耗时减半，无需训练样本，便于县级掌握。（虚构）",
        ((5200, 41, 82.1, 1), (5900, 47, 83.5, 0), (6100, 52, 84.0, 0)),
        SiteVerdict.suitable,
    ),
    Site(
        "binjiang",
        "用于与模型结果相互印证。（虚构）",
        "每月与模型结果比对一次。（虚构）",
        "两种方法不一致的图斑优先核查，漏检减少。（虚构）",
        ((900, 20, 84.8, 0), (1300, 24, 85.6, 0), (1500, 26, 86.3, 1)),
        SiteVerdict.suitable,
    ),
)
RASTER = (
    Site(
        "xishan", "用于城镇开发边界内地块建筑密度的批量核算。（虚构）",
        "对两个县城的地块试算。（虚构）", "核算由人工量算改为自动，抽检误差在允许范围内。（虚构）",
        ((42, 18, 93.0, 3), (57, 25, 94.1, 1)), None,
    ),
)  # fmt: skip
CHECKER = (
    Site(
        "linhai", "用于成果汇交前的面积与坐标系检查。（虚构）",
        "汇交前逐份检查，共 46 份。（虚构）", "发现 7 份坐标系写错，避免退回。（虚构）",
        ((0, 15, 95.0, 2), (0, 21, 88.0, 9)), None,
        (1, Severity.high, "三度带带号判断有误，两份成果被误退，已停用并人工复核。（虚构）"),
    ),
)  # fmt: skip
CASES = (
    Case(
        "demo-spatial-lab", "landcover-index-rules", "shen",
        "规则公开、无需训练样本，已在多个山区县试用，县级人员一天即可掌握；评测结果公开可复现。（虚构）",
        Stage.national, INDEX_RULES,
    ),
    Case(
        "demo-geoai", "landcover-gradient-boosting", "xu",
        "已在两个县的年度变更调查中用于土地覆盖变化图斑的辅助判读，外业核查量减少约三成；"
        "评测结果公开、可复现，说明卡写明了适用范围与局限。（虚构）",
        Stage.regional, LANDCOVER,
    ),
    Case(
        "demo-geoai", "bubenec-raster-1m", "chen",
        "地块建筑密度核算速度快，与人工量算结果接近，适合城镇开发边界内的批量核算。（虚构）",
        Stage.pilot, RASTER, ("binjiang",),
    ),
    Case(
        "demo-geoai", "area-crs-checker", "zhou",
        "成果汇交前检查面积与坐标系，可避免大量退回；安装简单，各级均可使用。（虚构）",
        Stage.pilot, CHECKER, (), "检查类工具暂无对应的评测基准，先行推进，待基准建成后补测。（虚构）",
    ),
    Case(
        "demo-planning-institute", "building-density-grid", "lin",
        "以网格统计建筑密度，口径清楚，可与地块结果互相印证，建议纳入推广。（虚构）",
        Stage.nominated,
    ),
)  # fmt: skip
"""The last one is only nominated: the secretariat has not looked at it yet."""
ROUND_TITLE = "2026年度拟推广成果专家评审（演示）"
ROUND_TITLE_EN = "Expert review of works to be promoted, 2026 (demo)"
ROUND_SUMMARY = "对拟推广的模型、算法和工具进行通讯评审，每项三人。所有人员、单位和意见均为虚构。"
ROUND_EXPERTS = (
    "jiangtao", "baizhi", "wenbo", "hailan", "mengxue", "tangli", "luchuan", "qinmu", "gaoshan", "fulin", "reviewer",
    "geyun", "cenxi",
)  # fmt: skip
