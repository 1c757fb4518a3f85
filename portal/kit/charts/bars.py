"""Bars: vertical, stacked, and histograms."""

import math
from collections.abc import Sequence

from markupsafe import Markup

from portal.kit.charts import axes
from portal.kit.charts.axes import Frame
from portal.kit.charts.scale import FONT, finite, fit, nice_ticks, over, text_width, tick_labels
from portal.kit.charts.svg import Drawing, nothing
from portal.kit.formats import number
from portal.kit.i18n import get_locale

MAX_LABEL = 230.0


def bar(
    items: Sequence[tuple[str, float]],
    *,
    title: str,
    desc: str = "",
    unit: str = "",
    locale: str | None = None,
    width: float = 640,
    height: float = 260,
) -> Markup:
    """Vertical bars from zero, each with its value above (below, if negative) and its label underneath."""
    if not items:
        return nothing(title, width)
    values = finite(value for _label, value in items)
    locale = locale or get_locale()
    ticks = nice_ticks(min(0.0, *values), max(0.0, *values) or float(not any(values)))
    drawing = Drawing(width, height)
    frame = Frame(axes.left_margin(tick_labels(ticks, locale)), 30, width - 4, height - FONT - 14)
    y = axes.vertical(drawing, frame, ticks, locale, unit)
    slot = (frame.right - frame.left) / len(items)
    thick = min(slot * 0.64, 64)
    for index, ((label, _value), value) in enumerate(zip(items, values, strict=True)):
        middle = frame.left + slot * (index + 0.5)
        top, bottom = sorted((y(0), y(value)))
        drawing.rect("fill", middle - thick / 2, top, thick, bottom - top)
        shown = number(int(value) if value == int(value) else value)
        if text_width(shown) < slot:
            drawing.text(middle, top - 5 if value >= 0 else bottom + FONT + 2, shown, "middle", "label")
        drawing.text(middle, height - 5, fit(label, slot - 4), "middle")
    drawing.line("axis", frame.left, y(0), frame.right, y(0))
    return drawing.markup(title, desc)


def bin_edges(values: Sequence[float], bins: int | None) -> list[float]:
    """Equal bins on round edges; about the square root of the count where ``bins`` is not given, 8 to 30."""
    count = bins or min(30, max(8, math.isqrt(len(values))))
    return nice_ticks(min(values), max(values), count)


def bin_counts(values: Sequence[float], edges: Sequence[float]) -> list[int]:
    """How many values fall into each bin [a, b); the last bin is closed."""
    counts = [0] * (len(edges) - 1)
    step = edges[1] - edges[0]
    for value in values:
        counts[min(max(int((value - edges[0]) / step + 1e-9), 0), len(counts) - 1)] += 1
    return counts


def histogram(
    values: Sequence[float],
    *,
    title: str,
    desc: str = "",
    unit: str = "",
    bins: int | None = None,
    locale: str | None = None,
    width: float = 640,
    height: float = 240,
) -> Markup:
    """How often values fall into equal bins; ``unit`` names the horizontal axis."""
    if not values:
        return nothing(title, width)
    locale = locale or get_locale()
    checked = finite(values)
    edges = bin_edges(checked, bins)
    counts = bin_counts(checked, edges)
    up = [tick for tick in nice_ticks(0, max(counts), 4) if tick == int(tick)]
    drawing = Drawing(width, height)
    frame = Frame(axes.left_margin(tick_labels(up, locale)), 14, width - 16, height - 2 * FONT - 20)
    y = axes.vertical(drawing, frame, up, locale, "")
    scale = over(edges, frame.left, frame.right)
    for left, right, count in zip(edges, edges[1:], counts, strict=False):
        if count:
            drawing.rect(
                "fill", scale(left) + 0.5, y(count), scale(right) - scale(left) - 1, frame.bottom - y(count)
            )
    every = edges if len(edges) <= 11 else edges[:: math.ceil(len(edges) / 10)]
    below = Frame(scale(every[0]), frame.top, scale(every[-1]), frame.bottom)
    axes.horizontal(drawing, below, every, locale, unit, grid=False)
    return drawing.markup(title, desc)


def stacked(
    rows: Sequence[tuple[str, Sequence[float]]],
    *,
    names: Sequence[str],
    title: str,
    desc: str = "",
    locale: str | None = None,
    width: float = 640,
) -> Markup:
    """Horizontal bars of up to four parts each; parts must not be negative."""
    if not rows:
        return nothing(title, width)
    locale = locale or get_locale()
    parts = [finite(values) for _label, values in rows]
    if any(value < 0 for values in parts for value in values) or len(names) > 4:
        raise ValueError("a stacked bar takes up to four parts, none negative")
    if any(len(values) != len(names) for values in parts):
        raise ValueError("every row needs one value per name")
    left = min(MAX_LABEL, max(text_width(label) for label, _values in rows)) + 12
    height = axes.LEGEND + 8 + 30 * len(rows) + FONT + 12
    drawing = Drawing(width, height)
    axes.legend(drawing, names, left)
    frame = Frame(left, axes.LEGEND + 4, width - 20, axes.LEGEND + 8 + 30 * len(rows))
    ticks = nice_ticks(0, max(map(sum, parts)) or 1)
    x = axes.horizontal(drawing, frame, ticks, locale, "")
    for index, ((label, _values), values) in enumerate(zip(rows, parts, strict=True)):
        top = frame.top + 6 + 30 * index
        drawing.text(left - 10, top + 9 + FONT / 3, fit(label, left - 12), "end", "label")
        start = 0.0
        for series, value in enumerate(values):
            if value:
                drawing.rect(f"fill s{series + 1}", x(start), top, x(start + value) - x(start) - 1, 18)
            start += value
    return drawing.markup(title, desc)
