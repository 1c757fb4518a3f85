"""Charts: well-formed, in order, escaped, and honest about what they cannot draw."""

import itertools
import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator

import pytest
from markupsafe import Markup

from portal.kit import charts, i18n
from portal.kit.charts import IntervalRow, Series, Span
from portal.kit.charts.bars import bin_counts, bin_edges
from portal.kit.charts.scale import fit, nice_ticks, text_width, tick_labels
from portal.kit.charts.specimens import specimens

HOSTILE = "</text><script>alert(1)</script>\"'&"


@pytest.fixture(autouse=True)
def _language() -> Iterator[None]:
    i18n.set_locale("en")
    yield
    i18n.set_locale(i18n.DEFAULT)


def draw(svg: Markup) -> ET.Element:
    assert isinstance(svg, Markup)
    return ET.fromstring(str(svg))  # noqa: S314 - our own drawing


def found(root: ET.Element, tag: str, css: str = "") -> list[ET.Element]:
    return [e for e in root.iter(tag) if css in (e.get("class") or "").split() or not css]


def at(element: ET.Element, name: str) -> float:
    return float(element.attrib[name])


def texts(root: ET.Element) -> list[str]:
    return [e.text or "" for e in root.iter("text")]


def polyline(root: ET.Element) -> list[tuple[float, float]]:
    pairs = found(root, "polyline")[0].attrib["points"].split()
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in pairs)]


def inside(root: ET.Element) -> None:
    """Nothing leaves the picture."""
    _x, _y, width, height = map(float, root.attrib["viewBox"].split())
    for element in root.iter():
        for name, most in (
            ("x", width),
            ("cx", width),
            ("x1", width),
            ("y", height),
            ("cy", height),
            ("y1", height),
        ):
            if name in element.attrib:
                assert -0.1 <= at(element, name) <= most + 0.1, (element.tag, element.attrib)


ALL: dict[str, Callable[[float, str], Markup]] = {
    "bar": lambda v, s: charts.bar([(s, v), ("b", 2)], title=s, desc=s, unit=s),
    "stacked": lambda v, s: charts.stacked([(s, [1, abs(v)])], names=[s, "n"], title=s, desc=s),
    "histogram": lambda v, s: charts.histogram([v, 1, 2], title=s, desc=s, unit=s),
    "interval_dots": lambda v, s: charts.interval_dots([IntervalRow(s, v, v, v)], title=s, desc=s, unit=s),
    "lines": lambda v, s: charts.lines(
        [Series(s, [(0, v), (1, 2)]), Series("b", [(0, 1)])], title=s, unit=s, x_label=s
    ),
    "timeline": lambda v, s: charts.timeline([Span(s, 0, abs(v), "good")], title=s, desc=s),
    "sparkline": lambda v, s: charts.sparkline([v, 2], title=s),
}


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_values_that_are_no_numbers_are_refused(name: str, bad: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        ALL[name](bad, "x")


@pytest.mark.parametrize("name", ALL)
def test_hostile_labels_stay_text(name: str) -> None:
    root = draw(ALL[name](1.5, HOSTILE))
    assert not found(root, "script")
    title = root.find("title")
    assert title is not None
    assert title.text == HOSTILE
    assert root.get("role") == "img"


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("value", [0.0, 1.0, -3.0, 1e-9, 1e12])
def test_any_size_of_number_stays_in_the_picture(name: str, value: float) -> None:
    inside(draw(ALL[name](value, "一个相当长的中文标签，用来检验截断是否有效，再长一些")))


@pytest.mark.parametrize("locale", i18n.LOCALES)
def test_specimens_are_well_formed_and_need_no_style(locale: str) -> None:
    i18n.set_locale(locale)
    drawn = specimens()
    assert len(drawn) == 8
    for caption, svg in drawn.items():
        root = draw(svg)
        inside(root)
        assert root.findtext("title") == caption
        assert all("style" not in e.attrib and "id" not in e.attrib for e in root.iter())


def test_nothing_to_draw_is_said() -> None:
    for svg in (
        charts.bar([], title="t"),
        charts.stacked([], names=[], title="t"),
        charts.histogram([], title="t"),
        charts.interval_dots([], title="t"),
        charts.lines([Series("a", [])], title="t"),
        charts.timeline([], title="t"),
    ):
        assert texts(draw(svg)) == ["No data yet"]
    assert found(draw(charts.sparkline([], title="t")), "line")


def test_bars_are_as_high_as_their_values() -> None:
    root = draw(charts.bar([("a", 10), ("b", 40), ("c", 0)], title="t"))
    first, second, third = found(root, "rect", "fill")
    assert at(first, "x") < at(second, "x") < at(third, "x")
    assert at(second, "height") == pytest.approx(4 * at(first, "height"), rel=0.01)
    assert at(third, "height") == 0.5
    assert at(first, "y") + at(first, "height") == pytest.approx(
        at(second, "y") + at(second, "height"), abs=0.2
    )
    assert {"10", "40", "a", "b"} <= set(texts(root))


def test_negative_bars_hang_from_zero() -> None:
    root = draw(charts.bar([("up", 5), ("down", -5)], title="t"))
    up, down = found(root, "rect", "fill")
    assert at(up, "y") + at(up, "height") == pytest.approx(at(down, "y"), abs=0.2)


def test_dots_lie_in_order_within_their_intervals() -> None:
    rows = [
        IntervalRow("a", 0.9, 0.85, 0.95),
        IntervalRow("b", 0.7, 0.6, 0.8, mark=True),
        IntervalRow("c", 0.7, 0.7, 0.7),
    ]
    root = draw(charts.interval_dots(rows, title="t", unit="accuracy"))
    dots = found(root, "circle", "dot")
    assert at(dots[0], "cx") > at(dots[1], "cx") == at(dots[2], "cx")
    assert at(dots[0], "cy") < at(dots[1], "cy") < at(dots[2], "cy")
    for dot, whisker in zip(dots, found(root, "path", "whisker"), strict=True):
        low = float(re.findall(r"M([\d.]+)", whisker.attrib["d"])[0])
        high = float(re.findall(r"H([\d.]+)", whisker.attrib["d"])[0])
        assert low <= at(dot, "cx") <= high
    assert len(found(root, "g", "mark")) == 1
    assert [label for label in texts(root) if label in "abc"] == ["a", "b", "c"]


def test_an_interval_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="before it starts"):
        charts.interval_dots([IntervalRow("a", 1, 2, 0)], title="t")
    with pytest.raises(ValueError, match="before it starts"):
        charts.timeline([Span("a", 2, 1)], title="t")


