"""Submitting, following and cancelling evaluations by JSON."""

import uuid
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Query

from portal.kit.answers import problems
from portal.kit.db import Session
from portal.kit.errors import NotFound
from portal.kit.i18n import _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, scope, signed_in
from registry.assets import queries as asset_queries
from registry.benchmarks import queries as benchmark_queries
from registry.evaluation import actions, failures, policy
from registry.evaluation.api.schemas import (
    EvaluationOut,
    EvaluationPage,
    EvaluationRequest,
    EventOut,
    FailureOut,
    LogOut,
    LogPiece,
    MetricOut,
    ResultOut,
    StatementOut,
)
from registry.evaluation.guards import Seen, readable
from registry.evaluation.models import ACTIVE, EvaluationState
from registry.evaluation.queries import lists, requests

router = Doors()


def readable_signed_in(req: Context) -> Seen:
    """Somebody signed in, on an evaluation they may see."""
    signed_in(req)
    return readable(req)


def _named(req: Req, full_name: str, find: Callable[[str, str], Any]) -> Any:
    """What stands under that name, or under the present name of an asset that was transferred from there."""
    namespace, _slash, name = full_name.partition("/")
    found = find(namespace, name)
    if found is None and (moved := asset_queries.moved_to(req.db, req.actor, namespace, name)):
        found = find(*moved.split("/"))
    return found


@router.api(
    "POST",
    "/api/v1/evaluations",
    guard=scope("evaluate"),
    response_model=EvaluationOut,
    status_code=201,
    responses=problems(401, 403, 404, 409, 422),
    summary="Submit a version to a benchmark",
    tags=["evaluations"],
)
def submit(req: Req, body: EvaluationRequest) -> EvaluationOut:
    """Queue an evaluation of a published version of yours. The same pair again answers the standing evaluation."""
    full_name, _at, number = body.version.partition("@")
    version_id = _named(req, full_name, lambda ns, name: requests.version_named(req.db, ns, name, number))
    if version_id is None:
        raise NotFound(_("There is no such version."))
    bench = _named(req, body.benchmark, lambda ns, name: benchmark_queries.one(req.db, req.actor, ns, name))
    if bench is None:
        raise NotFound(_("There is no such benchmark."))
    evaluation = actions.request_evaluation(
        req.db, req.actor, version_id=version_id, benchmark_id=bench[0].id
    )
    return detail_of(req.db, evaluation.id)


@router.api(
    "GET",
    "/api/v1/evaluations",
    guard=scope("read"),
    response_model=EvaluationPage,
    responses=problems(401),
    summary="List my evaluations",
    tags=["evaluations"],
)
def mine(req: Req, after: str | None = None, state: EvaluationState | None = None) -> EvaluationPage:
    """What you, and the namespaces you publish in, have submitted; 20 a page, without events and results."""
    page = lists.page_of(req.db, req.actor, mine=True, state=state, after=after)
    return EvaluationPage(items=[_line(row) for row in page], after=page.after)


@router.api(
    "GET",
    "/api/v1/evaluations/{id}",
    guard=scope("read", readable),
    response_model=EvaluationOut,
    responses=problems(404),
    summary="One evaluation, with its result",
    tags=["evaluations"],
)
def detail(req: Req) -> EvaluationOut:
    """State, timeline, failure in words, and the result with all that is needed to check it."""
    return detail_of(req.db, req.subject.row.id)


@router.api(
    "GET",
    "/api/v1/evaluations/{id}/statement",
    guard=scope("read", readable),
    response_model=StatementOut,
    responses=problems(404),
    summary="The signed statement about a result",
    tags=["evaluations"],
)
def statement(req: Req) -> StatementOut:
    """A DSSE envelope with an in-toto Statement v1, signed by the worker; `cspon verify FILE` checks it offline.

    Compare the key with the one in the worker's `worker.signed_on` event. Results older than statements have none.
    """
    found = lists.statement(req.db, req.subject.row.id)
    if found is None:
        raise NotFound(_("There is no signed statement about this result."))
    return StatementOut(envelope=found.envelope, public_key=found.public_key)


@router.api(
    "GET",
    "/api/v1/evaluations/{id}/log",
    guard=scope("read", readable),
    response_model=LogOut,
    responses=problems(404),
    summary="The log of an evaluation",
    tags=["evaluations"],
)
def log(req: Req, after: Annotated[int, Query(ge=0, lt=2**63)] = 0) -> LogOut:
    """Pieces after the piece ``after``, as far as you may see them. Ask again until ``final`` and no pieces come."""
    seen: Seen = req.subject
    phases = policy.visible_log_phases(req.actor, seen.facts)
    pieces = lists.log(req.db, seen.row.id, phases, after=after)
    return LogOut(
        visible=bool(phases),
        final=seen.row.state not in ACTIVE,
        pieces=[LogPiece(id=p.id, attempt=p.attempt_no, phase=p.phase, text=p.text) for p in pieces],
    )


@router.api(
    "POST",
    "/api/v1/evaluations/{id}/cancel",
    guard=scope("evaluate", readable_signed_in),
    response_model=EvaluationOut,
    responses=problems(401, 403, 404, 409, 422),
    summary="Cancel an evaluation",
    tags=["evaluations"],
)
def cancel(req: Req) -> EvaluationOut:
    """End it now. Before it runs, your quota is given back."""
    evaluation = actions.cancel(req.db, req.actor, evaluation_id=req.path_id())
    return detail_of(req.db, evaluation.id)


def _line(row: Any) -> EvaluationOut:
    words = failures.words(row.failure_code, row.failure_params) if row.failure_code else None
    return EvaluationOut(
        id=row.id,
        version=f"{row.namespace}/{row.name}@{row.number}",
        benchmark=f"{row.bench_namespace}/{row.bench_name}",
        benchmark_version=row.bench_number,
        kind=row.submission.value,
        state=row.state.value,
        final=row.state not in ACTIVE,
        attempts=row.attempt_count,
        created_at=row.created_at,
        finished_at=row.finished_at,
        url=f"/evaluations/{row.id}",
        failure=FailureOut(code=row.failure_code, title=words.title, text=words.text, advice=words.advice)
        if words
        else None,
    )


def detail_of(db: Session, evaluation_id: uuid.UUID) -> EvaluationOut:
    """An evaluation with its timeline and result."""
    row = lists.one(db, evaluation_id)
    if row is None:
        raise NotFound(_("There is no such evaluation."))
    out = _line(row)
    out.events = [
        EventOut(at=event.at, state=event.state.value, attempt=event.attempt_no, note=event.note)
        for event in lists.events(db, evaluation_id)
    ]
    result = lists.result(db, evaluation_id)
    if result is not None:
        metrics = lists.result_metrics(db, result.id).values()
        same = {name: getattr(result, name) for name in ResultOut.model_fields if hasattr(result, name)}
        out.result = ResultOut(
            **{
                **same,
                "metrics": [MetricOut(name=m.name, value=m.value, low=m.low, high=m.high) for m in metrics],
                "attempt": result.attempt_no,
                "denied": lists.denied(db, evaluation_id, result.attempt_no),
                "per_item_digest": result.per_item_sha256,
            }
        )
    return out
