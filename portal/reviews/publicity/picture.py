"""A small calendar of a notice's period: its days by weeks, which of them are worked, and which is today."""

import datetime as dt
from dataclasses import dataclass

from markupsafe import Markup

from portal.kit.charts.svg import Drawing
from portal.kit.clock import now, shanghai
from portal.kit.i18n import _
from portal.reviews.publicity.models import NoticeState, PublicNotice

ONE = dt.timedelta(days=1)
WIDE, HIGH, TOP = 76.0, 34.0, 22.0


@dataclass(frozen=True)
class Day:
    """One day of the period. ``part``: ``start`` (not counted), ``work``, ``off``."""

    day: dt.date
    part: str
    today: bool

    @property
    def label(self) -> str:
        """What the day is, in the language of the request."""
        return {
            "start": _("put up, not counted"),
            "work": _("working day"),
            "off": _("day off"),
        }[self.part]


def days(notice: PublicNotice) -> list[Day]:
    """From the day on which the notice was put up to its last one; empty for a draft."""
    if notice.starts_at is None or notice.last_day is None:
        return []
    first, today = shanghai(notice.starts_at).date(), shanghai(now()).date()
    off = set(notice.days_off)
    found = []
    for n in range((notice.last_day - first).days + 1):
        day = first + ONE * n
        part = "start" if n == 0 else "off" if day.isoformat() in off else "work"
        found.append(Day(day, part, day == today))
    return found


def left(notice: PublicNotice) -> int | None:
    """Working days left of a running notice, today among them where it is one; None for others."""
    if notice.state is not NoticeState.running:
        return None
    today = shanghai(now()).date()
    return sum(each.part == "work" and each.day >= today for each in days(notice))


def calendar(shown: list[Day], title: str) -> Markup:
    """The days by weeks, Monday first. The table of the same days stands beside it."""
    monday = shown[0].day - ONE * shown[0].day.weekday()
    weeks = (shown[-1].day - monday).days // 7 + 1
    drawing = Drawing(7 * WIDE + 4, TOP + weeks * HIGH + 4)
    names = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
    for n, name in enumerate(names):
        drawing.text((n + 0.5) * WIDE, TOP - 8, name, "middle")
    for each in shown:
        week, weekday = divmod((each.day - monday).days, 7)
        x, y = weekday * WIDE + 3, TOP + week * HIGH + 2
        if each.part == "work":
            drawing.rect("area", x, y, WIDE - 6, HIGH - 4)
        drawing.rect("stroke" if each.today else "grid", x, y, WIDE - 6, HIGH - 4)
        css = "label" if each.part == "work" else ""
        drawing.text(x + WIDE / 2 - 3, y + 20, f"{each.day:%m-%d}", "middle", css)
    return drawing.markup(title)
