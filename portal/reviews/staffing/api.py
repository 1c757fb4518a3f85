"""Runs of staffing and records of draws by JSON."""

from typing import Any

from fastapi.responses import JSONResponse, Response

from portal.kit.answers import problems
from portal.kit.pages import Req
from portal.kit.routes import Doors, scope
from portal.reviews.staffing import guards
from portal.reviews.staffing.answers import LotAnswer, LotList, RunAnswer, SeatAnswer
from portal.reviews.staffing.guards import Run
from portal.reviews.staffing.models import READABLE
from portal.reviews.staffing.queries import runs as queries
from portal.reviews.staffing.reading import proposal

router = Doors()
TAGS: list[Any] = ["reviews"]


def _time(value: Any) -> str | None:
    return value.isoformat() if value is not None else None


@router.api(
    "GET", "/api/v1/rounds/{id}/lots", guard=scope("read", guards.lots), response_model=LotList,
    responses=problems(404), summary="Draws of a round", tags=TAGS,
)  # fmt: skip
def lots(req: Req) -> LotList:
    """What was promised, sealed and drawn, and when; the seed once it is revealed."""
    return LotList(
        items=[
            LotAnswer(
                id=str(row.id), state=row.state.value, commitment=row.commitment,
                committed_at=_time(row.committed_at), seal=row.seal, sealed_at=_time(row.sealed_at),
                drawn_at=_time(row.drawn_at), seed=row.seed if row.revealed_at else "",
                revealed_at=_time(row.revealed_at), submissions=row.submissions, experts=row.experts,
            )
            for row in queries.lots_of(req.db, req.subject.round.id)
        ]
    )  # fmt: skip


@router.api(
    "GET", "/api/v1/rounds/{id}/staffing/{run}", guard=scope("read", guards.run), response_model=RunAnswer,
    responses=problems(401, 403, 404), summary="One run of staffing", tags=TAGS,
)  # fmt: skip
def run(req: Req) -> RunAnswer:
    """For the secretariat without a conflict in the round. Seats are a proposal until the run is adopted."""
    found: Run = req.subject
    shown = proposal(req.db, found.run, req.locale) if found.run.state in READABLE else None
    return RunAnswer(
        id=str(found.run.id),
        kind=found.run.kind.value,
        state=found.run.state.value,
        deadline_at=_time(found.run.deadline_at),
        seats=[
            SeatAnswer(
                submission=row.submission.number,
                expert=chair.person.slug if chair.person else "",
                affinity=chair.why["value"] if chair.why else None,
                taken_before=chair.is_fixed,
                by_hand=chair.by_hand,
            )
            for row in (shown.rows if shown else ())
            for chair in row.chairs
        ],
        short=list(shown.breaches) if shown else [],
    )


@router.api(
    "GET", "/api/v1/rounds/{id}/staffing/{run}/record", guard=scope("read", guards.record),
    response_model=dict[str, Any], responses=problems(401, 404, 409), summary="Record of a draw", tags=TAGS,
)  # fmt: skip
def record(req: Req) -> Response:
    """All that replays a draw with ``cspon draw verify``: for whoever staffs the round and auditors, once revealed."""
    found: Run = req.subject
    headers = {"Content-Disposition": f'attachment; filename="draw-{found.run.id}.json"'}
    return JSONResponse(found.run.record, headers=headers)
