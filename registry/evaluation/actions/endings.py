"""How an attempt ends, and what becomes of its evaluation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from portal.kit.actor import SYSTEM
from portal.kit.db import Session
from portal.kit.i18n import N_
from portal.kit.jobs import defer
from portal.notices.actions import tell
from registry.assets import actions as assets
from registry.evaluation import statements
from registry.evaluation.actions import cells, comparisons
from registry.evaluation.actions.steps import end_attempt, enqueue, move
from registry.evaluation.failures import FAILURES
from registry.evaluation.models import (
    MAX_ATTEMPTS,
    Attempt,
    AttemptState,
    Evaluation,
    EvaluationState,
    Result,
    ResultMetric,
)
from registry.evaluation.queries import leases, lists
from registry.evaluation.queries.leases import Lease
from registry.leases.actions import LeaseLost

DONE = N_("%(version)s was scored on %(benchmark)s.")
FAILED = N_("The evaluation of %(version)s on %(benchmark)s failed. Its page says why.")
FAULT = N_(
    "A fault of the platform ended the evaluation of %(version)s on %(benchmark)s. Your quota was given back."
)
OWNER_FAULT = N_(
    "Your benchmark %(benchmark)s could not score %(version)s. The page of the evaluation says why."
)
OWNERS_MATTER = frozenset({"scorer_failed", "scores_invalid", "scores_inconsistent", "benchmark_invalid"})
RETRY_DELAY_S = 5.0


@dataclass(frozen=True)
class MetricValue:
    """A metric recomputed by the portal, with its 95 % interval."""

    name: str
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Finding:
    """All that a result says; digests are SHA-256 in hex, times in seconds, memory in bytes."""

    metrics: Sequence[MetricValue]
    version_digest: str
    benchmark_digest: str
    scorer_digest: str
    runtime: str
    runtime_digest: str
    scorer_runtime: str
    scorer_runtime_digest: str
    per_item_sha256: str
    per_item_size: int
    predictions_digest: str
    item_count: int
    bootstrap_seed: int
    resamples: int
    predict_s: float
    score_s: float
    peak_memory_bytes: int
    timings: Mapping[str, float] = field(default_factory=dict)
    denied: dict[str, Any] | None = None
    """What the sandbox refused the submission; None where that is not recorded."""


def finish_done(db: Session, lease: Lease, finding: Finding) -> Result:
    """Accept a result: result, metrics, statement, file, states, audit row, notice, board job in this one transaction.

    `LeaseLost` when the lease holds no more; nothing is written then.
    """
    evaluation, attempt = _held(db, lease)
    leases.know_blob(db, finding.per_item_sha256, finding.per_item_size)
    result = Result(
        evaluation_id=evaluation.id,
        attempt_no=attempt.number,
        benchmark_id=evaluation.benchmark_id,
        profile_digest=attempt.profile_digest,
        sandbox_grade=attempt.sandbox_grade,
        **{name: getattr(finding, name) for name in _COPIED},
    )
    attempt.denied = finding.denied
    db.add(result)
    db.flush()
    for metric in finding.metrics:
        db.add(
            ResultMetric(
                result_id=result.id, name=metric.name, value=metric.value, low=metric.low, high=metric.high
            )
        )
    names = lists.names(db, evaluation.id)
    statement = statements.signed(
        result, finding.metrics, attempt, version=names.version, benchmark=names.benchmark
    )
    db.add(statement)
    attempt.timings = dict(finding.timings)
    end_attempt(db, attempt, AttemptState.succeeded)
    move(
        db,
        SYSTEM,
        evaluation,
        EvaluationState.done,
        attempt_no=attempt.number,
        result=str(result.id),
        statement=statement.sha256,
        metrics={metric.name: metric.value for metric in finding.metrics},
        **{name: getattr(finding, name) for name in _EVIDENCE},
    )
    evaluation.failure_code, evaluation.failure_params = "", {}
    assets.touch(db, evaluation.asset_id)
    refresh_board(db, evaluation)
    comparisons.ask_for_siblings(db, result.id)
    cells.ask(db, result.id)
    _tell(db, evaluation, DONE)
    db.flush()
    return result


_EVIDENCE = (
    "version_digest",
    "benchmark_digest",
    "scorer_digest",
    "runtime_digest",
    "scorer_runtime_digest",
    "per_item_sha256",
    "predictions_digest",
)
_COPIED = (
    *_EVIDENCE,
    "runtime",
    "scorer_runtime",
    "item_count",
    "bootstrap_seed",
    "resamples",
    "predict_s",
    "score_s",
    "peak_memory_bytes",
)


def refresh_board(db: Session, evaluation: Evaluation) -> None:
    """Have the leaderboard made again; several results at once need it once."""
    defer(
        db,
        "evaluation.board",
        queueing_lock=f"board/{evaluation.benchmark_id}",
        benchmark_id=str(evaluation.benchmark_id),
    )


def finish_failed(
    db: Session,
    lease: Lease,
    code: str,
    params: Mapping[str, object] | None = None,
    *,
    timings: Mapping[str, float] | None = None,
    denied: dict[str, Any] | None = None,
) -> None:
    """The attempt failed. The code decides: the submitter's fault is final, the platform's is tried again."""
    evaluation, attempt = _held(db, lease)
    attempt.timings, attempt.denied = dict(timings or {}), denied
    end_attempt(db, attempt, AttemptState.failed, code)
    if FAILURES[code].whose == "user":
        _fail(db, evaluation, EvaluationState.failed_user, code, params, attempt.number)
    else:
        platform_fault(db, evaluation, code, params, attempt_no=attempt.number)
    db.flush()


def lose(db: Session, evaluation: Evaluation, attempt: Attempt | None, code: str, **params: object) -> None:
    """The watchdog's ending: both rows are locked by the caller. The attempt counts; the evaluation tries again."""
    number = attempt.number if attempt is not None else 0
    if attempt is not None:
        end_attempt(db, attempt, AttemptState.lost, code)
    platform_fault(db, evaluation, code, params, attempt_no=number)
    db.flush()


