"""Charts of reviews, drawn on the server with the kit's SVG writer. Words come from the caller, in the page's language.

Every drawing has a name, a ``<title>`` per row and goes above a table of the same numbers (``ui.figure``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from portal.kit.charts import axes
from portal.kit.charts.axes import Frame
from portal.kit.charts.scale import FONT, Scale, finite, fit, nice_ticks, text_width
from portal.kit.charts.svg import Drawing, nothing
from portal.kit.formats import number
from portal.kit.i18n import get_locale
from portal.reviews.estimates.results import Calibration, Group

ROW, COLUMNS = 28.0, 76.0
MAX_LABEL = 230.0
MOST_ROWS = 200
"""A longer list is paged by the caller."""
FEWEST_SHOWN = 5
"""Distributions of fewer reviews are not shown: they would tell who marked what."""
COLOURS = {Group.IN: "s1", Group.UNDECIDED: "s2", Group.OUT: "s4"}


@dataclass(frozen=True)
class ScoreRow:
    """A submission's adjusted score with its interval, its plain mean, and its group."""

    label: str
    score: float
    low: float
    high: float
    mean: float
    group: Group


@dataclass(frozen=True)
class Distribution:
    """How many reviews gave each level of one criterion; levels from the worst to the best."""

    label: str
    levels: Sequence[tuple[str, int]]

    @property
    def reviews(self) -> int:
        """How many reviews these are."""
        return sum(count for _level, count in self.levels)

    @property
    def shown(self) -> Sequence[tuple[str, int]] | None:
        """The levels, or None where they are too few reviews to be shown. Tables beside the chart take this too."""
        return self.levels if self.reviews >= FEWEST_SHOWN else None


def _label_width(labels: Sequence[str]) -> float:
    return min(MAX_LABEL, max(map(text_width, labels))) + 14


def _dot(drawing: Drawing, group: Group, x: float, y: float) -> None:
    """Groups differ in shape as well as in colour: full, diamond, hollow."""
    if group is Group.UNDECIDED:
        drawing.add("path", "fill", d=f"M{x:.1f} {y - 6:.1f}l6 6l-6 6l-6 -6z")
    else:
        drawing.add("circle", "fill" if group is Group.IN else "stroke", cx=x, cy=y, r=5)


def _key(drawing: Drawing, names: Mapping[Group, str], mean_name: str, x: float) -> None:
    """What the shapes mean, along the top."""
    for group, name in names.items():
        drawing.open(COLOURS[group])
        _dot(drawing, group, x + 6, 10)
        drawing.close().text(x + 18, 10 + FONT / 3, name, css="label")
        x += 18 + text_width(name) + 20
    drawing.line("axis", x + 6, 4, x + 6, 16).text(x + 18, 10 + FONT / 3, mean_name, css="label")


def _bands(drawing: Drawing, rows: Sequence[ScoreRow], left: float, right: float, top: float) -> None:
    """A tinted band behind each run of rows of one group."""
    start = 0
    for index in range(1, len(rows) + 1):
        if index == len(rows) or rows[index].group is not rows[start].group:
            drawing.open(COLOURS[rows[start].group])
            drawing.rect("area", left, top + ROW * start, right - left, ROW * (index - start)).close()
            start = index


def score_intervals(
    rows: Sequence[ScoreRow],
    *,
    title: str,
    names: Mapping[Group, str],
    mean_name: str,
    unit: str = "",
    desc: str = "",
    locale: str | None = None,
    width: float = 640,
) -> Markup:
    """One row per submission in the order given: adjusted score with interval, a tick at the plain mean, and the
    groups as bands. ``names`` are the groups' words. At most ``MOST_ROWS`` rows."""
    if not rows:
        return nothing(title, width)
    if len(rows) > MOST_ROWS:
        raise ValueError(f"at most {MOST_ROWS} rows are drawn at once")
    values = finite(v for row in rows for v in (row.low, row.score, row.high, row.mean))
    if any(row.low > row.high for row in rows):
        raise ValueError("an interval must not end before it starts")
    left = _label_width([row.label for row in rows])
    shown = [number(row.score, 2) for row in rows]
    right = width - max(map(text_width, shown)) - 16
    top = axes.LEGEND + 6
    bottom = top + ROW * len(rows) + 4
    drawing = Drawing(width, bottom + FONT + 12 + (FONT + 6 if unit else 0))
    _bands(drawing, rows, left, right, top)
    _key(drawing, names, mean_name, 0)
    frame = Frame(left, top, right, bottom)
    x = axes.horizontal(drawing, frame, nice_ticks(min(values), max(values)), locale or get_locale(), unit)
    for index, (row, value) in enumerate(zip(rows, shown, strict=True)):
        y = top + ROW * (index + 0.5)
        drawing.open(COLOURS[row.group])
        low, high = number(row.low, 2), number(row.high, 2)
        drawing.add("title", "", f"{row.label}: {value} ({low} – {high}), {mean_name} {number(row.mean, 2)}, "
                    f"{names[row.group]}")  # fmt: skip
        _whisker(drawing, x(row.low), x(row.high), y)
        drawing.line("axis", x(row.mean), y - 7, x(row.mean), y + 7)
        _dot(drawing, row.group, x(row.score), y)
        drawing.text(0, y + FONT / 3, fit(row.label, left - 12), css="label")
        drawing.text(width, y + FONT / 3, value, "end", "label").close()
    return drawing.markup(title, desc)


