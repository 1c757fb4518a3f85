"""What is done about a promotion by JSON: taking back, stopping, announcing again. Nothing here lets it through a gate:
moving on and voting take a person at the page."""

from typing import Any

from portal.kit.answers import problems
from portal.kit.pages import Req
from portal.kit.routes import Doors, scope
from registry.promotion import guards
from registry.promotion.actions import moving, nominating
from registry.promotion.api import PromotionAnswer, answer_of
from registry.promotion.bodies import PromotionDecisionIn
from registry.promotion.models import Stage
from registry.promotion.queries import promotions as queries

router = Doors()
TAGS: list[Any] = ["promotions"]
STOPS = {"suspend": Stage.suspended, "roll_back": Stage.rolled_back, "retire": Stage.retired}


@router.api(
    "POST", "/api/v1/promotions/{id}/decision", guard=scope("write", guards.for_member),
    response_model=PromotionAnswer, responses=problems(401, 403, 404, 409),
    summary="Take back, suspend, roll back, retire, announce again", tags=TAGS,
)  # fmt: skip
def decide(req: Req, body: PromotionDecisionIn) -> PromotionAnswer:
    """By the roles the page asks for, without part in it; always with a reason. Nodes are told of what stops."""
    key = req.subject.id
    if body.decision == "withdraw":
        nominating.withdraw(req.db, req.actor, promotion_id=key, reason=body.reason)
    elif body.decision == "announce":
        moving.announce_again(req.db, req.actor, promotion_id=key, reason=body.reason)
    else:
        moving.stop(req.db, req.actor, promotion_id=key, target=STOPS[body.decision], reason=body.reason)
    row = queries.one(req.db, req.actor, key)
    assert row is not None  # noqa: S101 - it was read a moment ago
    return answer_of(req, row)
