"""Downloads of an asset by day: a page with a chart, CSV and JSON."""

import datetime as dt
from typing import Any

from fastapi.responses import Response
from markupsafe import Markup
from pydantic import BaseModel, ConfigDict

from portal.kit.answers import problems
from portal.kit.charts import Series, lines
from portal.kit.clock import now, shanghai
from portal.kit.i18n import _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, scope
from portal.kit.text import to_csv
from registry.assets.fragments import draw
from registry.assets.guards import readable_asset
from registry.assets.panels import DOORS
from registry.versions import queries

router = Doors()
DAYS = 90
BASE = "/assets/{ns}/{name}"


class DayAnswer(BaseModel):
    """A day in Asia/Shanghai: readers (each once), and programs (each once)."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"day": "2026-11-20", "readers": 4, "automated": 31}}
    )

    day: str
    readers: int
    automated: int


def by_day(req: Context) -> list[tuple[dt.date, int, int]]:
    """The last ninety days, today last, days without downloads included."""
    today = shanghai(now()).date()
    first = today - dt.timedelta(days=DAYS - 1)
    found = {row.day: row for row in queries.downloads_by_day(req.db, req.subject.id, first)}
    days = [first + dt.timedelta(days=n) for n in range(DAYS)]
    return [(day, found[day].readers, found[day].automated) if day in found else (day, 0, 0) for day in days]


@router.page(f"{BASE}/downloads", guard=readable_asset)
def page(req: Req) -> Response:
    """The chart with its table."""
    days = by_day(req)
    title = _("Downloads of the last %(n)s days", n=DAYS)
    series = [
        Series(_("Readers"), [(float(n - DAYS + 1), float(day[1])) for n, day in enumerate(days)]),
        Series(_("Automated"), [(float(n - DAYS + 1), float(day[2])) for n, day in enumerate(days)]),
    ]
    readers, automated = sum(day[1] for day in days), sum(day[2] for day in days)
    desc = _("%(readers)s by readers, %(automated)s automated.", readers=readers, automated=automated)
    return req.page(
        "versions/downloads.html",
        asset=req.subject,
        here_url=f"/assets/{req.subject.namespace}/{req.subject.name}",
        title=title,
        chart=lines(series, title=title, desc=desc, x_label=_("Days from today")),
        days=[day for day in reversed(days) if day[1] or day[2]],
        readers=readers,
        automated=automated,
    )


@router.page(f"{BASE}/downloads.csv", guard=readable_asset)
def export(req: Req) -> Response:
    """The same ninety days as CSV."""
    header = [_("Day"), _("Readers"), _("Automated")]
    rows = [[day.isoformat(), readers, automated] for day, readers, automated in by_day(req)]
    headers = {"Content-Disposition": 'attachment; filename="downloads.csv"'}
    return Response(to_csv(header, rows), media_type="text/csv; charset=utf-8", headers=headers)


@router.api(
    "GET", f"/api/v1{BASE}/downloads", guard=scope("read", readable_asset), response_model=list[DayAnswer],
    responses=problems(404), summary="Downloads of an asset by day", tags=["assets"],
)  # fmt: skip
def by_json(req: Req) -> list[DayAnswer]:
    """The last ninety days, oldest first."""
    return [
        DayAnswer(day=day.isoformat(), readers=readers, automated=automated)
        for day, readers, automated in by_day(req)
    ]


def door(_req: Context, asset: Any) -> Markup:
    """The way to the statistics, in the head of the asset's page."""
    return draw("versions/_downloads_door.html", asset=asset)


DOORS.register("downloads", 20, door)