def release(db: Session, lease: Lease, *, delay_s: float = 0.0) -> None:
    """Give an evaluation back uncounted: the worker stops in good order, or cannot reach what it needs."""
    evaluation, attempt = _held(db, lease)
    end_attempt(db, attempt, AttemptState.lost, "released")
    evaluation.attempt_count -= 1
    enqueue(db, SYSTEM, evaluation, attempt_no=attempt.number, note="released", delay_s=delay_s)
    db.flush()


def platform_fault(
    db: Session,
    evaluation: Evaluation,
    code: str,
    params: Mapping[str, object] | None,
    *,
    attempt_no: int = 0,
) -> None:
    """Back to the queue while tries are left; then final, with the quota given back."""
    running = evaluation.state in {EvaluationState.predicting, EvaluationState.scoring}
    if running and FAILURES[code].retry and evaluation.attempt_count < MAX_ATTEMPTS:
        delay = RETRY_DELAY_S * (evaluation.attempt_count - 1) if code != "worker_lost" else 0.0
        enqueue(db, SYSTEM, evaluation, attempt_no=attempt_no, note=code, delay_s=delay)
        return
    evaluation.quota_returned = True
    _fail(db, evaluation, EvaluationState.failed_platform, code, params, attempt_no)


def _fail(
    db: Session,
    evaluation: Evaluation,
    state: EvaluationState,
    code: str,
    params: Mapping[str, object] | None,
    attempt_no: int,
) -> None:
    values: dict[str, Any] = dict(params or {})
    evaluation.failure_code, evaluation.failure_params = code, values
    move(db, SYSTEM, evaluation, state, attempt_no=attempt_no, note=code, code=code, params=values)
    _tell(db, evaluation, FAILED if state is EvaluationState.failed_user else FAULT)
    if code in OWNERS_MATTER:
        _tell(db, evaluation, OWNER_FAULT, to_owner=True)


def _held(db: Session, lease: Lease) -> tuple[Evaluation, Attempt]:
    found = leases.held(db, lease)
    if found is None:
        raise LeaseLost
    return found


def _tell(db: Session, evaluation: Evaluation, message: str, *, to_owner: bool = False) -> None:
    names = lists.names(db, evaluation.id)
    reader = names.benchmark_by if to_owner else evaluation.submitted_by
    tell(
        db,
        reader,
        message=message,
        url=f"/evaluations/{evaluation.id}",
        version=names.version,
        benchmark=names.benchmark,
    )
