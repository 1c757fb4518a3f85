"""What happened to all promotions, step by step, and which gates were ever passed over: for everybody, for ever."""

from typing import Any

from fastapi.responses import Response

from portal.kit.i18n import _, label
from portal.kit.pages import Req
from portal.kit.routes import Doors, public
from portal.kit.text import to_csv
from registry.promotion import shown
from registry.promotion.forms import Rules
from registry.promotion.models import Stage
from registry.promotion.queries import promotions as queries

router = Doors()
MOST_ROWS = 2000
TABS = ("", "votes")


@router.page("/promotions/history", guard=public)
def listed(req: Req) -> Response:
    """Every step, the newest first; ``?tab=votes``: only those that a vote of the committee let pass."""
    tab = req.query.get("tab", "")
    tab = tab if tab in TABS else ""
    page = queries.history(
        req.db,
        req.actor,
        overridden=tab == "votes",
        after=req.query.get("after"),
        before=req.query.get("before"),
    )
    titles = {"": _("Every step"), "votes": _("Passed by vote")}
    return req.page(
        "promotion/history.html",
        page=page,
        rows=[
            {
                "row": row,
                "title": shown.title(row, req.locale),
                "by": shown.role(row.who),
                "old": label(Stage(row.from_stage)) if row.from_stage else "",
                "reason": shown.reason_words(row.reason),
                "override": override_of(row, req.locale),
            }
            for row in page
        ],
        votes=tab == "votes",
        csv="/promotions/history.csv" + (f"?tab={tab}" if tab else ""),
        tabs=[
            (titles[name], req.url_with(tab=name or None, after=None, before=None), name == tab)
            for name in TABS
        ],
    )


def override_of(row: Any, locale: str) -> str:
    """The vote that let a step pass, in words; empty where none was needed."""
    return (
        shown.override_words(row.override, shown.gate_titles(Rules.model_validate(row.rules), locale))
        if row.override
        else ""
    )


@router.page("/promotions/history.csv", guard=public)
def table(req: Req) -> Response:
    """The same as a table."""
    rows = queries.history(req.db, req.actor, overridden=req.query.get("tab") == "votes", size=MOST_ROWS)
    header = (
        "at",
        "asset",
        "version",
        "step",
        "from",
        "to",
        "by",
        "reason",
        "passed_over",
        "for",
        "against",
        "demo",
        "promotion",
    )
    lines = [
        (
            row.at.isoformat(timespec="minutes"), f"{row.namespace}/{row.name}", row.version, row.number,
            row.from_stage, row.stage.value, row.who, shown.reason_words(row.reason),
            " ".join(row.override.get("gates", ())), row.override.get("in_favour", ""), row.override.get("against", ""),
            "demo" if row.demo else "", row.promotion,
        )
        for row in rows
    ]  # fmt: skip
    headers = {"Content-Disposition": 'attachment; filename="promotion-history.csv"'}
    return Response(to_csv(header, lines), media_type="text/csv; charset=utf-8", headers=headers)