def _whisker(drawing: Drawing, low: float, high: float, y: float) -> None:
    drawing.add(
        "path", "stroke", d=f"M{low:.1f} {y - 4:.1f}v8M{low:.1f} {y:.1f}H{high:.1f}M{high:.1f} {y - 4:.1f}v8"
    )


@dataclass(frozen=True)
class CalibrationWords:
    """The words of one reviewer's chart."""

    severity: str
    stricter: str
    milder: str
    own_spread: str
    typical_spread: str
    withheld: str
    """Said where there are too few reviews to compare."""


def calibration(
    one: Calibration,
    *,
    title: str,
    words: CalibrationWords,
    desc: str = "",
    locale: str | None = None,
    width: float = 640,
) -> Markup:
    """One reviewer's severity against zero (nobody's), and the spread of the own scores beside the usual one.

    For the page of that reviewer alone. What the calibration withholds is said in words.
    """
    spreads = [(words.own_spread, one.spread), (words.typical_spread, one.typical_spread)]
    left = _label_width([words.severity, words.own_spread, words.typical_spread])
    drawing = Drawing(width, 200)
    frame = Frame(left, 22, width - 30, 56)
    drawing.text(0, 39 + FONT / 3, fit(words.severity, left - 12), css="label")
    if one.severity is None or one.low is None or one.high is None:
        drawing.text(left, 39 + FONT / 3, fit(words.withheld, width - left))
    else:
        ends = finite((one.low, one.severity, one.high))
        far = max(map(abs, ends)) or 1.0
        x = axes.horizontal(drawing, frame, nice_ticks(-far, far, 6), locale or get_locale(), "")
        drawing.line("axis", x(0), frame.top, x(0), frame.bottom)
        drawing.text(frame.left, 12, words.stricter).text(frame.right, 12, words.milder, "end")
        drawing.open("s1").add("title", "", f"{words.severity}: {_signed(one.severity)} "
                               f"({_signed(one.low)} – {_signed(one.high)})")  # fmt: skip
        _whisker(drawing, x(one.low), x(one.high), 39)
        drawing.add("circle", "fill", cx=x(one.severity), cy=39, r=5).close()
    known = finite(value for _name, value in spreads if value is not None)
    scale = Scale(0, max(known, default=0.0) or 1.0, left, width - 90)
    for index, (name, value) in enumerate(spreads):
        y = 116 + 40 * index
        drawing.text(0, y + 9 + FONT / 3, fit(name, left - 12), css="label")
        if value is None:
            drawing.text(left, y + 9 + FONT / 3, fit(words.withheld, width - left))
            continue
        text = number(value, 2)
        drawing.open(f"s{index + 1}").add("title", "", f"{name}: {text}")
        drawing.rect("fill", left, y, scale(value) - left, 18).close()
        drawing.text(scale(value) + 8, y + 9 + FONT / 3, text, css="label")
    return drawing.markup(title, desc)


def _signed(value: float) -> str:
    return ("+" if value > 0 else "") + number(value, 2)


