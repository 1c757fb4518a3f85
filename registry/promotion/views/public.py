"""What everybody reads: promotions by stage, the national list, one promotion; and the work list of staff."""

from typing import Any

from fastapi.responses import Response

from portal.kit.i18n import _, label
from portal.kit.pages import Req
from portal.kit.routes import Doors, public
from portal.kit.text import to_csv
from registry.promotion import feed, guards, policy, shown
from registry.promotion.models import TRACK, Stage
from registry.promotion.queries import promotions as queries

router = Doors()
MOST_ROWS = 2000
FEED_ROWS = 100
TABS = {
    "": tuple(stage for stage in TRACK if stage is not Stage.national),
    "suspended": (Stage.suspended,),
    "national": (Stage.national,),
}  # fmt: skip


def _wanted(query: Any) -> dict[str, Any]:
    stage = query.get("stage", "")
    return {
        "stage": Stage(stage) if stage in set(Stage) else None,
        "words": query.get("q", "").replace("\x00", "").strip()[:100],
    }


@router.page("/promotions", guard=public)
def listed(req: Req) -> Response:
    """Promotions, what moved last first."""
    wanted = _wanted(req.query)
    page = queries.listed(
        req.db, req.actor, **wanted, after=req.query.get("after"), before=req.query.get("before")
    )
    return req.page(
        "promotion/list.html",
        page=page,
        wanted=wanted,
        rows=[(row, shown.title(row, req.locale)) for row in page],
        stages=[(each.value, label(each)) for each in Stage],
        desk=policy.is_staff(req.actor),
    )


@router.page("/promotions.csv", guard=public)
def table(req: Req) -> Response:
    """The same as a table."""
    return _csv(queries.listed(req.db, req.actor, **_wanted(req.query), size=MOST_ROWS), "promotions.csv")


def _csv(rows: Any, name: str) -> Response:
    header = ("asset", "version", "title", "kind", "owner", "stage", "since", "sha256", "rules", "demo", "id")
    lines = [
        (
            f"{row.namespace}/{row.name}", row.version, row.title, row.kind.value, row.owner, row.stage.value,
            row.stage_at.isoformat(timespec="minutes"), row.version_digest, f"{row.profile}/{row.profile_number}",
            "demo" if row.demo else "", row.id,
        )
        for row in rows
    ]  # fmt: skip
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(to_csv(header, lines), media_type="text/csv; charset=utf-8", headers=headers)


@router.page("/promotions/national", guard=public)
def national(req: Req) -> Response:
    """The national list: what is promoted nationally now."""
    words = _wanted(req.query)["words"]
    page = queries.listed(
        req.db, req.actor, stage=Stage.national, words=words, after=req.query.get("after"),
        before=req.query.get("before"),
    )  # fmt: skip
    return req.page(
        "promotion/national.html",
        page=page,
        words=words,
        rows=[(row, shown.title(row, req.locale)) for row in page],
    )


@router.page("/promotions/national.csv", guard=public)
def national_table(req: Req) -> Response:
    """The same as a table."""
    words = _wanted(req.query)["words"]
    rows = queries.listed(req.db, req.actor, stage=Stage.national, words=words, size=MOST_ROWS)
    return _csv(rows, "national.csv")


@router.page("/promotions/national.atom", guard=public)
def national_feed(req: Req) -> Response:
    """The same as a feed."""
    rows = queries.listed(req.db, req.actor, stage=Stage.national, size=FEED_ROWS)
    return Response(feed.atom(rows, req.locale), media_type="application/atom+xml; charset=utf-8")


@router.page("/promotions/queue", guard=guards.desk)
def queue(req: Req) -> Response:
    """What waits for the secretariat and the committee, the nearest deadline first."""
    tab = req.query.get("tab", "")
    tab = tab if tab in TABS else ""
    page = queries.queue(req.db, TABS[tab], after=req.query.get("after"), before=req.query.get("before"))
    titles = {"": _("Under way"), "suspended": _("Suspended"), "national": label(Stage.national)}
    return req.page(
        "promotion/queue.html",
        page=page,
        rows=[(row, shown.title(row, req.locale)) for row in page],
        tabs=[
            (titles[name], req.url_with(tab=name or None, after=None, before=None), name == tab)
            for name in TABS
        ],
    )
