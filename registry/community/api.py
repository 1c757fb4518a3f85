"""Likes, watching, discussions and reports by JSON."""

from typing import Any, Literal

from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict

from portal.kit.answers import problems
from portal.kit.errors import NotFound
from portal.kit.i18n import _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, scope
from registry.assets.guards import readable_asset
from registry.community import policy
from registry.community.actions import discussions, posts, reactions, reports
from registry.community.forms import PostInput, ReportInput, TopicInput, WatchInput
from registry.community.guards import member, report, said_for_member, topic, topic_for_member
from registry.community.models import DiscussionState
from registry.community.queries import discussions as queries
from registry.community.queries import reports as report_queries

router = Doors()
TAGS: list[Any] = ["community"]
ASSET = "/api/v1/assets/{ns}/{name}"
TOPICS = ASSET + "/discussions"


class TopicAnswer(BaseModel):
    """A topic in a list."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "number": 3, "title": "图斑面积的投影", "state": "open", "pinned": False, "locked": False, "posts": 2,
                "author": "zhangsan", "created_at": "2026-11-20T02:00:00+00:00", "last_at": "2026-11-21T02:00:00+00:00",
            }
        }
    )  # fmt: skip

    number: int
    title: str
    state: str
    pinned: bool
    locked: bool
    posts: int
    author: str
    created_at: str
    last_at: str


class TopicPage(BaseModel):
    """A page of topics."""

    items: list[TopicAnswer]
    after: str | None
    before: str | None


class PostAnswer(BaseModel):
    """A post; ``text`` is empty where it is not shown."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "number": 1, "author": "zhangsan", "at": "2026-11-20T02:00:00+00:00", "text": "请问面积用什么投影？",
                "state": "shown", "reason": "", "edited_at": None,
            }
        }
    )  # fmt: skip

    number: int
    author: str
    at: str
    text: str
    state: str
    reason: str
    edited_at: str | None


class PostPage(BaseModel):
    """A page of the posts of a topic."""

    title: str
    state: str
    items: list[PostAnswer]
    after: str | None
    before: str | None


class NumberAnswer(BaseModel):
    """What was made, by its number."""

    number: int


