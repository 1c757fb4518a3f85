"""What everybody reads: the list, one notice, the table and the feed."""

from typing import Any

from fastapi.responses import Response

from portal.kit.i18n import _, label
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, public
from portal.kit.text import to_csv
from portal.reviews.publicity import feed, guards, picture, policy, queries
from portal.reviews.publicity.models import OVER, SHOWN, NoticeState, PublicNotice

router = Doors()
TABS = {"": SHOWN, "running": (NoticeState.running,), "over": (*OVER, NoticeState.cancelled)}
MOST_ROWS = 2000


def _asked(req: Context) -> tuple[str, str]:
    tab = req.query.get("tab", "")
    return (tab if tab in TABS else ""), req.query.get("q", "").replace("\x00", "").strip()[:100]


@router.page("/publicity", guard=public)
def listed(req: Req) -> Response:
    """Notices that have begun, the newest first."""
    tab, words = _asked(req)
    page = queries.public_list(
        req.db, TABS[tab], words=words, after=req.query.get("after"), before=req.query.get("before")
    )
    titles = {"": _("All notices"), "running": _("On public notice"), "over": _("Over")}
    return req.page(
        "publicity/list.html",
        page=page,
        q=words,
        tab=tab,
        over=OVER,
        tabs=[
            (titles[name], req.url_with(tab=name or None, after=None, before=None), name == tab)
            for name in TABS
        ],
    )


@router.page("/publicity.csv", guard=public)
def table(req: Req) -> Response:
    """The same as a table; counts of objections once the period is over."""
    tab, words = _asked(req)
    header = (
        "id", "title_zh", "title_en", "state", "put_up", "last_day", "working_days", "objections", "upheld",
        "undecided",
    )  # fmt: skip
    rows = [
        (
            row.id, row.title_zh, row.title_en, row.state.value, row.starts_at.isoformat(timespec="minutes"),
            row.last_day, row.working_days,
            *((row.objections, row.upheld, row.undecided) if row.state in OVER else ("", "", "")),
        )
        for row in queries.public_list(req.db, TABS[tab], words=words, size=MOST_ROWS)
    ]  # fmt: skip
    headers = {"Content-Disposition": 'attachment; filename="public-notices.csv"'}
    return Response(to_csv(header, rows), media_type="text/csv; charset=utf-8", headers=headers)


@router.page("/publicity.atom", guard=public)
def atom(req: Req) -> Response:
    """The newest notices as a feed (RFC 4287)."""
    body = feed.atom(queries.public_list(req.db), req.locale)
    return Response(body, media_type="application/atom+xml; charset=utf-8")


@router.page("/publicity/{id}", guard=guards.notice)
def notice(req: Req) -> Response:
    """One notice: what, until when, how to object, and after the end what became of objections."""
    found: PublicNotice = req.subject
    days = picture.days(found)
    done = policy.shows_results(found)
    counts: dict[Any, int] = queries.counts(req.db, found.id) if done else {}
    return req.page(
        "publicity/detail.html",
        notice=found,
        days=days,
        calendar=picture.calendar(days, _("Days of the notice")) if days else None,
        left=picture.left(found),
        takes=policy.takes_objections(found),
        done=done,
        counts=[(label(state), number) for state, number in sorted(counts.items())],
        total=sum(counts.values()),
        results=queries.results(req.db, found.id) if done else [],
        runs=policy.runs_notices(req.actor),
    )
