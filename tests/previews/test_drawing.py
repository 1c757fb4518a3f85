"""The static map: its frame, its labels, its scale bar, and that a hostile name stays text."""

import re
from typing import Any

import pytest

from portal.kit.i18n import set_locale
from registry.previews.drawing import GRID, METRES_PER_DEGREE, static_map

SQUARE = [0, 0, GRID, 0, GRID, GRID, 0, GRID]


def drawn(extent: list[float], *, geographic: bool = True, name: str = "parcels", **shapes: Any) -> str:
    layer = {"name": name}
    facts = {"layers": [layer], "extent": extent, "geographic": geographic}
    found = {"layers": [{"points": [], "lines": [], "areas": [], **shapes}]}
    return str(static_map(facts, found, title="图", unnamed="a.gpkg", note="示意图"))


def frame(svg: str) -> tuple[float, float]:
    corners = re.search(r'<polygon class="axis" points="([^"]+)"', svg)
    assert corners is not None
    points = [tuple(map(float, each.split(","))) for each in corners[1].split()]
    return points[2][0] - points[0][0], points[2][1] - points[0][1]


@pytest.mark.parametrize(("south", "north"), [(0.0, 1.0), (59.0, 61.0)])
def test_degrees_are_as_long_as_on_the_ground(south: float, north: float) -> None:
    width, height = frame(drawn([110, south, 112, north], areas=[[SQUARE]]))
    squeeze = {0.0: 1.0, 59.0: 0.5}[south]
    assert width / height == pytest.approx(2 * squeeze / (north - south), rel=0.01)


@pytest.mark.parametrize(
    "extent", [[110, 30, 150, 30.5], [110, 20, 110.2, 50], [116.0001, 39.0001, 116.0002, 39.0002]]
)
def test_flat_and_tall_extents_stay_on_the_page(extent: list[float]) -> None:
    svg = drawn(extent, areas=[[SQUARE]])
    width, height = frame(svg)
    assert 0 < width <= 736
    assert 200 < height <= 641
    assert all(-1 <= float(x) <= 737 for x in re.findall(r'<text[^>]* x="([-\d.]+)"', svg))


def test_the_scale_bar_is_as_long_as_it_says() -> None:
    svg = drawn([110, -0.5, 112, 0.5], areas=[[SQUARE]])
    length = re.search(r'd="M[\d.]+ [\d.]+v5h([\d.]+)v-5"', svg)
    label = re.search(r">(\d+) km</text>", svg)
    assert length is not None
    assert label is not None
    width, _height = frame(svg)
    assert float(length[1]) / width == pytest.approx(int(label[1]) * 1000 / (2 * METRES_PER_DEGREE), rel=0.01)


def test_hemispheres_and_unknown_coordinates() -> None:
    set_locale("en")
    south_west = drawn([-2, -2, 2, 2], areas=[[SQUARE]])
    assert all(side in south_west for side in ("°E<", "°W<", "°N<", "°S<"))
    plain = drawn([500_000, 3_000_000, 501_000, 3_001_000], geographic=False, areas=[[SQUARE]])
    assert "°" not in plain
    assert "km" not in plain


def test_points_lines_and_holes() -> None:
    svg = drawn([0, 0, 1, 1], points=[5000, 5000], lines=[[0, 0, GRID, GRID]], areas=[[SQUARE, SQUARE]])
    assert svg.count("h4v4h-4z") == 1
    assert 'fill-rule="evenodd"' in svg
    assert svg.count('class="stroke"') == 1


def test_names_are_text() -> None:
    svg = drawn([0, 0, 1, 1], name='"><script>x</script>', areas=[[SQUARE]])
    assert "<script" not in svg
    assert "&lt;script" in svg
    assert "a.gpkg" in drawn([0, 0, 1, 1], name="", areas=[[SQUARE]])


def test_a_flat_extent_is_not_stretched() -> None:
    svg = drawn([110, 0, 150, 0.5], lines=[[0, 0, GRID, GRID]])
    line = re.search(r'class="stroke" d="M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)"', svg)
    assert line is not None
    left, top, right, bottom = map(float, line.groups())
    assert (right - left) / (bottom - top) == pytest.approx(80, rel=0.05)
