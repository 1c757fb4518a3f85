"""A static map, north up, drawn from numbers: nothing of an uploaded file is ever part of the drawing itself."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from portal.kit.charts.axes import Frame, left_margin, legend
from portal.kit.charts.scale import FONT, Scale, nice_step, tick_labels
from portal.kit.charts.svg import Drawing, points
from portal.kit.i18n import _, get_locale

GRID = 10_000
WIDTH = 736.0
TOP, BOTTOM = 30.0, 62.0
LEAST, MOST = 220.0, 640.0
SERIES = 4
MINUS = "\u2212"
METRES_PER_DEGREE = 111_320.0
"""Along a meridian, and along the equator, of a sphere of the Earth's mean size; a scale bar needs no more."""


@dataclass(frozen=True)
class Ground:
    """The frame on the page, the extent (west, south, east, north) it shows, and where in it the grid lies."""

    frame: Frame
    extent: Sequence[float]
    grid: Frame

    @property
    def x(self) -> Scale:
        """From an easting to the drawing."""
        return Scale(self.extent[0], self.extent[2], self.frame.left, self.frame.right)

    @property
    def y(self) -> Scale:
        """From a northing to the drawing."""
        return Scale(self.extent[1], self.extent[3], self.frame.bottom, self.frame.top)


def static_map(
    facts: Mapping[str, Any], shapes: Mapping[str, Any], *, title: str, unnamed: str, note: str
) -> Markup:
    """The layers with a graticule (or plain coordinates), a scale bar, a north arrow and ``note`` at the lower left."""
    place = ground(facts)
    drawing = Drawing(WIDTH, place.frame.bottom + BOTTOM)
    graticule(drawing, place, geographic=facts["geographic"])
    for number, layer in enumerate(shapes["layers"]):
        _layer(drawing, place.grid, layer, number % SERIES + 1)
    frame = place.frame
    corners = (
        (frame.left, frame.top), (frame.right, frame.top), (frame.right, frame.bottom), (frame.left, frame.bottom),
    )  # fmt: skip
    drawing.add("polygon", "axis", points=points(corners))
    legend(drawing, [layer["name"] or unnamed for layer in facts["layers"][:SERIES]], frame.left)
    north_arrow(drawing, frame)
    if facts["geographic"]:
        scale_bar(drawing, place)
    drawing.text(frame.left, frame.bottom + 2 * FONT + 18, note, css="label")
    return drawing.markup(title, note)


def ground(facts: Mapping[str, Any]) -> Ground:
    """One degree of longitude is as long as it is on the ground at the middle latitude."""
    west, south, east, north = facts["extent"]
    squeeze = math.cos(math.radians((south + north) / 2)) if facts["geographic"] else 1.0
    margin = left_margin([label for _value, label in _ticks(south, north, 7)] or [""]) + FONT
    room = WIDTH - margin - 8
    aspect = (north - south) / ((east - west) * max(squeeze, 0.05))
    height = min(max(room * aspect, LEAST), MOST)
    width = min(room, height / aspect) if room * aspect > MOST else room
    if room * aspect < LEAST:  # a flat extent is shown with more room above and below
        middle, half = (south + north) / 2, (north - south) / 2 * height / (room * aspect)
        south, north = middle - half, middle + half
    left = margin + (room - width) / 2
    frame = Frame(left, TOP, left + width, TOP + height)
    y = Scale(south, north, frame.bottom, frame.top)
    grid = Frame(frame.left, y(facts["extent"][3]), frame.right, y(facts["extent"][1]))
    return Ground(frame, (west, south, east, north), grid)


def graticule(drawing: Drawing, place: Ground, *, geographic: bool) -> None:
    """Lines at round coordinates with their labels, in degrees or plain."""
    frame = place.frame
    west, south, east, north = place.extent
    for number, label in _ticks(west, east, max(int((frame.right - frame.left) / 130), 2)):
        x = place.x(number)
        drawing.line("grid", x, frame.top, x, frame.bottom)
        drawing.text(
            x, frame.bottom + FONT + 4, _side(label, number, "E", "W") if geographic else label, "middle"
        )
    for number, label in _ticks(south, north, max(int((frame.bottom - frame.top) / 90), 2)):
        y = place.y(number)
        drawing.line("grid", frame.left, y, frame.right, y)
        drawing.text(
            frame.left - 6, y + FONT / 3, _side(label, number, "N", "S") if geographic else label, "end"
        )


def _ticks(low: float, high: float, count: int) -> list[tuple[float, str]]:
    """Round values inside [low, high] with their labels."""
    step = nice_step(high - low, count)
    values = [index * step for index in range(math.ceil(low / step), math.floor(high / step) + 1)]
    return list(zip(values, tick_labels(values, get_locale()), strict=True)) if len(values) > 1 else []


def _side(label: str, value: float, plus: str, minus: str) -> str:
    side = plus if value > 0 else minus if value < 0 else ""
    return f"{label.lstrip(MINUS)}°{side}"


def _layer(drawing: Drawing, frame: Frame, layer: Mapping[str, Any], series: int) -> None:
    drawing.open(f"s{series}")
    if rings := "".join(_path(ring, frame) + "z" for area in layer["areas"] for ring in area):
        drawing.add("path", "area", d=rings, fill_rule="evenodd")
        drawing.add("path", "stroke thin", d=rings)
    if lines := "".join(_path(line, frame) for line in layer["lines"]):
        drawing.add("path", "stroke", d=lines)
    if dots := "".join(f"M{x - 2:.1f} {y - 2:.1f}h4v4h-4z" for x, y in _points(layer["points"], frame)):
        drawing.add("path", "fill", d=dots)
    drawing.close()


def _points(steps: Sequence[int], frame: Frame) -> list[tuple[float, float]]:
    wide, high = (frame.right - frame.left) / GRID, (frame.bottom - frame.top) / GRID
    pairs = zip(steps[::2], steps[1::2], strict=False)
    return [(frame.left + x * wide, frame.top + y * high) for x, y in pairs]


def _path(steps: Sequence[int], frame: Frame) -> str:
    return "".join(f"{'L' if n else 'M'}{x:.1f} {y:.1f}" for n, (x, y) in enumerate(_points(steps, frame)))


def north_arrow(drawing: Drawing, frame: Frame) -> None:
    """An arrow in the upper right corner."""
    x, y = frame.right - 20, frame.top + 14
    drawing.add("path", "label", d=f"M{x:.1f} {y:.1f}l6 18l-6 -4l-6 4z")
    drawing.text(x, y + 32, _("N"), "middle", "label")


def scale_bar(drawing: Drawing, place: Ground) -> None:
    """A round length, about a fifth of the width, measured at the middle latitude."""
    west, south, east, north = place.extent
    across = (east - west) * METRES_PER_DEGREE * math.cos(math.radians((south + north) / 2))
    if across <= 0:
        return
    metres = nice_step(across, 5)
    length = (place.frame.right - place.frame.left) * metres / across
    x, y = place.frame.right - length, place.frame.bottom + 2 * FONT + 14
    drawing.add("path", "axis", d=f"M{x:.1f} {y - 5:.1f}v5h{length:.1f}v-5")
    label = f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"
    drawing.text(x - 8, y, label, "end", "label")
