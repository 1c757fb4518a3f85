"""What is reviewed in the demo's rounds, by whom, and what they say. All people and organisations are invented."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

SENSING_PANEL, PLANNING_PANEL = "监测识别组", "评估治理组"


@dataclass(frozen=True)
class Entry:
    """A submission that is a text, with the person who leads it and that person's organisation."""

    title: str
    panel: str
    disciplines: str
    keywords: str
    lead: str
    house: str
    text: str
    excluded: str = ""


TITLE = "2026年度规划实施监测算法专家评审（演示）"
TITLE_EN = "Expert review 2026: algorithms for monitoring plans (demo)"
SUMMARY = (
    "面向国土空间规划实施监测业务，遴选方法可靠、可复现、可推广的监测算法。所有人员、单位和材料均为虚构。"
)
SUMMARY_EN = (
    "Which algorithms for monitoring plans are sound, reproducible and fit to be spread. All is invented."
)
EXPERTS = (
    "zhou", "chen", "shen", "reviewer", "guyan", "qiaoan", "wenbo", "luchuan", "yexi", "fangqi",
    "mengxue", "jiangtao", "songyu", "baizhi", "qinmu", "hailan", "yuqing", "dingyan", "tangli", "xuzhou",
)  # fmt: skip
"""Twenty members of the pool."""
DECLINING = ("yuqing", "songyu")
"""Who declines."""
SILENT = ("dingyan",)
"""Who has not answered when the reviews begin."""
ENTRIES = tuple(
    Entry(**item)
    for item in tomllib.loads(Path(__file__).with_name("rounds.toml").read_text(encoding="utf-8"))["entries"]
)
OLD_TITLE = "2025年规划监测学术沙龙报告遴选（演示）"
OLD_TITLE_EN = "Talks for the 2025 workshop on monitoring (demo)"
OLD_EXPERTS = ("reviewer", "jiangtao", "luchuan")
OLD_ENTRIES = (
    ("国土调查成果年度更新的经验与教训", "钟秋白", "accepted", "选题切合实际，案例完整。"),
    ("用开源工具搭建县级规划监测看板", "温九", "accepted", "演示效果好，便于推广。"),
    ("规划实施评估中的几个统计误区", "施小满", "declined", "内容与去年报告重复较多。"),
)
"""Title, who leads, outcome and its reason."""
STRENGTHS = (
    "问题来自一线业务，技术路线清楚，检验样本与训练样本在空间上分开，结论可信。提供了完整的参数和数据清单，具备复现条件，局限也交代得诚实。",
    "方法与现有业务流程衔接较好，误差和不确定性有定量说明，没有只报最好的结果。对基层使用成本考虑细致，推广难度不大。",
    "创新点明确，比较对象选择合理，关键步骤都有对照试验支撑。成果形式便于核查人员逐条确认，责任边界清楚。",
)
WEAKNESSES = (
    "样本集中在少数地区，跨区域泛化能力还缺少证据；建议补充至少一个地形或气候差异明显的检验区，并给出分区精度。",
    "对误判代价讨论不足，业务上漏报与虚警的后果并不对称，应当给出不同阈值下的结果，供使用单位选择。",
    "与已有同类方法的比较偏少，部分参数取值依据不够充分；建议说明敏感性，并补充计算资源消耗和维护成本的估算。",
)
ADVICE = "建议在正式应用前选择两个县开展为期半年的平行运行，公开核查记录，并据此修订参数说明。"
