"""Who is in the demo's pool of experts, and what is asked of them. All people and organisations are invented."""

from dataclasses import dataclass, field

from portal.experts.advice.models import AnswerSight
from portal.experts.models import ExpertState, RelationKind
from portal.organisations.models import OrganisationKind

BUREAU, UNIVERSITY, SCHOOL, COAST = (
    "demo-resources-bureau",
    "demo-university",
    "demo-planning-school",
    "demo-coast",
)
LAB, INSTITUTE, SENSING, GEOAI = (
    "demo-spatial-lab", "demo-planning-institute", "demo-remote-sensing", "demo-geoai",
)  # fmt: skip


@dataclass(frozen=True)
class House:
    """An organisation that only the pool needs."""

    slug: str
    name: str
    name_en: str
    kind: OrganisationKind
    code_body: str
    division: str
    admin: str


HOUSES = (
    House(BUREAU, "示例省自然资源厅（演示）", "Natural Resources Bureau (demo)", OrganisationKind.government,
          "99990005", "420000", "chen"),
    House(UNIVERSITY, "示例大学（演示）", "Example University (demo)", OrganisationKind.university,
          "99990006", "110000", "lin"),
    House(SCHOOL, "示例大学城乡规划学院（演示）", "Planning School (demo)", OrganisationKind.university,
          "99990007", "110000", "lin"),
    House(COAST, "示例海洋与海岸带研究所（演示）", "Coastal Institute (demo)", OrganisationKind.institute,
          "99990008", "370200", "zhou"),
)  # fmt: skip
TREE = (
    (SCHOOL, UNIVERSITY, "2003-09-01"), (LAB, UNIVERSITY, "2016-01-01"), (SENSING, BUREAU, "2018-11-01"),
    (COAST, BUREAU, "2012-03-01"),
)  # fmt: skip
"""Lower, upper, since."""


@dataclass(frozen=True)
class Member:
    """Somebody of the pool. ``state``: where the nomination stands at the end."""

    login: str
    name: str
    unit: str
    titles: str
    disciplines: str
    keywords: str
    since: int
    state: ExpertState = ExpertState.active
    senior: bool = True
    former: tuple[str, int, int] | None = None
    """Name of a former organisation, first and last year."""
    relation: tuple[RelationKind, str, str] | None = None
    """Kind, other person (a login of the demo, or a name), note."""
    hides: frozenset[str] = field(default_factory=frozenset)
    """Public fields this expert does not show; ``all`` for no public page."""

    @property
    def slug(self) -> str:
        """The short name, out of the way of real people's."""
        return f"demo-{self.login}"


