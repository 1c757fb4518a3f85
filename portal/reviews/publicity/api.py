"""Public notices and one's own objections by JSON. A token objects in the name of its person, as the page does."""

from typing import Annotated, Any

from fastapi import Query

from portal.kit.answers import problems
from portal.kit.clock import shanghai
from portal.kit.errors import NotFound
from portal.kit.i18n import _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, public, scope, signed_in
from portal.reviews.publicity import guards, parties, policy, queries
from portal.reviews.publicity.actions import notices, objections
from portal.reviews.publicity.answers import (
    CancellationIn,
    FiledOut,
    NoticeItem,
    NoticeOut,
    NoticePage,
    ObjectionDecisionIn,
    ObjectionItem,
    ObjectionList,
    QueueItem,
    QueuePage,
    ResultItem,
)
from portal.reviews.publicity.forms import ObjectionForm
from portal.reviews.publicity.models import OVER, Objection, PublicNotice

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
    return _notice(req, req.subject)


def _run(req: Context) -> PublicNotice:
    """A notice that was put up, for the secretariat."""
    guards.run_notice(req)
    return _begun(req)


@router.api(
    "POST", "/api/v1/publicity/{id}/cancellation", guard=scope("write", _run), response_model=NoticeOut,
    responses=problems(401, 403, 404, 409), summary="Take a public notice back", tags=TAGS,
)  # fmt: skip
def cancel(req: Req, body: CancellationIn) -> NoticeOut:
    """For the secretariat. Open objections end with it; a promotion on notice waits until another is put up."""
    return _notice(req, notices.cancel(req.db, req.actor, notice_id=req.subject.id, reason=body.reason))


def _notice(req: Context, found: PublicNotice) -> NoticeOut:
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


def _moment(at: Any) -> str | None:
    return shanghai(at).isoformat() if at is not None else None


@router.api(
    "GET", "/api/v1/objections", guard=scope("read", guards.handlers), response_model=QueuePage,
    responses=problems(401, 403, 422), summary="Objections that wait to be decided", tags=TAGS,
)  # fmt: skip
def queue(
    req: Req,
    done: Annotated[bool, Query(description="Those that are over instead, the latest first.")] = False,
    after: Annotated[str | None, Query(description="Cursor of the next page.")] = None,
    before: Annotated[str | None, Query(description="Cursor of the page before.")] = None,
) -> QueuePage:
    """For the secretariat and auditors, without names and texts. Who has part in a subject sees none about it."""
    page = queries.queue(req.db, done=done, after=after, before=before)
    items = [
        QueueItem(
            id=str(row.id), notice=str(row.notice_id), notice_title_zh=row.title_zh, notice_title_en=row.title_en,
            ground=row.ground.value, state=row.state.value, escalated=row.escalated,
            filed_at=shanghai(row.created_at).isoformat(), deadline_at=_moment(row.deadline_at),
        )
        for row in parties.without_part(req.db, req.actor.id, page)
    ]  # fmt: skip
    return QueuePage(items=items, before=page.before, after=page.after)


def _filed(req: Context, found: guards.Filed) -> FiledOut:
    row, about = found.objection, found.notice
    who = None if row.account_id == req.actor.id else queries.objection_shown(req.db, row.id)
    return FiledOut(
        **_own(row, about.title_zh, about.title_en).model_dump(), notice=str(about.id), escalated=row.escalated,
        deadline_at=_moment(row.deadline_at), who=who.name if who is not None else "",
        affiliation=who.affiliation if who is not None else "", may_decide=found.handles_as is not None,
    )  # fmt: skip


@router.api(
    "GET", "/api/v1/objections/{id}", guard=scope("read", guards.filed), response_model=FiledOut,
    responses=problems(401, 404), summary="One objection", tags=TAGS,
)  # fmt: skip
def objection(req: Req) -> FiledOut:
    """For whoever filed it, and for those without part in the matter who decide; nobody else knows of it."""
    return _filed(req, req.subject)


@router.api(
    "POST", "/api/v1/objections/{id}/decision", guard=scope("write", guards.filed),
    response_model=FiledOut, responses=problems(401, 403, 404, 409), summary="Decide an objection", tags=TAGS,
)  # fmt: skip
def decide(req: Req, body: ObjectionDecisionIn) -> FiledOut:
    """Take it up, uphold it or not: for those without part in the matter. Withdrawing: for its author."""
    key = req.subject.objection.id
    if body.decision == "withdraw":
        objections.withdraw(req.db, req.actor, objection_id=key, reason=body.reason)
    elif body.decision == "examine":
        objections.examine(req.db, req.actor, objection_id=key)
    else:
        objections.decide(
            req.db, req.actor, objection_id=key, upheld=body.decision == "uphold", reason=body.reason
        )
    req.db.flush()  # what was just done is read again
    return _filed(req, guards.filed(req))


def _own(row: Any, title_zh: str, title_en: str) -> ObjectionItem:
    return ObjectionItem(
        id=str(row.id), receipt=row.id.hex[-10:].upper(), notice_title_zh=title_zh, notice_title_en=title_en,
        ground=row.ground.value, text=row.text, contact=row.contact, state=row.state.value,
        reason=row.state_reason, filed_at=shanghai(row.created_at).isoformat(),
    )  # fmt: skip


@router.api(
    "POST", "/api/v1/publicity/{id}/objections", guard=scope("write", guards.notice_for_member),
    response_model=ObjectionItem, status_code=201, responses=problems(401, 403, 404, 409),
    summary="Object to a public notice", tags=TAGS,
)  # fmt: skip
def object_to(req: Req, body: ObjectionForm) -> ObjectionItem:
    """By name, while the period runs, for members whose identity is confirmed. One open objection at a time."""
    made: Objection = objections.file(req.db, req.actor, notice_id=req.subject.id, given=body)
    return _own(made, req.subject.title_zh, req.subject.title_en)


@router.api(
    "GET", "/api/v1/me/objections", guard=scope("read", signed_in), response_model=ObjectionList,
    responses=problems(401), summary="Your objections", tags=TAGS,
)  # fmt: skip
def mine(req: Req) -> ObjectionList:
    """Newest first, at most 100."""
    assert req.actor.id is not None  # noqa: S101 - the guard
    rows = queries.filed_by(req.db, req.actor.id)
    return ObjectionList(items=[_own(row, row.title_zh, row.title_en) for row in rows])