def test_a_line_goes_right_and_higher_values_lie_higher() -> None:
    path = polyline(draw(charts.lines([Series("m", [(0, 1), (1, 3), (2, 2)])], title="t", unit="MiB")))
    assert [x for x, _y in path] == sorted(x for x, _y in path)
    assert path[1][1] < path[2][1] < path[0][1]


def test_series_differ_without_colour() -> None:
    root = draw(charts.lines([Series(str(n), [(0, n), (1, n)]) for n in range(4)], title="t"))
    dashes = [line.get("stroke-dasharray") for line in found(root, "polyline")]
    assert len(set(dashes)) == 4
    with pytest.raises(ValueError, match="four"):
        charts.lines([Series(str(n), [(0, n)]) for n in range(5)], title="t")


def test_one_point_and_equal_values_are_drawn() -> None:
    root = draw(charts.lines([Series("m", [(5, 7)])], title="t"))
    assert len(found(root, "circle", "fill")) == 1
    flat = polyline(draw(charts.sparkline([3, 3, 3], title="t")))
    assert {y for _x, y in flat} == {14}
    assert len(found(draw(charts.histogram([4, 4, 4], title="t")), "rect", "fill")) == 1


def test_spans_follow_each_other() -> None:
    root = draw(charts.timeline([Span("q", 0, 2, "neutral"), Span("r", 2, 10, "busy")], title="t"))
    first, second = found(root, "rect", "span")
    assert at(first, "x") + at(first, "width") == pytest.approx(at(second, "x"), abs=0.2)
    assert at(second, "width") == pytest.approx(4 * at(first, "width"), rel=0.01)
    assert [g.get("class") for g in root.iter("g")] == ["is-neutral", "is-busy"]
    assert {"2.0 s", "8.0 s"} <= set(texts(root))


def test_stacked_parts_touch_and_add_up() -> None:
    root = draw(charts.stacked([("x", [2, 3, 5]), ("y", [1, 1, 0])], names=["a", "b", "c"], title="t"))
    parts = [r for r in found(root, "rect", "fill") if at(r, "height") == 18]
    assert len(parts) == 5
    assert at(parts[1], "x") == pytest.approx(at(parts[0], "x") + at(parts[0], "width") + 1, abs=0.2)
    with pytest.raises(ValueError, match="negative"):
        charts.stacked([("x", [-1])], names=["a"], title="t")
    with pytest.raises(ValueError, match="one value per name"):
        charts.stacked([("x", [1, 2])], names=["a"], title="t")


def test_bins_hold_every_value_once() -> None:
    values = [0, 0.1, 2.5, 2.5, 9.99, 10]
    edges = bin_edges(values, 4)
    assert edges[0] <= 0
    assert edges[-1] >= 10
    assert sum(bin_counts(values, edges)) == len(values)
    assert bin_counts([0, 1, 2, 3], [0, 1, 2, 3]) == [1, 1, 2]


@pytest.mark.parametrize(
    ("low", "high", "step"),
    [(0, 10, 2), (0.6801, 0.9426, 0.1), (-3, 4, 2), (1e6, 1.2e6, 5e4), (0, 1e-9, 2e-10)],
)
def test_ticks_are_round_and_cover_the_data(low: float, high: float, step: float) -> None:
    made = nice_ticks(low, high)
    assert made[0] <= low
    assert made[-1] >= high
    assert [b - a for a, b in itertools.pairwise(made)] == pytest.approx([step] * (len(made) - 1))


def test_a_single_value_gets_an_axis_around_it() -> None:
    made = nice_ticks(5, 5)
    assert made[0] < 5 < made[-1]
    assert nice_ticks(0, 0)[0] == 0 < nice_ticks(0, 0)[-1]


def test_numbers_are_written_in_the_readers_units() -> None:
    assert tick_labels([0, 50000, 100000], "zh_Hans") == ["0", "5万", "10万"]
    assert tick_labels([0, 50000, 100000], "en") == ["0", "50k", "100k"]
    assert tick_labels([0, 1.5e8, 3e8], "zh_Hans") == ["0.0", "1.5亿", "3.0亿"]
    assert tick_labels([-0.1, 0, 0.1], "en") == ["−0.1", "0.0", "0.1"]
    assert tick_labels([0, 2000, 4000], "en") == ["0", "2\u2009000", "4\u2009000"]


def test_chinese_is_measured_wider_than_latin() -> None:
    assert text_width("规划", 10) == 20
    assert text_width("ab", 10) == pytest.approx(11.6)
    assert fit("国土空间规划实施监测", 52, 13) == "国土空…"
    assert text_width(fit("国土空间规划实施监测", 52, 13), 13) <= 52
    assert fit("short", 200) == "short"