_S = ExpertState
MEMBERS = (
    Member("lin", "林知远", LAB, "副教授", "F03 F04", "空间回归、邻里效应、可复现研究", 2016, senior=False,
           former=("示例城市研究中心（演示）", 2011, 2015), relation=(RelationKind.advisee, "xu", "硕士期间指导")),
    Member("zhou", "周芷宁", SENSING, "教授级高级工程师", "F01 B03", "土地覆盖、混合像元、精度评定", 2009),
    Member("chen", "陈若川", INSTITUTE, "高级工程师", "A04 F05", "地块指标、实施监测、一张图", 2013, senior=False,
           relation=(RelationKind.coproject, "zhou", "2024 年监测项目合作")),
    Member("shen", "沈亦舟", SENSING, "工程师", "F01", "样本质量、精度评定", 2020, senior=False,
           hides=frozenset({"former"})),
    Member("reviewer", "苏明澈", SCHOOL, "教授", "A01 A03 G01", "总体规划、规划传导、规划标准", 2006),
    Member("guyan", "顾言", SCHOOL, "教授", "A05 D05", "城市体检、完整社区、十五分钟生活圈", 2004,
           relation=(RelationKind.adviser, "reviewer", "博士生导师")),
    Member("qiaoan", "乔安", SCHOOL, "教授", "D03 D02", "历史文化名城、街区保护、城市更新", 2001,
           former=("示例古城保护研究院（演示）", 1995, 2000)),
    Member("wenbo", "温柏", UNIVERSITY, "研究员", "C04 C02", "流域规划、生态修复、水资源承载力", 2007),
    Member("luchuan", "陆川", UNIVERSITY, "教授", "G03 B02", "土地经济、节约集约、存量用地", 2005,
           hides=frozenset({"publications", "former"})),
    Member("yexi", "叶溪", LAB, "研究员", "F04 F07", "大模型、情景模拟、用地模拟", 2018, senior=False),
    Member("fangqi", "方祁", LAB, "副研究员", "F02 F06", "空间数据库、数据安全、数据治理", 2019, senior=False),
    Member("mengxue", "孟雪", INSTITUTE, "正高级规划师", "A02 D04", "村庄规划、乡村振兴用地、详细规划", 2008),
    Member("jiangtao", "江涛", INSTITUTE, "正高级规划师", "E01 D01", "综合交通、都市圈、区域协同", 2010,
           former=("示例交通规划设计院（演示）", 2002, 2009)),
    Member("songyu", "宋羽", INSTITUTE, "高级规划师", "E02 E03", "市政设施、韧性城市、综合防灾", 2014, senior=False,
           hides=frozenset({"affiliations", "former"})),
    Member("baizhi", "白芷", SENSING, "正高级工程师", "B03 F01", "国土变更调查、遥感解译、图斑核查", 2011),
    Member("qinmu", "秦牧", SENSING, "高级工程师", "B01 F01", "耕地保护、永久基本农田、耕地非粮化", 2015, senior=False),
    Member("hailan", "海澜", COAST, "研究员", "C03", "海岸带、海域使用、陆海统筹", 2012),
    Member("yuqing", "虞晴", COAST, "副研究员", "C03 C05", "蓝碳、海洋空间规划、生态红线", 2017, senior=False),
    Member("dingyan", "丁岩", COAST, "研究员", "C01 C02", "生态保护红线、生态修复、生物多样性", 2013,
           relation=(RelationKind.kin, "丁某", "配偶，任职于某规划院")),
    Member("tangli", "唐砾", BUREAU, "正高级工程师", "G02 A03", "用途管制、规划许可、规划传导", 2009,
           former=("示例市规划设计研究院（演示）", 2000, 2008)),
    Member("heyan", "何砚", BUREAU, "研究员", "G01 G04", "规划法规、公众参与、公示制度", 2010,
           hides=frozenset({"all"})),
    Member("xuzhou", "徐舟", GEOAI, "高级工程师", "F05 F02", "CIM、一张图、三维底座", 2018, senior=False,
           relation=(RelationKind.coauthor, "yexi", "2025 年合作论文")),
    Member("liaoyuan", "廖源", GEOAI, "高级工程师", "F04 F06", "空间智能、模型评测、数据脱敏", 2020, _S.recheck,
           senior=False),
    Member("gaoshan", "高杉", UNIVERSITY, "教授", "A06 D01", "主体功能区、区域协同", 2003, _S.paused),
    Member("xu", "许行健", LAB, "助理研究员", "F03", "空间统计", 2021, _S.nominated, senior=False),
    Member("bairu", "柏如", SCHOOL, "副教授", "D02", "城市更新、微改造", 2019, _S.confirming, senior=False),
    Member("cenxi", "岑溪", INSTITUTE, "高级规划师", "A01", "总体规划、双评价", 2016, _S.admitting, senior=False),
    Member("duanmu", "端木", GEOAI, "工程师", "F05", "数据接口", 2023, _S.declined, senior=False),
    Member("ershan", "尔山", COAST, "助理研究员", "C03", "海洋观测", 2022, _S.lapsed, senior=False),
    Member("fulin", "傅临", UNIVERSITY, "教授", "G03", "土地财政", 1998, _S.withdrawn),
    Member("geyun", "葛云", SENSING, "高级工程师", "F01", "遥感应用", 2012, _S.removed, senior=False),
)  # fmt: skip


