"""Integrity by JSON: reporting an approach, and for auditors who was shown names of reviewers."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Query

from portal.kit.answers import problems
from portal.kit.clock import shanghai
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, scope
from portal.reviews.integrity import actions, guards, policy, queries
from portal.reviews.integrity.answers import (
    ApproachList,
    ApproachOut,
    NameViewItem,
    NameViewPage,
    ReportDecisionIn,
    ReportItem,
    ReportOut,
    ReportPage,
)
from portal.reviews.integrity.forms import ApproachForm
from portal.reviews.integrity.models import Approach
from portal.reviews.rounds.queries import basic

router = Doors()
TAGS: list[Any] = ["reviews"]


def _out(row: Approach, number: int | None) -> ApproachOut:
    return ApproachOut(
        id=str(row.id), receipt=row.receipt, submission=number, who=row.who, channel=row.channel.value,
        happened=row.happened.isoformat(), text=row.text, about_secretariat=row.about_secretariat,
        state=row.state.value, reason=row.state_reason, filed_at=shanghai(row.created_at).isoformat(),
    )  # fmt: skip


def _listed(req: Context) -> list[ApproachOut]:
    assert req.actor.id is not None  # noqa: S101 - the guard
    rows = queries.own_reports(req.db, req.actor.id, req.subject.round.id)
    numbers = {one.id: one.number for one in basic.submissions(req.db, req.subject.round.id)} if rows else {}
    return [_out(row, numbers.get(row.submission_id)) for row in rows]


@router.api(
    "GET", "/api/v1/rounds/{id}/approach", guard=scope("read", guards.expert), response_model=ApproachList,
    responses=problems(401, 404), summary="Your reports of an approach in a round", tags=TAGS,
)  # fmt: skip
def mine(req: Req) -> ApproachList:
    """For whoever is or was an expert of the round."""
    return ApproachList(items=_listed(req))


@router.api(
    "POST", "/api/v1/rounds/{id}/approach", guard=scope("write", guards.expert), response_model=ApproachOut,
    status_code=201, responses=problems(401, 404, 409, 422, 429), summary="Report an approach", tags=TAGS,
)  # fmt: skip
def report(req: Req, body: ApproachForm) -> ApproachOut:
    """Somebody tried to influence your review. Read by the secretariat without part in it, and by auditors."""
    made = actions.report(req.db, req.actor, round_id=req.subject.round.id, given=body)
    return _out(made, body.submission)


def _moment(at: Any) -> str | None:
    return shanghai(at).isoformat() if at is not None else None


def _page(page: Any, rows: Sequence[Any]) -> ReportPage:
    items = [
        ReportItem(
            id=str(row.id), round=str(row.round_id), round_title_zh=row.title_zh, round_title_en=row.title_en,
            state=row.state.value, about_secretariat=row.about_secretariat, escalated=row.escalated,
            filed_at=shanghai(row.created_at).isoformat(), deadline_at=_moment(row.deadline_at),
        )
        for row in rows
    ]  # fmt: skip
    return ReportPage(items=items, before=page.before, after=page.after)


@router.api(
    "GET", "/api/v1/rounds/{id}/approaches", guard=scope("read", guards.office), response_model=ReportPage,
    responses=problems(401, 404, 422), summary="Reports of an approach in a round", tags=TAGS,
)  # fmt: skip
def in_round(
    req: Req,
    after: Annotated[str | None, Query(description="Cursor of the next page.")] = None,
    before: Annotated[str | None, Query(description="Cursor of the page before.")] = None,
) -> ReportPage:
    """For the secretariat, without names and texts: those in which it has no part."""
    page = queries.reports_of(req.db, req.subject.round.id, after=after, before=before)
    return _page(page, policy.open_to(req.subject.standing, page))


@router.api(
    "GET", "/api/v1/approaches", guard=scope("read", guards.auditor), response_model=ReportPage,
    responses=problems(401, 403, 422), summary="Reports of an approach in all rounds", tags=TAGS,
)  # fmt: skip
def everywhere(
    req: Req,
    done: Annotated[bool, Query(description="Those that are over instead, the newest first.")] = False,
    after: Annotated[str | None, Query(description="Cursor of the next page.")] = None,
    before: Annotated[str | None, Query(description="Cursor of the page before.")] = None,
) -> ReportPage:
    """For auditors, without names and texts; none of one's own."""
    page = queries.reports(req.db, done=done, after=after, before=before)
    return _page(page, [row for row in page if row.account_id != req.actor.id])


def _report(req: Context, found: guards.Reported) -> ReportOut:
    row = found.report
    about = basic.submission(req.db, row.submission_id) if row.submission_id is not None else None
    own = row.account_id == req.actor.id
    return ReportOut(
        **_out(row, about.number if about is not None else None).model_dump(), round=str(found.round.id),
        escalated=row.escalated, deadline_at=_moment(row.deadline_at),
        reporter="" if own else queries.reporter(req.db, row.id), may_decide=found.handles_as is not None,
    )  # fmt: skip


@router.api(
    "GET", "/api/v1/rounds/{id}/approach/{report}", guard=scope("read", guards.reported),
    response_model=ReportOut, responses=problems(401, 404), summary="One report of an approach", tags=TAGS,
)  # fmt: skip
def one(req: Req) -> ReportOut:
    """For its author, and for those who decide; nobody else knows of it."""
    return _report(req, req.subject)


@router.api(
    "POST", "/api/v1/rounds/{id}/approach/{report}/decision", guard=scope("write", guards.reported),
    response_model=ReportOut, responses=problems(401, 403, 404, 409), summary="Decide a report of an approach",
    tags=TAGS,
)  # fmt: skip
def decide(req: Req, body: ReportDecisionIn) -> ReportOut:
    """Take it up, confirm the approach or not: for those without part in what it may be about."""
    key = req.subject.report.id
    if body.decision == "examine":
        actions.examine(req.db, req.actor, report_id=key)
    else:
        actions.decide(req.db, req.actor, report_id=key, upheld=body.decision == "uphold", reason=body.reason)
    req.db.flush()  # what was just done is read again
    return _report(req, guards.reported(req))


@router.api(
    "GET", "/api/v1/rounds/{id}/names-log", guard=scope("read", guards.log), response_model=NameViewPage,
    responses=problems(401, 404, 422), summary="Who was shown names of reviewers", tags=TAGS,
)  # fmt: skip
def names_log(
    req: Req,
    after: Annotated[str | None, Query(description="Cursor of the next page.")] = None,
    before: Annotated[str | None, Query(description="Cursor of the page before.")] = None,
) -> NameViewPage:
    """50 a page, newest first: for auditors, and the member of the secretariat that made the round."""
    page = queries.views(req.db, req.subject.id, after=after, before=before)
    items = [
        NameViewItem(
            at=shanghai(row.at).isoformat(timespec="seconds"),
            who=row.actor_name,
            door=row.door,
            submission=row.number,
        )
        for row in page
    ]
    return NameViewPage(items=items, before=page.before, after=page.after)
