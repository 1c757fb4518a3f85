"""Who plays in the demo. All people and organisations are invented; their addresses can never receive mail."""

from dataclasses import dataclass, field

from portal.accounts.models import Role
from portal.organisations.models import MemberRole, OrganisationKind

DOMAIN = "demo.invalid"


@dataclass(frozen=True)
class Person:
    """A demo account. ``part`` says in both languages what it is for; without one it is an author only."""

    login: str
    name: str
    affiliation: str
    part: str = ""
    role: Role | None = None
    bio: str = ""

    @property
    def email(self) -> str:
        """Where one signs in with."""
        return f"{self.login}@{DOMAIN}"

    @property
    def slug(self) -> str:
        """The short name, out of the way of real people's."""
        return f"demo-{self.login}"


@dataclass(frozen=True)
class Unit:
    """A demo organisation: its first administrator, and who publishes in it."""

    slug: str
    kind: OrganisationKind
    code_body: str
    """Eight characters from which the unified social credit code is made; no register knows it."""
    division: str
    summary: str
    admin: str
    members: dict[str, MemberRole] = field(default_factory=dict)


PEOPLE = (
    Person(
        "lin", "林知远", "示例大学国土空间信息实验室（演示）",
        "研究人员：发布算法与模型 · Researcher: publishes algorithms and models",
        bio="研究方向：空间回归与邻里效应。（虚构人物）",
    ),
    Person(
        "he", "何沐阳", "示例智图科技有限公司（演示）",
        "企业管理员：管理企业及其成果 · Company administrator",
        bio="负责企业的空间智能产品。（虚构人物）",
    ),
    Person(
        "zhou", "周芷宁", "示例省遥感应用中心（演示）",
        "评测基准负责人：维护评测基准 · Benchmark owner",
        bio="研究方向：土地覆盖分类与混合像元。（虚构人物）",
    ),
    Person(
        "chen", "陈若川", "示例市规划设计研究院（演示）",
        "规划院管理员：发布评测基准与监测报告 · Planning institute administrator",
        bio="研究方向：地块指标与实施监测。（虚构人物）",
    ),
    Person("shen", "沈亦舟", "示例省遥感应用中心（演示）", bio="样本与精度评定。（虚构人物）"),
    Person("xu", "许行健", "示例大学国土空间信息实验室（演示）", bio="空间统计与软件。（虚构人物）"),
    Person("reviewer", "苏明澈", "示例大学（演示）", "评审专家 · Reviewer", Role.reviewer),
    Person("secretary", "方静姝", "秘书处（演示）", "秘书处：核验机构 · Secretariat: verifies", Role.secretariat),
    Person("certifier", "江予安", "秘书处（演示）", "认证员：处理隔离版本 · Certifier", Role.certifier),
    Person("weilan", "韦岚", "推广委员会（演示）", "推广委员会委员：推进、暂停、表决 · Promotion committee",
           Role.promotion_committee),
    Person("shiyuan", "石源", "推广委员会（演示）", "推广委员会委员 · Promotion committee", Role.promotion_committee),
    Person("jiangmu", "姜牧", "推广委员会（演示）", "推广委员会委员 · Promotion committee", Role.promotion_committee),
    Person("binjiang", "凌沅", "示例滨江市自然资源和规划局（演示）",
           "节点管理员：申请试点、报告 · Node operator: offers and reports", Role.node_operator),
    Person("linhai", "俞澜", "示例临海市自然资源和规划局（演示）", role=Role.node_operator),
    Person("xishan", "岑岭", "示例西山州自然资源局（演示）", role=Role.node_operator),
    Person("system", "顾景行", "运维（演示）", "系统管理员 · System administrator", Role.system_admin),
    Person("security", "叶守拙", "运维（演示）", "安全管理员 · Security administrator", Role.security_admin),
    Person("audit", "罗清和", "运维（演示）", "审计员 · Auditor", Role.auditor),
)  # fmt: skip

UNITS = (
    Unit(
        "demo-spatial-lab", OrganisationKind.university, "99990001", "110000",
        "空间回归、空间统计与可复现评测。演示用虚构机构。", "lin", {"xu": MemberRole.publisher},
    ),
    Unit(
        "demo-planning-institute", OrganisationKind.institute, "99990002", "320500",
        "地块指标与规划实施监测。演示用虚构机构。", "chen", {"he": MemberRole.member},
    ),
    Unit(
        "demo-remote-sensing", OrganisationKind.government, "99990003", "420000",
        "土地覆盖遥感监测与样本质量。演示用虚构机构。", "zhou", {"shen": MemberRole.publisher},
    ),
    Unit(
        "demo-geoai", OrganisationKind.company, "99990004", "440300",
        "空间智能模型与工具。演示用虚构机构。", "he", {"xu": MemberRole.publisher},
    ),
)  # fmt: skip


def person(login: str) -> Person:
    """The person of that login."""
    return next(item for item in PEOPLE if item.login == login)
