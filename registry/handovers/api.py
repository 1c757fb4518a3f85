"""Handovers by JSON."""

from typing import Any

from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict

from portal.kit.answers import problems
from portal.kit.pages import Req
from portal.kit.routes import Doors, scope, signed_in
from registry.assets.guards import editable_asset
from registry.handovers import actions, queries
from registry.handovers.forms import AnswerInput, OfferInput
from registry.handovers.guards import party

router = Doors()
TAGS: list[Any] = ["transfers"]


class HandoverAnswer(BaseModel):
    """An offered transfer."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "01938f6e-7a10-7c3e-9d2b-3f6f0c2a9b11",
                "asset": "zhangsan/landcover-onnx",
                "to": "planning-lab",
                "state": "offered",
                "message": "",
                "reason": "",
                "deadline_at": "2026-12-04T02:00:00+00:00",
            }
        }
    )

    id: str
    asset: str
    to: str
    state: str
    message: str
    reason: str
    deadline_at: str | None


def _answer(row: Any) -> HandoverAnswer:
    return HandoverAnswer(
        id=str(row.id),
        asset=f"{row.giver}/{row.name}",
        to=row.taker,
        state=row.state.value,
        message=row.message,
        reason=row.reason,
        deadline_at=row.deadline_at.isoformat() if row.deadline_at else None,
    )


@router.api(
    "POST", "/api/v1/assets/{ns}/{name}/transfer", guard=scope("write", editable_asset), status_code=201,
    response_model=HandoverAnswer, responses=problems(401, 403, 404, 409, 422),
    summary="Offer an asset to another namespace", tags=TAGS,
)  # fmt: skip
def offer(req: Req, body: OfferInput) -> Response:
    """The receiver's publishers are told; the offer ends by itself after fourteen days."""
    made = actions.offer(req.db, req.actor, asset_id=req.subject.id, given=body)
    return JSONResponse(_answer(queries.one(req.db, made.id)).model_dump(), 201)


@router.api(
    "GET", "/api/v1/transfers", guard=scope("read", signed_in), response_model=list[HandoverAnswer],
    responses=problems(401), summary="Transfers offered to you", tags=TAGS,
)  # fmt: skip
def offers(req: Req) -> list[HandoverAnswer]:
    """Open offers to the namespaces you publish in."""
    return [_answer(row) for row in queries.offered_to(req.db, req.actor.namespaces)]


@router.api(
    "POST", "/api/v1/transfers/{id}", guard=scope("write", party), response_model=HandoverAnswer,
    responses=problems(401, 403, 404, 409, 413, 422), summary="Accept, decline or withdraw a transfer", tags=TAGS,
)  # fmt: skip
def answer(req: Req, body: AnswerInput) -> HandoverAnswer:
    """Accepting moves address, quota and rights; old addresses answer 308 from then on."""
    key = req.subject.id
    if body.decision == "accept":
        actions.accept(req.db, req.actor, handover_id=key)
    elif body.decision == "decline":
        actions.decline(req.db, req.actor, handover_id=key, reason=body.reason)
    else:
        actions.withdraw(req.db, req.actor, handover_id=key)
    return _answer(queries.one(req.db, key))
