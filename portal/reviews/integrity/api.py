"""Integrity by JSON: reporting an approach, and for auditors who was shown names of reviewers."""

from typing import Annotated, Any

from fastapi import Query

from portal.kit.answers import problems
from portal.kit.clock import shanghai
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, scope
from portal.reviews.integrity import actions, guards, queries
from portal.reviews.integrity.answers import ApproachList, ApproachOut, NameViewItem, NameViewPage
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
