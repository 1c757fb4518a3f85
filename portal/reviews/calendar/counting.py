"""Deadlines in working days, on the clock of Asia/Shanghai.

As the Civil Code counts (Articles 201 and 203): the day on which a period begins is not counted, and the period ends
with the last day, at 24:00.
"""

import datetime as dt
from dataclasses import dataclass

from portal.kit.clock import SHANGHAI, shanghai
from portal.reviews.calendar.days import NOTHING, Extra, is_working

MOST = 2000
"""Bound of one count, in working days: eight years."""
ONE = dt.timedelta(days=1)


def add_working_days(instant: dt.datetime, count: int, extra: Extra = NOTHING) -> dt.datetime:
    """The same time of day on the ``count``-th working day after the day of ``instant`` (before it, if negative).

    0 gives the instant back, also on a day off. Aware, in Asia/Shanghai. ``ValueError`` for a naive instant or more
    than ``MOST`` days, ``YearUnknown`` where the way leads through a year without notice.
    """
    if abs(count) > MOST:
        raise ValueError(f"at most {MOST} working days are counted")
    local = shanghai(instant)
    day, left, step = local.date(), abs(count), ONE if count > 0 else -ONE
    while left:
        day += step
        left -= is_working(day, extra)
    return dt.datetime.combine(day, local.time(), SHANGHAI)


def working_days_between(start: dt.datetime, end: dt.datetime, extra: Extra = NOTHING) -> int:
    """How many working days lie after the day of ``start`` up to and with the day of ``end``; negative if it is earlier
    (then those before the day of ``start``, from the day of ``end`` on). Undoes ``add_working_days``."""
    first, last = shanghai(start).date(), shanghai(end).date()
    if abs((last - first).days) > 2 * MOST:
        raise ValueError(f"at most {MOST} working days are counted")
    if last >= first:
        return sum(is_working(first + ONE * n, extra) for n in range(1, (last - first).days + 1))
    return -sum(is_working(last + ONE * n, extra) for n in range((first - last).days))


@dataclass(frozen=True)
class Notice:
    """A public notice: its last day counts whole; ``end`` is the midnight after it. Objections are in time before
    ``end``. ``days_off`` are the days between that are not worked, for those who want to check."""

    start: dt.datetime
    last_day: dt.date
    end: dt.datetime
    days_off: tuple[dt.date, ...]


def notice(start: dt.datetime, working_days: int, extra: Extra = NOTHING) -> Notice:
    """A notice of that many whole working days after the day of ``start``; at least one."""
    if working_days < 1:
        raise ValueError("a notice stands for at least one working day")
    first = shanghai(start)
    last = add_working_days(first, working_days, extra).date()
    between = [first.date() + ONE * n for n in range(1, (last - first.date()).days)]
    off = tuple(day for day in between if not is_working(day, extra))
    return Notice(first, last, dt.datetime.combine(last + ONE, dt.time(), SHANGHAI), off)