def distributions(
    rows: Sequence[Distribution], *, title: str, withheld: str, desc: str = "", width: float = 640
) -> Markup:
    """Small columns per criterion: how many reviews gave each level. ``withheld`` stands where there are too few."""
    if not rows:
        return nothing(title, width)
    if any(count < 0 for row in rows for _level, count in row.levels):
        raise ValueError("a count is not negative")
    left = _label_width([row.label for row in rows])
    drawing = Drawing(width, COLUMNS * len(rows) + 8)
    for index, row in enumerate(rows):
        base = COLUMNS * (index + 1) - 16
        drawing.text(0, base - 14, fit(row.label, left - 12), css="label")
        drawing.line("axis", left, base, width - 4, base)
        if row.shown is None:
            drawing.text(left, base - 14, fit(withheld, width - left))
            continue
        _columns(drawing, row.shown, row.label, Frame(left, base - 44, width - 4, base))
    return drawing.markup(title, desc)


def _columns(drawing: Drawing, levels: Sequence[tuple[str, int]], label: str, frame: Frame) -> None:
    slot = (frame.right - frame.left) / len(levels)
    y = Scale(0, max(count for _level, count in levels), frame.bottom, frame.top)
    thick = min(slot * 0.64, 48)
    for index, (level, count) in enumerate(levels):
        middle = frame.left + slot * (index + 0.5)
        drawing.open("s1").add("title", "", f"{label}, {level}: {count}")
        if count:
            drawing.rect("fill", middle - thick / 2, y(count), thick, frame.bottom - y(count))
        drawing.close()
        drawing.text(middle, y(count) - 4, str(count), "middle", "label")
        drawing.text(middle, frame.bottom + FONT + 1, fit(level, slot - 4), "middle")


@dataclass(frozen=True)
class MarkRow:
    """One criterion: its levels from the worst to the best, the own marks at other submissions, the own mark here, and
    the marks of others here, as far as the reader sees them."""

    label: str
    levels: Sequence[float]
    own: Sequence[float]
    here: float | None
    others: Sequence[float] = ()


def own_marks(
    rows: Sequence[MarkRow],
    *,
    title: str,
    own: str,
    here: str,
    others: str,
    desc: str = "",
    width: float = 640,
) -> Markup:
    """A row of dots per criterion: hollow ones for own marks elsewhere, a full one for the own mark here, and below
    them diamonds for those of others. Several at one level are one dot with their number."""
    if not rows:
        return nothing(title, width)
    lanes = 2 if any(row.others for row in rows) else 1
    high = 22.0 * lanes + 26
    left = _label_width([row.label for row in rows])
    drawing = Drawing(width, axes.LEGEND + high * len(rows) + 4)
    names = [(own, "own"), (here, "here"), *([(others, "others")] if lanes == 2 else [])]
    x = 0.0
    for name, kind in names:
        _mark(drawing, kind, x + 6, 10)
        drawing.text(x + 18, 10 + FONT / 3, name, css="label")
        x += 18 + text_width(name) + 20
    for index, row in enumerate(rows):
        top = axes.LEGEND + high * index
        _marks(drawing, row, (own, here, others), Frame(left, top, width - 4, top + 22 * lanes + 4))
    return drawing.markup(title, desc)


def _mark(drawing: Drawing, kind: str, x: float, y: float) -> None:
    drawing.open("s2" if kind == "others" else "s1")
    if kind == "others":
        drawing.add("path", "fill", d=f"M{x:.1f} {y - 6:.1f}l6 6l-6 6l-6 -6z")
    else:
        drawing.add("circle", "fill" if kind == "here" else "stroke", cx=x, cy=y, r=5)
    drawing.close()


def _marks(drawing: Drawing, row: MarkRow, names: tuple[str, str, str], frame: Frame) -> None:
    slot = (frame.right - frame.left) / max(1, len(row.levels))
    drawing.text(0, frame.bottom - 8, fit(row.label, frame.left - 12), css="label")
    drawing.line("axis", frame.left, frame.bottom, frame.right, frame.bottom)
    for index, level in enumerate(row.levels):
        x = frame.left + slot * (index + 0.5)
        drawing.text(x, frame.bottom + FONT + 1, f"{level:g}", "middle")
        counts = (sum(mark == level for mark in row.own), int(row.here == level), row.others.count(level))
        beside = -16 if counts[0] else 0  # both at one level stand side by side
        for name, kind, count, shift, lane in zip(
            names, ("own", "here", "others"), counts, (0, beside, 0), (0, 0, 1), strict=True
        ):
            if not count:
                continue
            y = frame.top + 14 + 22 * lane
            drawing.open("").add("title", "", f"{row.label}, {level:g}, {name}: {count}")
            _mark(drawing, kind, x + shift, y)
            if count > 1:
                drawing.text(x + shift + 9, y + FONT / 3, str(count), css="label")
            drawing.close()