@dataclass(frozen=True)
class Question:
    """A demo question. ``answers``: login, sight and text; ``end``: what becomes of it afterwards."""

    asker: str
    title: str
    text: str
    disciplines: str
    keywords: str
    public: bool = True
    routed: tuple[str, ...] = ()
    answers: tuple[tuple[str, AnswerSight, str], ...] = ()
    end: str = ""


QUESTIONS = (
    Question(
        "chen", "完整社区覆盖率应按哪种口径计算？",
        "我们在开展年度城市体检，指标体系中有“完整社区覆盖率”。目前手上有社区边界、设施点位和步行路网，"
        "但没有逐户人口。想请教：\n\n1. 覆盖率的分母用社区个数、居住用地面积还是常住人口更合适？\n"
        "2. 没有逐户人口时，用建筑面积分摊是否可以接受？",
        "A05 D05", "城市体检、完整社区", routed=("guyan", "mengxue"),
        answers=(
            ("guyan", AnswerSight.named,
             ("建议以**常住人口**为分母，同时列出按社区个数计算的结果，便于与往年比较。\n\n"
             "没有逐户人口时，可用住宅建筑面积分摊街道人口，但须说明分摊方法，并用至少两个有实测数据的社区检验；"
             "误差超过 10% 的，不宜给出社区级结论。")),
            ("mengxue", AnswerSight.unnamed,
             "补充一点：步行可达应按实际路网计算，不宜用缓冲区代替，老城区两者差异可达三成。"),
        ),
        end="close",
    ),
    Question(
        "he", "国土变更调查图斑与遥感解译结果不一致时如何取舍？",
        "我司为某市提供实施监测服务，发现部分图斑的变更调查地类与同期遥感解译结果不一致，主要是设施农用地和园地。"
        "监测报告中应以哪一个为准？是否需要逐图斑外业核查？",
        "B03 F01", "国土变更调查、图斑核查", routed=("baizhi", "zhou"),
        answers=(
            ("baizhi", AnswerSight.named,
             ("以经审核入库的变更调查成果为准，解译结果作为**疑似图斑**提出，不直接改变地类。\n\n"
             "建议按面积和地类敏感程度分级：涉及耕地和永久基本农田的疑似图斑应全部外业核查，"
             "其余可按不低于 10% 抽查。")),
        ),
    ),
    Question(
        "zhou", "海岸建筑退缩线的划定资料",
        "我中心拟为沿海县开展海岸带监测，需要了解海岸建筑退缩线划定时通常采用的潮位和侵蚀速率资料年限，"
        "以及资料不足时的处理方式。内容涉及在编规划，请不要公开。",
        "C03", "海岸带", public=False, routed=("hailan",),
        answers=(
            ("hailan", AnswerSight.private,
             ("潮位资料一般不少于 20 年，侵蚀速率以不少于 30 年的多期岸线计算；资料不足时可用邻近站点延长序列，"
             "并提高安全余量。具体数值请以省级技术规定为准。")),
        ),
    ),
    Question(
        "shen", "混合像元较多的地区如何评定精度？",
        "丘陵地区 30 米影像中混合像元比例很高，单一参考地类的精度评定明显偏低。能否采用软分类的评定方法？"
        "样本量应如何确定？",
        "F01 F03", "精度评定、混合像元", routed=("lin", "qinmu"),
    ),
    Question(
        "lin", "规划实施评估中空间自相关如何处理？",
        "用地块尺度的变化率做回归时残差存在显著空间自相关。评估报告面向管理部门，希望方法尽量简单。"
        "请问直接使用稳健标准误是否足够，还是必须采用空间误差模型？",
        "A04 F03", "实施监测、空间计量",
    ),
    Question(
        "xu", "请帮我们审一下这份标书",
        "我们准备投标一个规划数据库项目，能否请专家帮忙逐条修改技术标书？时间比较紧，下周三之前需要。",
        "F02", "", end="refuse",
    ),
)  # fmt: skip
