"""Charts of reviews: well-formed, escaped, named row by row, and silent where few would be recognised."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from markupsafe import Markup

from portal.reviews.charts import (
    FEWEST_SHOWN,
    MOST_ROWS,
    CalibrationWords,
    Distribution,
    MarkRow,
    ScoreRow,
    calibration,
    distributions,
    own_marks,
    score_intervals,
)
from portal.reviews.estimates.results import Calibration, Group

HOSTILE = "</text><script>alert(1)</script>\"'&"
NAMES = {Group.IN: "确定入选", Group.UNDECIDED: "待会评", Group.OUT: "确定不入选"}
WORDS = CalibrationWords("Severity", "stricter", "milder", "Own spread", "Usual spread", "too few")
ROWS = [
    ScoreRow(HOSTILE, 91, 85, 97, 88, Group.IN),
    ScoreRow("b", 80, 71, 89, 84, Group.UNDECIDED),
    ScoreRow("c", 79, 70, 88, 79, Group.UNDECIDED),
    ScoreRow("d", 40, 31, 49, 42, Group.OUT),
]
TOLD = Calibration("r", 12, 70.0, 11.0, 14.0, -4.0, -9.0, 1.0, 0.6)


def draw(svg: Markup) -> ET.Element:
    assert isinstance(svg, Markup)
    assert "<script" not in svg
    assert "style=" not in svg
    return ET.fromstring(str(svg))  # noqa: S314 - our own drawing


def texts(root: ET.Element, tag: str = "text") -> list[str]:
    return [element.text or "" for element in root.iter(tag)]


def test_scores_have_bands_shapes_and_titles() -> None:
    root = draw(score_intervals(ROWS, title="Scores", names=NAMES, mean_name="均分"))
    titles = texts(root, "title")
    assert titles[0] == "Scores"
    assert titles[1].startswith(HOSTILE)
    assert titles[2] == "b: 80.00 (71.00 – 89.00), 均分 84.00, 待会评"
    bands = [e for e in root.iter("rect") if e.get("class") == "area"]
    assert len(bands) == 3
    assert {e.get("class") for e in root.iter("circle")} == {"fill", "stroke"}
    _x, _y, width, height = map(float, root.attrib["viewBox"].split())
    for element in root.iter():
        for name, most in (("x", width), ("cx", width), ("x1", width), ("y", height), ("cy", height)):
            assert 0 <= float(element.get(name, 0)) <= most


def test_scores_that_cannot_be_drawn() -> None:
    assert len(texts(draw(score_intervals([], title="t", names=NAMES, mean_name="m")))) == 1
    for bad in (replace(ROWS[0], low=99), replace(ROWS[0], mean=float("nan"))):
        with pytest.raises(ValueError):
            score_intervals([bad], title="t", names=NAMES, mean_name="m")
    with pytest.raises(ValueError, match="at most"):
        score_intervals(ROWS * MOST_ROWS, title="t", names=NAMES, mean_name="m")


def test_calibration_says_what_it_withholds() -> None:
    titles = texts(draw(calibration(TOLD, title="c", words=WORDS)), "title")
    assert titles[1:] == ["Severity: -4.00 (-9.00 – +1.00)", "Own spread: 11.00", "Usual spread: 14.00"]
    few = replace(TOLD, severity=None, low=None, high=None, spread=None, typical_spread=None)
    assert texts(draw(calibration(few, title="c", words=WORDS))).count("too few") == 3
    nobody = replace(TOLD, severity=0.0, low=0.0, high=0.0, spread=0.0, typical_spread=0.0)
    draw(calibration(nobody, title="c", words=WORDS))


def test_few_reviews_are_not_distributed() -> None:
    many = Distribution("Novelty", [("1", 2), ("2", 0), ("3", FEWEST_SHOWN - 2)])
    few = Distribution(HOSTILE, [("1", 1), ("2", FEWEST_SHOWN - 2)])
    root = draw(distributions([many, few, Distribution("none", [])], title="d", withheld="not shown"))
    assert texts(root).count("not shown") == 2
    assert texts(root, "title") == ["d", "Novelty, 1: 2", "Novelty, 2: 0", "Novelty, 3: 3"]
    assert (many.shown, few.shown) == (many.levels, None)
    with pytest.raises(ValueError, match="negative"):
        distributions([Distribution("x", [("1", -1)])], title="d", withheld="w")


def test_own_marks_are_dots_named_level_by_level() -> None:
    levels = [1.0, 2.0, 3.0]
    words = {"title": "Yours", "own": "elsewhere", "here": "here", "others": "others"}
    root = draw(own_marks([MarkRow(HOSTILE, levels, [2.0, 2.0, 3.0], 3.0)], **words))
    named = texts(root, "title")
    assert f"{HOSTILE}, 2, elsewhere: 2" in named
    assert f"{HOSTILE}, 3, here: 1" in named
    assert not any("others" in one for one in [*named, *texts(root)]), "what is not seen has no lane"
    both = draw(own_marks([MarkRow("a", levels, [], None, [1.0, 1.0])], **words))
    assert "a, 1, others: 2" in texts(both, "title")
