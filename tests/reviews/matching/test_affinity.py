"""Affinity: who works on the same thing comes first, whatever the words; and every number is explained."""

import numpy as np
import pytest

from portal.reviews.matching.affinity import Affinity, Profile, Weights, affinity
from portal.reviews.matching.codes import kinship, levels, plain_code
from portal.reviews.matching.problem import SCALE, fixed_point
from portal.reviews.matching.words import bigrams, words

# Five fields; what applicants write, and what experts of the field publish, in other sentences and partly other words.
FIELDS = {
    "boundary": (
        (
            "城镇开发边界的动态划定",
            "以元胞自动机模拟城市扩张情景，划定城镇开发边界，协调永久基本农田与生态保护红线。",
        ),
        (
            "城市增长边界与三区三线协调",
            "城市扩张模拟表明元胞自动机适用于开发边界的情景比较，须避让基本农田。",
        ),
    ),
    "remote sensing": (
        ("耕地非粮化的遥感监测", "用高分辨率遥感影像和语义分割提取耕地图斑，监测非粮化和撂荒。"),
        (
            "Cropland mapping from satellite images 耕地遥感",
            "深度学习语义分割用于遥感影像变化检测，识别撂荒耕地。",
        ),
    ),
    "ecology": (
        ("流域生态修复分区", "评估生态系统服务，识别生态源地与生态廊道，构建生态安全格局。"),
        ("生态网络与生物多样性", "由生境质量识别源地，提取廊道，优化生态安全格局和生态系统服务。"),
    ),
    "renewal": (
        ("老旧小区更新与社区生活圈", "城市体检发现公共服务设施不足，以十五分钟生活圈组织城市更新。"),
        ("存量规划中的公共服务设施布局", "从可达性评价社区生活圈，提出存量更新的设施选址。"),
    ),
    "hazard": (
        ("沿海城市内涝风险评估", "耦合洪涝模型与地面沉降数据，评估内涝风险，提出韧性城市对策。"),
        ("韧性城市与洪涝灾害", "洪涝风险情景模拟，地面沉降影响下的灾害风险和安全韧性。"),
    ),
}


def _corpus() -> tuple[list[Profile], list[Profile]]:
    submissions = [Profile(*asked) for asked, _known in FIELDS.values()]
    experts = [Profile(*known) for _asked, known in FIELDS.values()]
    return submissions, experts


def test_every_submission_is_nearest_to_the_expert_of_its_field() -> None:
    fit = affinity(*_corpus())
    assert fit.matrix.dtype == np.float32
    assert fit.matrix.min() >= 0
    assert fit.matrix.max() <= 1
    assert fit.matrix.argmax(axis=1).tolist() == list(range(len(FIELDS)))
    second = np.sort(fit.matrix, axis=1)[:, -2]
    assert (np.diag(fit.matrix) > 2 * second).all()


def test_character_pairs_find_what_no_dictionary_knows() -> None:
    """Invented terms that the segmenter cuts differently in every sentence."""
    asked = [Profile("蓝绿灰一体化廊带"), Profile("穹顶式地下仓储群")]
    known = [Profile("论地下仓储群之穹顶式结构"), Profile("城区蓝绿灰一体化廊带建设")]
    assert affinity(asked, known).matrix.argmax(axis=1).tolist() == [1, 0]
    assert "一体化廊带" not in words("蓝绿灰一体化廊带")
    assert "廊带" in bigrams("蓝绿灰一体化廊带")


def test_terms_of_planning_are_words_and_so_are_their_parts() -> None:
    found = words("国土空间规划与三区三线：ＧＩＳ Remote-Sensing 的研究")
    assert {"国土空间规划", "空间", "三区三线", "gis", "remote-sensing"} <= set(found)
    assert not {"的", "与", "研究"} & set(found)


