"""Rounds, submissions and one's own invitations by JSON."""

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import Query

from portal.kit.answers import problems
from portal.kit.pages import Req
from portal.kit.routes import Doors, public, scope
from portal.reviews.desk import guards
from portal.reviews.desk.answers import (
    DelayAnswer,
    EvidenceAnswer,
    InvitationAnswer,
    InvitationList,
    PersonAnswer,
    RoundAnswer,
    RoundItem,
    RoundPage,
    SpanAnswer,
    SubmissionAnswer,
    SubmissionItem,
    SubmissionList,
)
from portal.reviews.desk.queries import lists
from portal.reviews.desk.reading import evidence_of, people_of
from portal.reviews.desk.timeline import spans_of
from portal.reviews.rounds import policy
from portal.reviews.rounds.actions import invitations
from portal.reviews.rounds.forms import AnswerForm
from portal.reviews.rounds.models import Invitation, Round, Submission, SubmissionState
from portal.reviews.rounds.queries import basic, running
from portal.reviews.rounds.seen import Seen

router = Doors()
TAGS: list[Any] = ["reviews"]


def _at(value: dt.datetime | None) -> str | None:
    return value.isoformat() if value is not None else None


def _item(row: Round) -> dict[str, Any]:
    return {
        "id": str(row.id), "title_zh": row.title_zh, "title_en": row.title_en, "state": row.state.value,
        "phase": row.phase.value, "deadline_at": _at(row.deadline_at), "public": row.public, "demo": row.demo,
    }  # fmt: skip


@router.api(
    "GET", "/api/v1/rounds", guard=scope("read", public), response_model=RoundPage,
    responses=problems(422), summary="Rounds of review", tags=TAGS,
)  # fmt: skip
def rounds(
    req: Req,
    q: Annotated[str, Query(max_length=100, description="Part of a title.")] = "",
    state: Annotated[
        Literal["", "running", "over", "draft"], Query(description="Drafts: the secretariat.")
    ] = "",
    after: Annotated[str | None, Query(description="Cursor of the next page.")] = None,
    before: Annotated[str | None, Query(description="Cursor of the page before.")] = None,
) -> RoundPage:
    """20 a page, newest first: public rounds and those one has a part in; all of them for the secretariat."""
    wanted = lists.Filter(words=q.replace("\x00", "").strip(), state=state)
    page = lists.page_of(req.db, req.actor, wanted, after=after, before=before)
    return RoundPage(items=[RoundItem(**_item(row[0])) for row in page], before=page.before, after=page.after)


@router.api(
    "GET", "/api/v1/rounds/{id}", guard=scope("read", guards.seen), response_model=RoundAnswer,
    responses=problems(404), summary="One round", tags=TAGS,
)  # fmt: skip
def detail(req: Req) -> RoundAnswer:
    """Rules and dates."""
    seen: Seen = req.subject
    row = seen.round
    spans = spans_of(row, seen.shape, lists.phase_events(req.db, row.id))
    return RoundAnswer(
        **_item(row),
        summary_zh=row.summary_zh,
        summary_en=row.summary_en,
        state_reason=row.state_reason,
        shape=seen.shape.model_dump(mode="json"),
        shape_digest=row.shape_digest,
        timeline=[
            SpanAnswer(
                phase=span.phase.value, begin=span.begin.isoformat(), end=span.end.isoformat(), state=span.state
            )
            for span in spans
        ],
        delays=[
            DelayAnswer(
                phase=each.phase.value, kind=each.kind.value, minutes=each.minutes, reason=each.reason,
                until=each.until.isoformat(),
            )
            for each in running.delays(req.db, row.id)
        ],
    )  # fmt: skip


def _state(seen: Seen, row: Submission) -> str:
    """Whether it was decided is known to the secretariat, and to the others once the round is concluded."""
    known = seen.standing.runs(row.id) or seen.stage.over or row.state is SubmissionState.withdrawn
    return row.state.value if known else SubmissionState.entered.value


def _brief(seen: Seen, row: Submission) -> dict[str, Any]:
    return {"number": row.number, "title": row.title, "panel": row.panel, "state": _state(seen, row)}


@router.api(
    "GET", "/api/v1/rounds/{id}/submissions", guard=scope("read", guards.seen), response_model=SubmissionList,
    responses=problems(404), summary="Submissions of a round", tags=TAGS,
)  # fmt: skip
def submissions(req: Req) -> SubmissionList:
    """Those the reader may read: the own ones, those to review, all that the secretariat runs."""
    seen: Seen = req.subject
    rows = basic.submissions(req.db, seen.round.id) if seen.standing.account_id is not None else []
    return SubmissionList(
        items=[
            SubmissionItem(**_brief(seen, row))
            for row in rows
            if policy.sees_submission(seen.standing, row.id, seen.stage)
        ]
    )


@router.api(
    "GET", "/api/v1/rounds/{id}/submissions/{number}", guard=scope("read", guards.entry),
    response_model=SubmissionAnswer, responses=problems(404), summary="One submission", tags=TAGS,
)  # fmt: skip
def submission(req: Req) -> SubmissionAnswer:
    """As its reader may see it."""
    entry: guards.Entry = req.subject
    row = entry.submission
    return SubmissionAnswer(
        **_brief(entry.seen, row),
        text=row.text,
        disciplines=row.disciplines,
        keywords=row.keywords,
        digest=row.digest,
        people=[
            PersonAnswer(name=person.name, organisation=person.organisation_name, lead=person.lead)
            for person in people_of(req, entry)
        ],
        evidence=[
            EvidenceAnswer(label=line["label"], value=line["value"], url=line["url"])
            for line in evidence_of(entry)
        ],
    )


def _invitation(row: Invitation, round_: Round) -> InvitationAnswer:
    return InvitationAnswer(
        id=str(row.id),
        round_id=str(round_.id),
        round_title_zh=round_.title_zh,
        round_title_en=round_.title_en,
        state=row.state.value,
        sent_at=_at(row.sent_at),
        deadline_at=_at(row.deadline_at),
        answered_at=_at(row.answered_at),
        pledged_at=_at(row.pledged_at),
    )


@router.api(
    "GET", "/api/v1/me/invitations", guard=scope("read", guards.myself), response_model=InvitationList,
    responses=problems(401), summary="Your invitations to review", tags=TAGS,
)  # fmt: skip
def mine(req: Req) -> InvitationList:
    """Newest first."""
    rows = lists.invitations_of(req.db, req.subject)
    return InvitationList(items=[_invitation(row, round_) for row, round_ in rows])


@router.api(
    "POST", "/api/v1/me/invitations/{id}/answer", guard=scope("write", guards.invitation),
    response_model=InvitationAnswer, responses=problems(401, 404, 409, 422), summary="Answer an invitation", tags=TAGS,
)  # fmt: skip
def answer(req: Req, body: AnswerForm) -> InvitationAnswer:
    """Accepting signs the pledge of the round; whoever accepted may still decline before delivering a review."""
    row = invitations.answer(req.db, req.actor, invitation_id=req.subject.id, given=body)
    round_ = basic.one(req.db, row.round_id)
    assert round_ is not None  # noqa: S101 - a foreign key
    return _invitation(row, round_)
