"""One row per thing: intervals of a leaderboard, spans of a timeline."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from portal.kit.charts import axes
from portal.kit.charts.axes import Frame
from portal.kit.charts.scale import FONT, finite, fit, nice_ticks, text_width
from portal.kit.charts.svg import Drawing, nothing
from portal.kit.formats import duration, number
from portal.kit.i18n import get_locale

ROW = 28.0
MAX_LABEL = 230.0


@dataclass(frozen=True)
class IntervalRow:
    """A value with the ends of its interval; ``mark`` makes it stand out (the reader's own entry)."""

    label: str
    value: float
    low: float
    high: float
    mark: bool = False


@dataclass(frozen=True)
class Span:
    """A stretch of time in seconds since the first start; ``level`` is that of a status tag."""

    label: str
    start_s: float
    end_s: float
    level: str = "info"


def _labels(drawing: Drawing, labels: Sequence[str], left: float) -> None:
    for index, label in enumerate(labels):
        drawing.text(0, ROW * (index + 0.5) + 8 + FONT / 3, fit(label, left - 12), css="label")


def interval_dots(
    rows: Sequence[IntervalRow],
    *,
    title: str,
    desc: str = "",
    unit: str = "",
    locale: str | None = None,
    width: float = 640,
) -> Markup:
    """A dot with its interval per row, in the order given; the value stands at the right."""
    if not rows:
        return nothing(title, width)
    ends = finite(v for row in rows for v in (row.low, row.value, row.high))
    if any(row.low > row.high for row in rows):
        raise ValueError("an interval must not end before it starts")
    left = min(MAX_LABEL, max(text_width(row.label) for row in rows)) + 14
    shown = [number(row.value) for row in rows]
    right = width - max(map(text_width, shown)) - 16
    bottom = ROW * len(rows) + 12
    drawing = Drawing(width, bottom + FONT + 12 + (FONT + 6 if unit else 0))
    frame = Frame(left, 6, right, bottom)
    x = axes.horizontal(drawing, frame, nice_ticks(min(ends), max(ends)), locale or get_locale(), unit)
    _labels(drawing, [row.label for row in rows], left)
    for index, (row, value) in enumerate(zip(rows, shown, strict=True)):
        y = ROW * (index + 0.5) + 8
        drawing.open("mark" if row.mark else "entry")
        low, high = x(row.low), x(row.high)
        drawing.add(
            "path",
            "whisker",
            d=f"M{low:.1f} {y - 4:.1f}v8M{low:.1f} {y:.1f}H{high:.1f}M{high:.1f} {y - 4:.1f}v8",
        )
        drawing.add("circle", "dot", cx=x(row.value), cy=y, r=5)
        drawing.text(width, y + FONT / 3, value, "end", "label")
        drawing.close()
    return drawing.markup(title, desc)


def timeline(
    spans: Sequence[Span],
    *,
    title: str,
    desc: str = "",
    locale: str | None = None,
    width: float = 640,
) -> Markup:
    """One bar per span on a common axis of seconds, with its duration beside it."""
    if not spans:
        return nothing(title, width)
    finite(v for span in spans for v in (span.start_s, span.end_s))
    if any(span.start_s > span.end_s for span in spans):
        raise ValueError("a span must not end before it starts")
    left = min(MAX_LABEL, max(text_width(span.label) for span in spans)) + 14
    bottom = ROW * len(spans) + 12
    drawing = Drawing(width, bottom + FONT + 12)
    frame = Frame(left, 6, width - 16, bottom)
    low, high = min(s.start_s for s in spans), max(s.end_s for s in spans)
    x = axes.horizontal(drawing, frame, nice_ticks(low, high, 6), locale or get_locale(), "")
    _labels(drawing, [span.label for span in spans], left)
    for index, span in enumerate(spans):
        y = ROW * (index + 0.5) + 8
        start, end = x(span.start_s), x(span.end_s)
        drawing.open(f"is-{span.level}").rect("span", start, y - 7, max(end - start, 2), 14).close()
        text = duration(span.end_s - span.start_s)
        if end + 6 + text_width(text) <= width:
            drawing.text(end + 6, y + FONT / 3, text)
        else:
            drawing.text(start - 6, y + FONT / 3, text, "end")
    return drawing.markup(title, desc)