def test_every_number_is_explained() -> None:
    submission = Profile(*FIELDS["boundary"][0], keywords=("城市扩张", "双评价"), codes=("D0113",))
    expert = Profile(*FIELDS["boundary"][1], keywords=("城市扩张",), codes=("D0114", "E08"))
    fit = affinity([submission, Profile("海岸带")], [expert, Profile("古建筑")], preferences={(0, 0): 1.0})
    why = fit.explain(0, 0, most=100)
    assert why.value == pytest.approx(fit.matrix[0, 0])
    assert sum(why.parts.values()) == pytest.approx(why.value, abs=1e-6)
    assert set(why.parts) == {"text", "codes", "keywords", "preference"}
    terms = [term for group in why.terms.values() for term in group]
    assert sum(term.contribution for term in terms) >= why.parts["text"] - 1e-6
    assert why.terms["words"][0].text in {"城市扩张", "元胞自动机", "开发边界", "城镇开发边界"}
    assert "动机" not in [term.text for term in why.terms["words"]]
    assert [(match.wanted, match.offered) for match in why.keywords] == [
        ("城市扩张", "城市扩张"),
        ("双评价", ""),
    ]
    assert [(match.offered, match.value) for match in why.codes] == [("D0114", pytest.approx(2 / 3))]
    assert not why.neutral


def _only(fit: Affinity, i: int, j: int) -> set[str]:
    return set(fit.explain(i, j).parts)


def test_the_weight_of_an_empty_channel_is_shared_among_the_others() -> None:
    coded, worded = Profile(codes=("170.45",)), Profile("海岸带湿地遥感")
    fit = affinity([coded, worded], [coded, worded, Profile("海岸带湿地遥感", codes=("170.45",))])
    assert fit.matrix[0].tolist() == pytest.approx([1, 1, 1])  # codes alone; the mean where there are none
    assert fit.matrix[1, 1] == pytest.approx(1)
    assert _only(fit, 0, 2) == {"codes"}
    assert _only(fit, 1, 2) == {"text"}
    assert fit.explain(0, 1).neutral
    heavier = affinity(
        [Profile("湿地", codes=("1",))], [Profile("湿地", codes=("2",))], weights=Weights(codes=0.5)
    )
    assert heavier.matrix[0, 0] == pytest.approx(0.5)


def test_an_empty_profile_is_neutral_and_said() -> None:
    submissions, experts = _corpus()
    fit = affinity([*submissions, Profile()], [*experts, Profile(), Profile("。，")])
    assert fit.silent_submissions == (5,)
    assert fit.silent_experts == (5, 6)
    assert fit.matrix[0, 5] == pytest.approx(fit.matrix[0, :5].mean())
    assert fit.matrix[5].tolist() == [0.5] * 7
    assert fit.explain(0, 5).neutral
    assert fit.explain(0, 5).parts == {}


@pytest.mark.parametrize(("p", "r"), [(0, 0), (0, 2), (2, 0), (2, 2)])
def test_nothing_to_compare_is_no_error(p: int, r: int) -> None:
    fit = affinity([Profile()] * p, [Profile()] * r)
    assert fit.matrix.shape == (p, r)
    assert fixed_point(fit.matrix).tolist() == [[SCALE // 2] * r] * p


def test_preferences_lift_and_lower() -> None:
    submissions, experts = _corpus()
    plain = affinity(submissions, experts).matrix
    asked = affinity(submissions, experts, preferences={(0, 0): 0.0, (0, 1): 7.0}).matrix
    assert asked[0, 0] < plain[0, 0]
    assert asked[0, 1] == pytest.approx((0.5 * plain[0, 1] + 0.2) / 0.7, abs=1e-6)
    assert np.array_equal(asked[1:], plain[1:])


def test_the_matrix_is_the_same_every_time() -> None:
    assert np.array_equal(affinity(*_corpus()).matrix, affinity(*_corpus()).matrix)


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("D0113", "d01.13", 1), ("D0113", "D0114", 2 / 3), ("D0113", "D01", 2 / 3), ("D0113", "D", 1 / 3),
        ("D0113", "E0113", 0), ("170.4510", "170.4520", 2 / 3), ("170.45", "170", 1 / 2), ("17", "1", 0), ("", "D", 0),
    ],
)  # fmt: skip
def test_codes_are_near_by_their_common_levels(one: str, other: str, near: float) -> None:
    assert kinship(plain_code(one), plain_code(other)) == pytest.approx(near)


def test_levels_of_a_code_end_with_itself() -> None:
    assert levels("D0113") == ("D", "D01", "D0113")
    assert levels("1704510") == ("170", "17045", "1704510")
    assert levels("") == ()
