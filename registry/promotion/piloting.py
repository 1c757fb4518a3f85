"""What the pages of pilots show: reports, and indicators over time as drawings with their tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from markupsafe import Markup

from portal.kit.charts import Series, lines
from portal.kit.i18n import _, label
from registry.promotion.actions.sites import standing_reports
from registry.promotion.forms import Indicator, Rules
from registry.promotion.models import PromotionReport, PromotionSite, SiteVerdict
from registry.promotion.wording import BETTER

MOST_LINES = 4
PERIOD = 30
"""Days over which many sites are taken together."""
HEADER = (
    "site", "division", "report", "replaces", "stands", "from", "to", "severity", "use", "effect", "incidents",
)  # fmt: skip


@dataclass(frozen=True)
class Point:
    """What one report says of one indicator."""

    site: str
    day: int
    """Days from the beginning of the site's pilot to the end of the period."""
    report: PromotionReport
    value: float


@dataclass(frozen=True)
class Figure:
    """An indicator over time."""

    title: str
    note: str
    drawing: Markup
    points: Sequence[Point]
    unit: str


def _plain(value: float) -> str:
    """A number as it was typed, as far as six digits go."""
    return f"{value:g}"


def direction(indicator: Indicator) -> str:
    """Which way is good, in words."""
    return _(BETTER[indicator.better])


def named(indicator: Indicator, locale: str) -> str:
    """An indicator with its unit."""
    return indicator.title(locale) + (f" ({indicator.unit})" if indicator.unit else "")


def figures(
    rules: Rules, sites: Sequence[PromotionSite], rows: Mapping[Any, list[PromotionReport]], locale: str
) -> list[Figure]:
    """One for every indicator of the rules that somebody reported, from the reports that stand."""
    found = []
    for indicator in rules.pilot.indicators:
        points = [
            Point(site.node, (row.to_on - site.from_on).days, row, float(row.measured[indicator.code]))
            for site in sites
            for row in sorted(standing_reports(rows.get(site.id, [])), key=lambda each: each.to_on)
            if indicator.code in row.measured
        ]
        if points:
            found.append(_figure(indicator, points, locale))
    return found


def _figure(indicator: Indicator, points: Sequence[Point], locale: str) -> Figure:
    title = named(indicator, locale)
    values = [point.value for point in points]
    desc = _(
        "%(n)s reports of %(sites)s sites; lowest %(low)s, highest %(high)s.",
        n=len(points), sites=len({point.site for point in points}), low=_plain(min(values)), high=_plain(max(values)),
    )  # fmt: skip
    drawing = lines(
        _series(points), title=title, desc=desc, x_label=_("Days since the pilot began"), unit=indicator.unit
    )
    return Figure(title, f"{direction(indicator)} {desc}", drawing, points, indicator.unit)


def _series(points: Sequence[Point]) -> list[Series]:
    """A line for every site; more than four are taken together by thirty days: highest, mean and lowest."""
    names = list(dict.fromkeys(point.site for point in points))
    if len(names) <= MOST_LINES:
        return [Series(name, _path(point for point in points if point.site == name)) for name in names]
    together: dict[int, list[float]] = {}
    for point in points:
        together.setdefault(point.day // PERIOD, []).append(point.value)
    days = sorted(together)
    return [
        Series(words, [((day + 1.0) * PERIOD, take(together[day])) for day in days])
        for words, take in ((_("highest"), max), (_("mean"), fmean), (_("lowest"), min))
    ]


def _path(points: Any) -> list[tuple[float, float]]:
    """In ascending order, a later report of the same day in the place of an earlier one."""
    return sorted({float(point.day): point.value for point in points}.items())


def by_site(rows: Sequence[PromotionReport]) -> dict[Any, list[PromotionReport]]:
    """The reports of each site."""
    found: dict[Any, list[PromotionReport]] = {}
    for row in rows:
        found.setdefault(row.site_id, []).append(row)
    return found


def report_lines(
    rules: Rules, rows: Sequence[PromotionReport], locale: str, *, incidents: bool
) -> list[dict[str, Any]]:
    """The reports of a site, the newest first. ``incidents``: whether the reader reads what happened in words."""
    stands = {row.number for row in standing_reports(list(rows))}
    return [
        {
            "row": row,
            "stands": row.number in stands,
            "severity": label(row.severity),
            "level": row.severity.level,
            "incidents": row.incidents if incidents else "",
            "values": [
                (named(each, locale), _plain(float(row.measured[each.code])))
                for each in rules.pilot.indicators
                if each.code in row.measured
            ],
        }
        for row in reversed(rows)
    ]


def table(
    rules: Rules, sites: Sequence[PromotionSite], rows: Mapping[Any, list[PromotionReport]], *, incidents: Any
) -> tuple[list[str], list[list[Any]]]:
    """Header and lines of the CSV. ``incidents``: a function that says of a site whether its incidents are told."""
    codes = [each.code for each in rules.pilot.indicators]
    header = [*HEADER, *codes]
    found = []
    for site in sites:
        reports = rows.get(site.id, [])
        stands = {row.number for row in standing_reports(reports)}
        for row in reports:
            words = row.incidents if incidents(site) else ""
            found.append(
                [
                    site.node, site.division, row.number, row.replaces or "", "yes" if row.number in stands else "no",
                    row.from_on.isoformat(), row.to_on.isoformat(), row.severity.value, row.use, row.effect, words,
                    *(row.measured.get(code, "") for code in codes),
                ]
            )  # fmt: skip
    return header, found


def verdict(site: PromotionSite) -> tuple[str, str]:
    """The finding about a site, or its state, with the level of its tag."""
    if site.verdict:
        found = SiteVerdict(site.verdict)
        return label(found), found.level
    return label(site.state), site.state.level
