"""The conclusion of a round by JSON: outcomes with reasons for the secretariat, letters for the people behind."""

from typing import Any

from portal.kit.answers import problems
from portal.kit.pages import Req
from portal.kit.routes import Doors, scope
from portal.reviews.conclusions import guards, queries, reading
from portal.reviews.conclusions.answers import ConclusionAnswer, LetterAnswer, OutcomeItem
from portal.reviews.rounds.models import SubmissionState
from portal.reviews.rounds.queries import basic
from portal.reviews.rounds.seen import Seen, runner

router = Doors()
TAGS: list[Any] = ["reviews"]


@router.api(
    "GET", "/api/v1/rounds/{id}/conclusion", guard=scope("read", runner), response_model=ConclusionAnswer,
    responses=problems(401, 404), summary="Outcomes of a round", tags=TAGS,
)  # fmt: skip
def outcomes(req: Req) -> ConclusionAnswer:
    """For the secretariat: every submission it runs with its outcome, the reason and what it was set against."""
    seen: Seen = req.subject
    mine = reading.mine(req.db, seen)
    kept = queries.conclusions(req.db, [one.id for one in mine])
    items = []
    for one in mine:
        found, against = seen.shape.outcome(one.outcome), kept.get(one.id)
        decided = against if one.state is SubmissionState.decided else None
        items.append(
            OutcomeItem(
                number=one.number,
                title=one.title,
                panel=one.panel,
                state=one.state.value,
                outcome=one.outcome,
                kind=found.kind if found else "",
                reason=one.outcome_reason,
                decided_at=one.decided_at.isoformat() if one.decided_at else None,
                basis=decided.basis.value if decided else None,
                suggested=decided.suggested if decided else "",
                deviates=decided.deviates if decided else False,
                digest=one.digest,
            )
        )
    return ConclusionAnswer(
        state=seen.round.state.value,
        phase=seen.round.phase.value,
        shape_digest=seen.round.shape_digest,
        undecided=sum(one.state is SubmissionState.entered for one in mine),
        hidden=len(basic.submission_ids(req.db, seen.round.id)) != len(mine),
        items=items,
    )


@router.api(
    "GET", "/api/v1/rounds/{id}/submissions/{number}/letter", guard=scope("read", guards.addressed),
    response_model=LetterAnswer, responses=problems(401, 404), summary="The letter about a submission", tags=TAGS,
)  # fmt: skip
def letter(req: Req) -> LetterAnswer:
    """The newest one, for the people behind the submission and the secretariat."""
    found: guards.Addressed = req.subject
    row = found.letter
    return LetterAnswer(
        number=found.submission.number,
        title=found.submission.title,
        outcome=row.outcome,
        decided_at=row.decided_at.isoformat(),
        sent_at=row.sent_at.isoformat(),
        text_zh=row.text_zh,
        text_en=row.text_en,
        digest=row.digest,
    )
