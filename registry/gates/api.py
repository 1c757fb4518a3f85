"""Gates by JSON."""

from typing import Any

from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict

from portal.kit.answers import problems
from portal.kit.errors import NotFound
from portal.kit.i18n import _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, scope
from registry.assets.guards import editable_asset, readable_asset
from registry.gates import actions, queries
from registry.gates.forms import AccessInput, DecisionInput, GateInput
from registry.gates.guards import askable_asset

router = Doors()
TAGS: list[Any] = ["access"]
BASE = "/api/v1/assets/{ns}/{name}"
DIGEST = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"


class GateAnswer(BaseModel):
    """A gate as readers see it."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "gated": True,
                "terms": "仅用于科研。",
                "terms_en": "For research only.",
                "terms_sha256": DIGEST,
                "fields": ["organisation", "purpose"],
            }
        }
    )

    gated: bool
    terms: str
    terms_en: str
    terms_sha256: str | None
    fields: list[str]


class AccessAnswer(BaseModel):
    """How a request stands. ``answers`` are shown to the owner's publishers and to whoever gave them."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "01938f6e-7a10-7c3e-9d2b-3f6f0c2a9b11",
                "state": "requested",
                "reader": "zhangsan",
                "terms_sha256": DIGEST,
                "answers": {"purpose": "规划实施评估方法比较"},
                "reason": "",
                "created_at": "2026-11-20T02:00:00+00:00",
                "deadline_at": "2026-12-20T02:00:00+00:00",
            }
        }
    )

    id: str
    state: str
    reader: str
    terms_sha256: str
    answers: dict[str, str]
    reason: str
    created_at: str
    deadline_at: str | None


class AccessPage(BaseModel):
    """A page of requests."""

    items: list[AccessAnswer]
    after: str | None
    before: str | None


def _gate(req: Context) -> GateAnswer:
    found = queries.gate_of(req.db, req.subject.id)
    gated = queries.is_gated(req.db, req.subject.id)
    return GateAnswer(
        gated=gated,
        terms=found.terms if found else "",
        terms_en=found.terms_en if found else "",
        terms_sha256=found.sha256 if found else None,
        fields=list(found.fields) if found else [],
    )


def _answer(row: Any, reader: str) -> AccessAnswer:
    return AccessAnswer(
        id=str(row.id),
        state=row.state.value,
        reader=reader,
        terms_sha256=row.terms_sha256,
        answers=row.answers,
        reason=row.reason,
        created_at=row.created_at.isoformat(),
        deadline_at=row.deadline_at.isoformat() if row.deadline_at else None,
    )


@router.api(
    "GET", f"{BASE}/gate", guard=scope("read", readable_asset), response_model=GateAnswer,
    responses=problems(404), summary="The gate of an asset", tags=TAGS,
)  # fmt: skip
def gate(req: Req) -> GateAnswer:
    """Whether files are given on request, the terms, and what is asked."""
    return _gate(req)


@router.api(
    "PUT", f"{BASE}/gate", guard=scope("write", editable_asset), response_model=GateAnswer,
    responses=problems(401, 403, 404, 422), summary="Shut or open the gate of an asset", tags=TAGS,
)  # fmt: skip
def set_gate(req: Req, body: GateInput) -> GateAnswer:
    """Replace the terms; approved requests go on standing."""
    actions.set_gate(req.db, req.actor, asset_id=req.subject.id, given=body)
    return _gate(req)


@router.api(
    "GET", f"{BASE}/access", guard=scope("read", askable_asset), response_model=AccessAnswer,
    responses=problems(401, 404), summary="Your newest request for the files of an asset", tags=TAGS,
)  # fmt: skip
def own(req: Req) -> AccessAnswer:
    """404 where you never asked."""
    return _answer(_own(req), req.actor.namespace)


def _own(req: Context) -> Any:
    found = queries.newest_of(req.db, req.subject.id, req.actor.id) if req.actor.id else None
    if found is None:
        raise NotFound(_("There is nothing at this address."))
    return found


@router.api(
    "POST", f"{BASE}/access", guard=scope("write", askable_asset), response_model=AccessAnswer, status_code=201,
    responses=problems(401, 404, 409, 422), summary="Ask for the files of a gated asset", tags=TAGS,
)  # fmt: skip
def ask(req: Req, body: AccessInput) -> Response:
    """Accept the terms (by their digest) and ask; the owner's publishers are told."""
    made = actions.request_access(
        req.db,
        req.actor,
        asset_id=req.subject.id,
        terms_sha256=body.terms_sha256,
        accept=body.accept,
        answers=body.answers,
    )
    return JSONResponse(_answer(made, req.actor.namespace).model_dump(), 201)


@router.api(
    "DELETE", f"{BASE}/access", guard=scope("write", askable_asset), response_model=AccessAnswer,
    responses=problems(401, 404, 409), summary="Withdraw your request", tags=TAGS,
)  # fmt: skip
def withdraw(req: Req) -> AccessAnswer:
    """Take the request back while nobody has answered."""
    changed = actions.withdraw(req.db, req.actor, request_id=_own(req).id)
    return _answer(changed, req.actor.namespace)


@router.api(
    "GET", f"{BASE}/access-requests", guard=scope("read", editable_asset), response_model=AccessPage,
    responses=problems(401, 403, 404), summary="Requests for the files of your asset", tags=TAGS,
)  # fmt: skip
def requests(req: Req, after: str | None = None, before: str | None = None) -> AccessPage:
    """Newest first, 20 a page."""
    page = queries.requests_of(req.db, req.subject.id, after=after, before=before)
    items = [_answer(row, row.reader_namespace) for row in page]
    return AccessPage(items=items, after=page.after, before=page.before)


@router.api(
    "POST", f"{BASE}/access-requests/{{id}}", guard=scope("write", editable_asset), response_model=AccessAnswer,
    responses=problems(401, 403, 404, 409, 422), summary="Approve, refuse or revoke a request", tags=TAGS,
)  # fmt: skip
def decide(req: Req, body: DecisionInput) -> AccessAnswer:
    """Refusing and revoking need a reason, which the reader is told."""
    row = queries.request_of(req.db, req.subject.id, req.path_id())
    if row is None:
        raise NotFound(_("There is nothing at this address."))
    changed = actions.decide(req.db, req.actor, request_id=row.id, decision=body.decision, reason=body.reason)
    return _answer(changed, row.reader_namespace)
