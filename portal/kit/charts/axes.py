"""Axes and legends shared by the charts."""

from collections.abc import Sequence
from dataclasses import dataclass

from portal.kit.charts.scale import FONT, Scale, fit, over, text_width, tick_labels
from portal.kit.charts.svg import Drawing

LEGEND = 24.0
DASHES = ("none", "7 4", "2 3", "9 3 2 3")
"""How the lines of the first to fourth series are broken, so that they differ without colour."""


@dataclass(frozen=True)
class Frame:
    """The rectangle the data are drawn in."""

    left: float
    top: float
    right: float
    bottom: float


def left_margin(labels: Sequence[str]) -> float:
    """Room for the labels of a vertical axis."""
    return max(map(text_width, labels)) + 12


def vertical(drawing: Drawing, frame: Frame, ticks: Sequence[float], locale: str, unit: str) -> Scale:
    """Grid lines and labels of a value axis at the left; the unit stands above it."""
    scale = over(ticks, frame.bottom, frame.top)
    for tick, label in zip(ticks, tick_labels(ticks, locale), strict=True):
        y = scale(tick)
        drawing.line("axis" if tick == ticks[0] else "grid", frame.left, y, frame.right, y)
        drawing.text(frame.left - 8, y + FONT / 3, label, "end")
    if unit:
        drawing.text(0, frame.top - 12, unit)
    return scale


def horizontal(
    drawing: Drawing, frame: Frame, ticks: Sequence[float], locale: str, name: str, *, grid: bool = True
) -> Scale:
    """Grid lines and labels of a value axis at the bottom; its name stands below at the right."""
    scale = over(ticks, frame.left, frame.right)
    for tick, label in zip(ticks, tick_labels(ticks, locale), strict=True):
        x = scale(tick)
        if grid:
            drawing.line("grid", x, frame.top, x, frame.bottom)
        else:
            drawing.line("axis", x, frame.bottom, x, frame.bottom + 4)
        drawing.text(x, frame.bottom + FONT + 6, label, "middle")
    if name:
        drawing.text(frame.right, frame.bottom + 2 * FONT + 10, name, "end")
    return scale


def legend(drawing: Drawing, names: Sequence[str], x: float, dashes: Sequence[str] | None = None) -> None:
    """Names of the series along the top: a swatch each, or a piece of the line where ``dashes`` are given."""
    for index, name in enumerate(names):
        label = fit(name, 180)
        drawing.open(f"s{index + 1}")
        if dashes is None:
            drawing.rect("fill", x, 4, 12, 12)
        else:
            drawing.add("path", "stroke", d=f"M{x:.0f} 10h22", stroke_dasharray=dashes[index])
        drawing.close()
        offset = 18 if dashes is None else 28
        drawing.text(x + offset, 10 + FONT / 3, label, css="label")
        x += offset + text_width(label) + 20
