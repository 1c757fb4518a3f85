"""Appeals by JSON: lodged by the lead applicant, read, decided by somebody without part in the round."""

from typing import Any

from portal.kit.answers import problems
from portal.kit.clock import now, shanghai
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, scope
from portal.reviews.appeals import actions, guards, queries
from portal.reviews.appeals.answers import AppealAnswer, AppealIn, AppealOut, DecisionIn
from portal.reviews.appeals.forms import AppealForm
from portal.reviews.appeals.models import Appeal
from portal.reviews.rounds.models import RoundState, SubmissionState
from portal.reviews.rounds.seen import nothing

router = Doors()
TAGS: list[Any] = ["reviews"]
PLACE = "/api/v1/rounds/{id}/submissions/{number}/appeal"


def _out(row: Appeal) -> AppealOut:
    return AppealOut(
        receipt=row.receipt, state=row.state.value, grounds=row.grounds, text=row.text, links=row.links,
        filed_at=shanghai(row.created_at).isoformat(), decided_at=shanghai(row.decided_at).isoformat(),
        reason=row.state_reason, escalated=row.escalated,
    )  # fmt: skip


def _answer(req: Context) -> AppealAnswer:
    req.db.flush()  # what was just done is read again
    found: guards.Appealed = guards.appealed(req)
    round_, submission = found.seen.round, found.submission
    decided = round_.state is RoundState.concluded and submission.state is SubmissionState.decided
    until = actions.taken_until(round_) if decided else None
    open_ = found.lead and decided and not queries.stands(req.db, submission)
    return AppealAnswer(
        number=submission.number,
        title=submission.title,
        may_file=open_ and (until is None or now() < until),
        until=shanghai(until).isoformat() if until else None,
        may_decide=found.handles_as is not None,
        items=[_out(row) for row in queries.all_of(req.db, submission.id)],
    )


@router.api(
    "GET", PLACE, guard=scope("read", guards.appealed), response_model=AppealAnswer,
    responses=problems(401, 404), summary="Appeals about a submission", tags=TAGS,
)  # fmt: skip
def read(req: Req) -> AppealAnswer:
    """For the lead applicant, and for those who may decide or have decided the newest one."""
    return _answer(req)


@router.api(
    "POST", PLACE, guard=scope("write", guards.appealed), response_model=AppealAnswer, status_code=201,
    responses=problems(401, 404, 409), summary="Appeal against a decision", tags=TAGS,
)  # fmt: skip
def file(req: Req, body: AppealIn) -> AppealAnswer:
    """For the lead applicant, once the round is concluded, within its working days; of one decision one appeal."""
    found: guards.Appealed = req.subject
    given = AppealForm.model_validate(
        {"grounds": list(body.grounds), "text": body.text, "links": "\n".join(body.links)}
    )
    actions.file(req.db, req.actor, round_id=found.seen.round.id, number=found.submission.number, given=given)
    return _answer(req)


@router.api(
    "POST", PLACE + "/decision", guard=scope("write", guards.appealed), response_model=AppealAnswer,
    responses=problems(401, 404, 409), summary="Decide an appeal", tags=TAGS,
)  # fmt: skip
def decide(req: Req, body: DecisionIn) -> AppealAnswer:
    """Take it up or not, uphold or dismiss it: for those without part in the round. Withdrawing: for its author."""
    appeal = req.subject.appeal
    if appeal is None:
        raise nothing()
    reason: dict[str, Any] = {"reason": body.reason}
    verbs: dict[str, tuple[Any, dict[str, Any]]] = {
        "accept": (actions.accept, {}),
        "refuse": (actions.refuse, reason),
        "uphold": (actions.uphold, reason),
        "dismiss": (actions.dismiss, reason),
        "withdraw": (actions.withdraw, {}),
    }
    action, values = verbs[body.decision]
    action(req.db, req.actor, appeal_id=appeal.id, **values)
    return _answer(req)
