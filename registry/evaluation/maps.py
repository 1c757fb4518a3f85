"""Scores drawn where they belong: tiles for provinces, squares of a grid of longitude and latitude.

Both are schematics without any boundary. Classes of colour are steps of one hue, so that they differ by lightness
alone, and every mark that has room carries its value.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from portal.kit.charts.scale import FONT, fit, text_width
from portal.kit.charts.svg import Drawing, nothing
from portal.kit.formats import number
from portal.kit.i18n import _, get_locale
from registry.benchmarks.divisions import PROVINCES
from registry.evaluation.cells import CellLine, Dimension, summary
from registry.previews.drawing import WIDTH, graticule, ground, north_arrow

CLASSES = 5
STRENGTH = (0.1, 0.2, 0.3, 0.4, 0.5)
"""Opacity of a class; the strongest still lets ink stand out by 4.5 : 1 in both themes."""
LEGEND = 50.0
TILE_WIDTH, TILE_HEIGHT, GAP = 82.0, 54.0, 5.0
COLUMNS = 1 + max(province.column for province in PROVINCES.values())
ROWS = 1 + max(province.row for province in PROVINCES.values())
TILES_HEIGHT = LEGEND + ROWS * (TILE_HEIGHT + GAP)


class Classes:
    """Equal steps between the worst and the best score; the strongest colour is the best."""

    def __init__(self, lines: Sequence[CellLine], *, higher_is_better: bool) -> None:
        values = [line.score.value for line in lines if line.score is not None]
        self.low, self.high = (min(values), max(values)) if values else (0.0, 0.0)
        self.higher = higher_is_better

    def strength(self, value: float) -> float:
        """The opacity of a value's class."""
        width = self.high - self.low
        share = (value - self.low) / width if width else 0.5
        at = min(int(share * CLASSES), CLASSES - 1)
        return STRENGTH[at if self.higher else CLASSES - 1 - at]

    def legend(self, drawing: Drawing, y: float) -> None:
        """What the colours mean, in a row whose top is ``y``."""
        step = (self.high - self.low) / CLASSES
        wide = (WIDTH - 8) / (CLASSES + 1)
        for at in range(CLASSES if step else 1):
            low = self.low + at * step
            x = 4 + at * wide
            strength = self.strength(low + step / 2)
            drawing.add("rect", "fill", x=x, y=y, width=wide - 6, height=12, fill_opacity=strength)
            text = f"{number(low)}–{number(low + step)}" if step else number(low)
            drawing.text(x, y + 14 + FONT, fit(text, wide - 6), css="label")
        x = 4 + CLASSES * wide
        drawing.add("rect", "axis", x=x, y=y + 0.5, width=wide - 7, height=11, stroke_dasharray="3 3")
        drawing.text(x, y + 14 + FONT, fit(_("no score"), wide - 6), css="label")


def tile_map(dimension: Dimension, *, title: str, least: int, links: dict[str, str]) -> Markup:
    """The provinces as equal tiles; ``links``: where a tile leads, by code."""
    lines = {line.cell.key: line for line in dimension.below("")}
    classes = Classes(list(lines.values()), higher_is_better=dimension.higher_is_better)
    drawing = Drawing(WIDTH, TILES_HEIGHT)
    classes.legend(drawing, 4)
    tiles(
        drawing,
        {
            code: Tile(
                number(line.score.value) if line.score is not None else "—",
                classes.strength(line.score.value) if line.score is not None else None,
                links[code],
                summary(line, least),
            )
            for code, line in lines.items()
        },
    )
    return drawing.markup(title, no_boundaries())


@dataclass(frozen=True)
class Tile:
    """What the tile of a province says; ``strength`` is the opacity of its class, None: no value."""

    text: str
    strength: float | None
    link: str
    summary: str


def tiles(drawing: Drawing, found: Mapping[str, Tile]) -> None:
    """The provinces as equal tiles below a legend; those without a tile of their own are empty."""
    left = (WIDTH - COLUMNS * (TILE_WIDTH + GAP) + GAP) / 2
    for code, province in PROVINCES.items():
        x = left + province.column * (TILE_WIDTH + GAP)
        y = LEGEND + province.row * (TILE_HEIGHT + GAP)
        name = province.letters if get_locale() == "en" else province.short_zh
        tile = found.get(code)
        if tile is None:
            drawing.add("rect", "grid", x=x, y=y, width=TILE_WIDTH, height=TILE_HEIGHT, rx=3)
            drawing.text(x + TILE_WIDTH / 2, y + TILE_HEIGHT / 2 + FONT / 3, name, "middle")
            continue
        drawing.link(tile.link, tile.summary)
        _mark(drawing, x, y, TILE_WIDTH, TILE_HEIGHT, tile.strength)
        drawing.text(x + TILE_WIDTH / 2, y + FONT + 8, name, "middle", "ink")
        drawing.text(x + TILE_WIDTH / 2, y + 2 * FONT + 16, tile.text, "middle", "ink")
        drawing.end_link()


def no_boundaries() -> str:
    """What the drawing of tiles is, and what it is not."""
    return _("Schematic of equal tiles; not a map of boundaries.")


def _mark(drawing: Drawing, x: float, y: float, width: float, height: float, strength: float | None) -> None:
    if strength is None:
        drawing.add("rect", "axis", x=x, y=y, width=width, height=height, stroke_dasharray="3 3")
        return
    drawing.add("rect", "fill", x=x, y=y, width=width, height=height, fill_opacity=strength)
    drawing.add("rect", "axis", x=x, y=y, width=width, height=height)


def grid_map(
    dimension: Dimension, *, title: str, cell_deg: float, least: int, links: dict[str, str]
) -> Markup:
    """The squares of the grid with a graticule, north up; one degree of longitude is as long as on the ground."""
    places = {line.cell.key: tuple(map(int, line.cell.key.split(","))) for line in dimension.lines}
    if not places:
        return nothing(title, WIDTH)
    east, north = ([place[at] for place in places.values()] for at in (0, 1))
    extent = (min(east), min(north), max(east) + 1, max(north) + 1)
    shown = ground({"extent": [number * cell_deg for number in extent], "geographic": True})
    drawing = Drawing(WIDTH, shown.frame.bottom + FONT + 16 + LEGEND)
    graticule(drawing, shown, geographic=True)
    classes = Classes(dimension.lines, higher_is_better=dimension.higher_is_better)
    for line in dimension.lines:
        column, row = places[line.cell.key]
        left, right = shown.x(column * cell_deg), shown.x((column + 1) * cell_deg)
        top, bottom = shown.y((row + 1) * cell_deg), shown.y(row * cell_deg)
        drawing.link(links[line.cell.key], summary(line, least))
        strength = classes.strength(line.score.value) if line.score is not None else None
        _mark(drawing, left, top, right - left, bottom - top, strength)
        text = number(line.score.value) if line.score is not None else "—"
        if text_width(text) < right - left and bottom - top > FONT:
            drawing.text((left + right) / 2, (top + bottom) / 2 + FONT / 3, text, "middle", "ink")
        drawing.end_link()
    north_arrow(drawing, shown.frame)
    classes.legend(drawing, shown.frame.bottom + FONT + 16)
    return drawing.markup(title, _("Squares of a grid, north up; without boundaries."))
