"""What synthetic assets are called. Places and people are invented."""

from random import Random

from registry.assets.models import AssetKind

PLACES = [
    *(f"{name}示范区" for name in ("滨海", "临江", "云岭", "平原", "湖畔", "北山", "南港", "西河", "东原")),
    *(f"示例{part}{level}" for part in "甲乙丙丁戊己庚辛" for level in "省市县"),
]
SUBJECTS = {
    "耕地非粮化图斑": "cropland conversion patches",
    "城镇开发边界": "urban growth boundary",
    "生态保护红线": "ecological redline",
    "永久基本农田": "permanent basic farmland",
    "建设用地扩张": "built-up expansion",
    "公共服务设施可达性": "access to public services",
    "十五分钟生活圈": "15-minute neighbourhood",
    "低效用地": "underused land",
    "地面沉降": "land subsidence",
    "蓝绿空间": "blue-green space",
    "职住平衡": "jobs-housing balance",
    "碳储量": "carbon stock",
    "历史街区风貌": "historic district",
    "岸线利用": "shoreline use",
    "人口空间分布": "population distribution",
}
FORMS = {
    AssetKind.model: (("识别模型", "detection model"), ("预测模型", "forecast model")),
    AssetKind.algorithm: (("提取算法", "extraction algorithm"), ("评估算法", "assessment algorithm")),
    AssetKind.tool: (("核查工具", "checking tool"), ("制图工具", "mapping tool")),
    AssetKind.dataset: (("样本数据集", "sample dataset"), ("监测数据集", "monitoring dataset")),
    AssetKind.benchmark: (("评测基准", "benchmark"),),
    AssetKind.paper: (("研究", "study"),),
    AssetKind.report: (("监测报告", "monitoring report"),),
}
TAGS = [
    "遥感", "变化检测", "深度学习", "空间统计", "矢量", "栅格", "国土调查", "年度变更", "规划实施", "城市体检",
    "指标计算", "时间序列", "多光谱", "高分辨率", "雷达", "点云", "手机信令", "可达性", "网络分析", "回归", "分类",
    "语义分割", "目标检测", "知识图谱", "大模型", "不确定性", "抽样", "质量检查", "坐标系", "拓扑检查",
]  # fmt: skip
LICENCES = ("Apache-2.0", "MIT", "BSD-3-Clause", "CC-BY-4.0", "CC-BY-SA-4.0", "MulanPSL-2.0")
FAMILY = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许"
GIVEN = ("知远", "芷宁", "亦舟", "若川", "沐阳", "清和", "思齐", "景行", "明远", "书瑶")


def person(number: int) -> str:
    """The name of the synthetic person of that number."""
    return FAMILY[number % len(FAMILY)] + GIVEN[number // len(FAMILY) % len(GIVEN)]


def title(dice: Random, kind: AssetKind, number: int) -> tuple[str, str]:
    """Chinese and English title of an asset, marked as demonstration."""
    place = dice.choice(PLACES)
    subject, english = dice.choice(list(SUBJECTS.items()))
    form, form_english = dice.choice(FORMS[kind])
    return f"{place}{subject}{form} {number:05d}（演示）", f"{english} {form_english} {number:05d} (demo)"