class ReportAnswer(BaseModel):
    """A report of misuse, for whoever made it and those who decide."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "01938f6e-7a10-7c3e-9d2b-3f6f0c2a9b11", "asset": "planning-lab/landcover-onnx",
                "kind": "copyright", "state": "received", "reason": "", "created_at": "2026-11-20T02:00:00+00:00",
                "deadline_at": "2026-11-27T02:00:00+00:00",
            }
        }
    )  # fmt: skip

    id: str
    asset: str
    kind: str
    state: str
    reason: str
    created_at: str
    deadline_at: str | None


@router.api(
    "PUT", f"{ASSET}/like", guard=scope("write", member), status_code=204, response_model=None,
    responses=problems(401, 404), summary="Like an asset", tags=TAGS,
)  # fmt: skip
def like(req: Req) -> Response:
    """Once; doing it again changes nothing."""
    reactions.like(req.db, req.actor, asset_id=req.subject.id)
    return Response(status_code=204)


@router.api(
    "DELETE", f"{ASSET}/like", guard=scope("write", member), status_code=204, response_model=None,
    responses=problems(401, 404), summary="Take a like back", tags=TAGS,
)  # fmt: skip
def unlike(req: Req) -> Response:
    """Doing it again changes nothing."""
    reactions.unlike(req.db, req.actor, asset_id=req.subject.id)
    return Response(status_code=204)


@router.api(
    "PUT", f"{ASSET}/watch", guard=scope("write", member), status_code=204, response_model=None,
    responses=problems(401, 404, 422), summary="Watch an asset", tags=TAGS,
)  # fmt: skip
def watch(req: Req, body: WatchInput) -> Response:
    """``all``: new versions and discussions; ``releases``: new versions only."""
    reactions.watch(req.db, req.actor, asset_id=req.subject.id, level=body.level)
    return Response(status_code=204)


@router.api(
    "DELETE", f"{ASSET}/watch", guard=scope("write", member), status_code=204, response_model=None,
    responses=problems(401, 404), summary="Stop watching an asset", tags=TAGS,
)  # fmt: skip
def unwatch(req: Req) -> Response:
    """Doing it again changes nothing."""
    reactions.unwatch(req.db, req.actor, asset_id=req.subject.id)
    return Response(status_code=204)


@router.api(
    "GET", TOPICS, guard=scope("read", readable_asset), response_model=TopicPage, responses=problems(404),
    summary="Topics about an asset", tags=TAGS,
)  # fmt: skip
def topics(
    req: Req, state: Literal["open", "closed"] = "open", after: str | None = None, before: str | None = None
) -> TopicPage:
    """Pinned ones first, then by the newest post; ``state`` is open or closed."""
    wanted = DiscussionState.closed if state == "closed" else DiscussionState.open
    page = queries.page_of(req.db, req.subject.id, wanted, after=after, before=before)
    items = [
        TopicAnswer(
            number=row.number,
            title=row.title,
            state=row.state.value,
            pinned=bool(row.pinned),
            locked=row.locked,
            posts=row.posts,
            author=row.author_namespace,
            created_at=row.created_at.isoformat(),
            last_at=row.last_at.isoformat(),
        )
        for row in page
    ]
    return TopicPage(items=items, after=page.after, before=page.before)


@router.api(
    "POST", TOPICS, guard=scope("write", member), response_model=NumberAnswer, status_code=201,
    responses=problems(401, 404, 422), summary="Begin a topic", tags=TAGS,
)  # fmt: skip
def begin(req: Req, body: TopicInput) -> Response:
    """Publishers and watchers are told."""
    made = discussions.open_topic(req.db, req.actor, asset_id=req.subject.id, given=body)
    return JSONResponse({"number": made.number}, 201)


@router.api(
    "GET", TOPICS + "/{number}", guard=scope("read", topic), response_model=PostPage, responses=problems(404),
    summary="The posts of a topic", tags=TAGS,
)  # fmt: skip
def posts_of(req: Req, after: str | None = None, before: str | None = None) -> PostPage:
    """In their order, 20 a page."""
    this = req.subject.discussion
    page = queries.posts_of(req.db, this.id, after=after, before=before)
    items = [_post(req, row) for row in page]
    return PostPage(
        title=this.title, state=this.state.value, items=items, after=page.after, before=page.before
    )


def _post(req: Context, row: Any) -> PostAnswer:
    return PostAnswer(
        number=row.number,
        author=row.author_namespace,
        at=row.at.isoformat(),
        text=row.text if policy.can_read_text(req.actor, row.state) else "",
        state=row.state.value,
        reason=row.state_reason,
        edited_at=row.edited_at.isoformat() if row.edited_at else None,
    )


@router.api(
    "POST", TOPICS + "/{number}/posts", guard=scope("write", topic_for_member), response_model=NumberAnswer,
    status_code=201, responses=problems(401, 404, 409, 422), summary="Write in a topic", tags=TAGS,
)  # fmt: skip
def reply(req: Req, body: PostInput) -> Response:
    """Refused where the topic is closed or locked."""
    made = posts.reply(req.db, req.actor, discussion_id=req.subject.discussion.id, text=body.text)
    return JSONResponse({"number": made.number}, 201)


@router.api(
    "PATCH", TOPICS + "/{number}/posts/{post}", guard=scope("write", said_for_member), response_model=NumberAnswer,
    responses=problems(401, 403, 404, 409, 422), summary="Change your post", tags=TAGS,
)  # fmt: skip
def edit(req: Req, body: PostInput) -> NumberAnswer:
    """What it said before stays in its history."""
    made = posts.edit(req.db, req.actor, post_id=req.subject.post.id, text=body.text)
    return NumberAnswer(number=made.number)


@router.api(
    "DELETE", TOPICS + "/{number}/posts/{post}", guard=scope("write", said_for_member), status_code=204,
    response_model=None, responses=problems(401, 403, 404, 409), summary="Delete your post", tags=TAGS,
)  # fmt: skip
def delete(req: Req) -> Response:
    """Its place stays."""
    posts.delete(req.db, req.actor, post_id=req.subject.post.id)
    return Response(status_code=204)


@router.api(
    "POST", TOPICS + "/{number}/{verb}", guard=scope("write", topic_for_member), status_code=204,
    response_model=None, responses=problems(401, 403, 404, 409), summary="Steer a topic", tags=TAGS,
)  # fmt: skip
def steer(req: Req) -> Response:
    """``close``, ``reopen``, ``pin``, ``unpin``, ``lock`` or ``unlock``."""
    key, verb = req.subject.discussion.id, req.path["verb"]
    if verb in discussions.MOVES:
        discussions.move(req.db, req.actor, discussion_id=key, verb=verb)
    elif verb in discussions.MARKS:
        discussions.mark(req.db, req.actor, discussion_id=key, verb=verb)
    else:
        raise NotFound(_("There is nothing at this address."))
    return Response(status_code=204)


@router.api(
    "POST", f"{ASSET}/reports", guard=scope("write", member), response_model=ReportAnswer, status_code=201,
    responses=problems(401, 404, 409, 422), summary="Report misuse", tags=TAGS,
)  # fmt: skip
def report_misuse(req: Req, body: ReportInput) -> Response:
    """About the asset, or (with ``discussion`` and ``post``) about a post."""
    post_id = None
    if body.discussion is not None or body.post is not None:
        found = queries.one(req.db, req.subject.id, body.discussion or 0)
        post = queries.post(req.db, found.id, body.post or 0) if found is not None else None
        if post is None:
            raise NotFound(_("There is nothing at this address."))
        post_id = post.id
    made = reports.report(req.db, req.actor, asset_id=req.subject.id, given=body, post_id=post_id)
    return JSONResponse(_report(report_queries.one(req.db, made.id)).model_dump(), 201)


def _report(row: Any) -> ReportAnswer:
    return ReportAnswer(
        id=str(row.id),
        asset=f"{row.namespace}/{row.name}",
        kind=row.kind.value,
        state=row.state.value,
        reason=row.reason,
        created_at=row.created_at.isoformat(),
        deadline_at=row.deadline_at.isoformat() if row.deadline_at else None,
    )


@router.api(
    "GET", "/api/v1/reports/{id}", guard=scope("read", report), response_model=ReportAnswer,
    responses=problems(401, 404), summary="How a report stands", tags=TAGS,
)  # fmt: skip
def report_state(req: Req) -> ReportAnswer:
    """For whoever made it and those who decide."""
    return _report(req.subject)
