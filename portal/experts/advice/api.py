"""Advice by JSON."""

from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import JSONResponse, Response

from portal.experts.advice import actions, guards, queries
from portal.experts.advice.forms import AnswerForm, AskForm
from portal.experts.advice.reading import answers_for
from portal.experts.answers import (
    AdviceAnswerOut,
    AdviceItem,
    AdviceOut,
    AdvicePage,
    MadeAnswer,
)
from portal.kit.answers import problems
from portal.kit.pages import Req
from portal.kit.routes import Doors, public, scope, signed_in

router = Doors()
TAGS: list[Any] = ["advice"]


@router.api(
    "GET", "/api/v1/advice", guard=scope("read", public), response_model=AdvicePage,
    responses=problems(422), summary="Published questions", tags=TAGS,
)  # fmt: skip
def published(
    req: Req,
    q: Annotated[str, Query(max_length=100, description="Part of title or text.")] = "",
    after: Annotated[str | None, Query(description="Cursor of the next page.")] = None,
    before: Annotated[str | None, Query(description="Cursor of the page before.")] = None,
) -> AdvicePage:
    """20 a page, newest publication first."""
    page = queries.published(req.db, words=q.replace("\x00", "").strip(), after=after, before=before)
    items = [
        AdviceItem(
            id=str(row.id),
            title=row.title,
            disciplines=sorted(row.codes or ()),
            keywords=row.keywords,
            answers=row.answers,
            created_at=row.created_at.isoformat(),
        )
        for row in page
    ]
    return AdvicePage(items=items, before=page.before, after=page.after)


@router.api(
    "GET", "/api/v1/advice/{id}", guard=scope("read", guards.question), response_model=AdviceOut,
    responses=problems(404), summary="One question", tags=TAGS,
)  # fmt: skip
def question(req: Req) -> AdviceOut:
    """With the answers you may read."""
    request = req.subject.request
    return AdviceOut(
        id=str(request.id),
        title=request.title,
        text=request.text,
        state=request.state.value,
        disciplines=queries.disciplines_of(req.db, request.id),
        keywords=request.keywords,
        public=request.public,
        created_at=request.created_at.isoformat(),
        answers=[
            AdviceAnswerOut(text=row.text, name=row.name, at=row.at.isoformat())
            for row in answers_for(req, request)
        ],
    )


@router.api(
    "POST", "/api/v1/advice", guard=scope("write", signed_in), response_model=MadeAnswer, status_code=201,
    responses=problems(401, 403, 409, 422, 429), summary="Ask the experts", tags=TAGS,
)  # fmt: skip
def ask(req: Req, body: AskForm) -> Response:
    """For members of verified organisations and experts."""
    made = actions.ask(req.db, req.actor, given=body)
    return JSONResponse({"id": str(made.id)}, 201)


@router.api(
    "POST", "/api/v1/advice/{id}/answer", guard=scope("write", guards.question_for_member),
    response_model=MadeAnswer, status_code=201, responses=problems(401, 404, 409, 422),
    summary="Answer a question you were asked", tags=TAGS,
)  # fmt: skip
def answer(req: Req, body: AnswerForm) -> Response:
    """Once; ``sight`` is private, unnamed or named."""
    made = actions.answer(req.db, req.actor, request_id=req.subject.request.id, given=body)
    return JSONResponse({"id": str(made.id)}, 201)
