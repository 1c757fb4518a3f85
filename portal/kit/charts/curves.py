"""Lines over a numeric axis, and sparklines."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from portal.kit.charts import axes
from portal.kit.charts.axes import Frame
from portal.kit.charts.scale import FONT, Scale, finite, nice_ticks, tick_labels
from portal.kit.charts.svg import Drawing, nothing, points
from portal.kit.i18n import get_locale


@dataclass(frozen=True)
class Series:
    """A named line; points in ascending x."""

    name: str
    points: Sequence[tuple[float, float]]


def _line(drawing: Drawing, path: list[tuple[float, float]], index: int, floor: float | None) -> None:
    drawing.open(f"s{index + 1}")
    if len(path) == 1:
        drawing.add("circle", "fill", cx=path[0][0], cy=path[0][1], r=3)
    else:
        if floor is not None:
            drawing.add("polygon", "area", points=points([(path[0][0], floor), *path, (path[-1][0], floor)]))
        drawing.add("polyline", "stroke", points=points(path), stroke_dasharray=axes.DASHES[index])
    drawing.close()


def lines(
    series: Sequence[Series],
    *,
    title: str,
    desc: str = "",
    x_label: str = "",
    unit: str = "",
    zero: bool = True,
    locale: str | None = None,
    width: float = 640,
    height: float = 240,
) -> Markup:
    """Up to four lines on common axes; ``zero`` keeps zero on the vertical axis, ``unit`` stands above it."""
    drawn = [one for one in series if one.points]
    if not drawn:
        return nothing(title, width)
    if len(drawn) > len(axes.DASHES):
        raise ValueError("a line chart takes up to four series")
    locale = locale or get_locale()
    xs = finite(x for one in drawn for x, _y in one.points)
    ys = finite(y for one in drawn for _x, y in one.points)
    up = (
        nice_ticks(min(0.0, *ys), max(0.0, *ys) or float(not any(ys)))
        if zero
        else nice_ticks(min(ys), max(ys))
    )
    drawing = Drawing(width, height)
    top = 16.0 + (axes.LEGEND if len(drawn) > 1 else 0) + (FONT if unit else 0)
    frame = Frame(
        axes.left_margin(tick_labels(up, locale)),
        top,
        width - 20,
        height - (2 * FONT + 18 if x_label else FONT + 14),
    )
    y = axes.vertical(drawing, frame, up, locale, unit)
    x = axes.horizontal(drawing, frame, nice_ticks(min(xs), max(xs), 8), locale, x_label, grid=False)
    if len(drawn) > 1:
        axes.legend(drawing, [one.name for one in drawn], frame.left, axes.DASHES)
    for index, one in enumerate(drawn):
        _line(
            drawing, [(x(a), y(b)) for a, b in one.points], index, frame.bottom if len(drawn) == 1 else None
        )
    return drawing.markup(title, desc)


def sparkline(
    values: Sequence[float], *, title: str, locale: str | None = None, width: float = 120, height: float = 28
) -> Markup:
    """A line without axes for text and tables; the last value has a dot. ``title`` must say what it shows."""
    del locale  # nothing is written in it; taken so that all charts are called alike
    drawing = Drawing(width, height, "chart spark")
    checked = finite(values)
    if not checked:
        return drawing.line("grid", 2, height / 2, width - 2, height / 2).markup(title)
    y = Scale(min(checked), max(checked), height - 4, 4)
    x = Scale(0, len(checked) - 1, 4, width - 5) if len(checked) > 1 else Scale(0, 0, 4, width - 5)
    path = [(x(index), y(value)) for index, value in enumerate(checked)]
    drawing.open("s1")
    if len(path) > 1:
        drawing.add("polyline", "stroke", points=points(path))
    return drawing.add("circle", "fill", cx=path[-1][0], cy=path[-1][1], r=2.5).close().markup(title)
