"""Public notices by JSON. Objecting takes a person at the page: it is done by name."""

from typing import Annotated, Any

from fastapi import Query

from portal.kit.answers import problems
from portal.kit.clock import shanghai
from portal.kit.errors import NotFound
from portal.kit.i18n import _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, public, scope
from portal.reviews.publicity import guards, policy, queries
from portal.reviews.publicity.answers import NoticeItem, NoticeOut, NoticePage, ResultItem
from portal.reviews.publicity.models import OVER, PublicNotice

router = Doors()
TAGS: list[Any] = ["publicity"]


def _item(row: Any, objections: int | None) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "title_zh": row.title_zh,
        "title_en": row.title_en,
        "state": row.state.value,
        "starts_at": shanghai(row.starts_at).isoformat(),
        "last_day": row.last_day.isoformat(),
        "working_days": row.working_days,
        "objections": objections,
    }


@router.api(
    "GET", "/api/v1/publicity", guard=scope("read", public), response_model=NoticePage,
    responses=problems(422), summary="Public notices", tags=TAGS,
)  # fmt: skip
def listed(
    req: Req,
    q: Annotated[str, Query(max_length=100, description="Part of the title.")] = "",
    after: Annotated[str | None, Query(description="Cursor of the next page.")] = None,
    before: Annotated[str | None, Query(description="Cursor of the page before.")] = None,
) -> NoticePage:
    """20 a page, put up last first."""
    words = q.replace("\x00", "").strip()
    page = queries.public_list(req.db, words=words, after=after, before=before)
    items = [NoticeItem(**_item(row, row.objections if row.state in OVER else None)) for row in page]
    return NoticePage(items=items, before=page.before, after=page.after)


def _begun(req: Context) -> PublicNotice:
    """A notice that was put up; drafts have no place in the API."""
    found = guards.notice(req)
    if found.starts_at is None:
        raise NotFound(_("There is nothing at this address."))
    return found


@router.api(
    "GET", "/api/v1/publicity/{id}", guard=scope("read", _begun), response_model=NoticeOut,
    responses=problems(404), summary="One public notice", tags=TAGS,
)  # fmt: skip
def notice(req: Req) -> NoticeOut:
    """With what became of objections, once the period is over."""
    found: PublicNotice = req.subject
    done = policy.shows_results(found)
    counts = queries.counts(req.db, found.id) if done else {}
    results = queries.results(req.db, found.id) if done else []
    return NoticeOut(
        **_item(found, sum(counts.values()) if done else None),
        body_zh=found.body_zh,
        body_en=found.body_en,
        lines=found.lines,
        days_off=found.days_off,
        state_reason=found.state_reason,
        counts={state.value: number for state, number in counts.items()},
        results=[
            ResultItem(ground=row.ground.value, state=row.state.value, reason=row.state_reason)
            for row in results
        ],
    )
