"""Which days are worked: weekdays, less holidays, plus the swapped weekends (调休上班).

The years up to ``last_year()`` come from the package ``holidays``, which copies the State Council's notices. Its own
dates for later years are estimates and are not used: an operator enters the notice of such a year as text.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from portal.kit.errors import Invalid, Unavailable
from portal.kit.i18n import _

FIRST_YEAR = 2001
"""The first year whose swapped weekends the package knows."""
TURN = (12, 29)
"""From this day on the notice of the next year decides: it may swap these days for a longer New Year."""
OFF, WORK = "off", "work"


class YearUnknown(Unavailable):
    """The notice of ``year`` is not known here; nothing is counted across its days."""

    code = "working-days-unknown"

    def __init__(self, year: int) -> None:
        super().__init__(
            _(
                "The working days of %(year)s are not known yet: its holiday notice has not been entered.",
                year=year,
            ),
            hint=_(
                "An operator enters the State Council's notice for %(year)s in the list of extra days: "
                "a line “year %(year)s”, then each day off and each swapped weekend.",
                year=year,
            ),
        )
        self.year = year
        del self.headers["Retry-After"]  # only a person can help


@dataclass(frozen=True)
class Extra:
    """What an operator adds: whole ``years`` (their notice is in ``days``), and single days of any year.

    ``days`` says of a day whether it is worked, and wins over everything else.
    """

    years: frozenset[int] = frozenset()
    days: Mapping[dt.date, bool] = field(default_factory=dict)


NOTHING = Extra()


@lru_cache(maxsize=1)
def last_year() -> int:
    """The last year whose notice the installed package holds, without a gap since ``FIRST_YEAR``."""
    # Imported late: it brings the calendars of the whole world, a tenth of the start of a web process.
    from holidays.countries.china import ChinaStaticHolidays

    known = set(ChinaStaticHolidays.special_public_holidays)
    year = FIRST_YEAR
    while year + 1 in known:
        year += 1
    return year


@lru_cache(maxsize=1)
def _official() -> tuple[frozenset[dt.date], frozenset[dt.date]]:
    """Days off and worked weekends of all known years. All years at once: a weekend worked in December is recorded
    with the holiday of the next year it was swapped for."""
    from holidays.countries.china import China

    listed = China(  # type: ignore[no-untyped-call]
        years=range(FIRST_YEAR, last_year() + 1)
    )
    return frozenset(listed), frozenset(listed.weekend_workdays)


def notice_year(day: dt.date) -> int:
    """The year whose notice decides about ``day``."""
    return day.year + 1 if (day.month, day.day) >= TURN else day.year


def is_working(day: dt.date, extra: Extra = NOTHING) -> bool:
    """Whether ``day`` is worked. ``YearUnknown`` where neither the package nor ``extra`` knows its year."""
    if day in extra.days:
        return extra.days[day]
    off, work = _official()
    year = notice_year(day)
    if year in extra.years:
        return day.weekday() < 5
    if not FIRST_YEAR <= year <= last_year():
        raise YearUnknown(year)
    return day in work or (day.weekday() < 5 and day not in off)


def _line(text: str) -> tuple[list[dt.date], bool]:
    words = text.split()
    if len(words) != 2 or words[1] not in {OFF, WORK}:
        raise ValueError(text)
    first, _sep, last = words[0].partition("..")
    start = dt.date.fromisoformat(first)
    end = dt.date.fromisoformat(last) if last else start
    if not start <= end <= start + dt.timedelta(days=60):
        raise ValueError(text)
    return [start + dt.timedelta(days=n) for n in range((end - start).days + 1)], words[1] == WORK


def read(text: str) -> Extra:
    """The extra days of an operator's list; ``Invalid`` names each line that cannot be read (as ``line 3``).

    One entry a line; ``#`` begins a remark::

        year 2027                     # the whole notice of 2027 follows
        2027-01-01..2027-01-03 off
        2027-02-14 work               # a swapped weekend
    """
    years: set[int] = set()
    days: dict[dt.date, bool] = {}
    wrong: dict[str, str] = {}
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.partition("#")[0].strip()
        if not line:
            continue
        word, _sep, rest = line.partition(" ")
        try:
            if word == "year":
                years.add(dt.date(int(rest), 1, 1).year)
                continue
            listed, worked = _line(line)
        except ValueError:
            wrong[f"line {number}"] = _("Not understood: “%(line)s”", line=line[:80])
            continue
        twice = [day for day in listed if days.get(day, worked) != worked]
        if twice:
            wrong[f"line {number}"] = _(
                "%(day)s is both off and worked in this list.", day=twice[0].isoformat()
            )
        days.update(dict.fromkeys(listed, worked))
    if wrong:
        raise Invalid(
            _("The list of extra days has mistakes."),
            hint=_("Write “year 2027”, “2027-10-01 off”, “2027-10-01..2027-10-07 off” or “2027-10-10 work”."),
            fields=wrong,
        )
    return Extra(frozenset(years), days)
