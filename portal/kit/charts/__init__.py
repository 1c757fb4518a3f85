"""Charts drawn on the server as SVG: no script, no style attribute, one accessible name and description each.

Every function returns ``Markup`` that a page shows inside ``ui.figure`` above a table with the same numbers.
Values must be finite (``ValueError`` otherwise: callers decide what a missing value means, drawings do not).
Without data a small drawing says so.
"""

from portal.kit.charts.bars import bar, histogram, stacked
from portal.kit.charts.curves import Series, lines, sparkline
from portal.kit.charts.rows import IntervalRow, Span, interval_dots, timeline

__all__ = [
    "IntervalRow",
    "Series",
    "Span",
    "bar",
    "histogram",
    "interval_dots",
    "lines",
    "sparkline",
    "stacked",
    "timeline",
]
