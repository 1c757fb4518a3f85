"""Signed statements about results: what was run on what, by which parts, with which outcome (in-toto, DSSE)."""

import hashlib
import math
from collections.abc import Iterable
from typing import Any, Protocol

from portal.kit.signing import dsse, own_signer, public_text
from registry.evaluation.models import Attempt, Result, ResultStatement

PREDICATE = "https://cspon.example/attestation/evaluation/v1"
KEY = "worker"


class Metric(Protocol):
    """A metric with its interval."""

    @property
    def name(self) -> str:
        """Its name in the benchmark's manifest."""

    @property
    def value(self) -> float:
        """Its value."""

    @property
    def low(self) -> float:
        """Lower bound."""

    @property
    def high(self) -> float:
        """Upper bound."""


def predicate(result: Result, metrics: Iterable[Metric], attempt: Attempt, benchmark: str) -> dict[str, Any]:
    """What is stated. Whole numbers beyond 2**53 are text, values that are no number are null."""
    return {
        "evaluation": {
            "id": str(result.evaluation_id),
            "attempt": attempt.number,
            "attemptId": str(attempt.id),
        },
        "benchmark": {
            "name": benchmark,
            "versionId": str(result.benchmark_id),
            "digest": {"sha256": result.benchmark_digest},
            "scorer": {"sha256": result.scorer_digest},
        },
        "sandbox": {"profile": {"sha256": result.profile_digest}, "grade": result.sandbox_grade},
        "runtime": {"name": result.runtime, "digest": {"sha256": result.runtime_digest}}
        if result.runtime
        else None,
        "scorerRuntime": {
            "name": result.scorer_runtime,
            "digest": {"sha256": result.scorer_runtime_digest},
        },
        "items": result.item_count,
        "perItem": {"sha256": result.per_item_sha256},
        "predictions": {"sha256": result.predictions_digest},
        "bootstrap": {"seed": str(result.bootstrap_seed), "resamples": result.resamples},
        "metrics": {
            metric.name: {
                "value": _number(metric.value),
                "low": _number(metric.low),
                "high": _number(metric.high),
            }
            for metric in metrics
        },
        "usage": {
            "predictSeconds": _number(result.predict_s),
            "scoreSeconds": _number(result.score_s),
            "peakMemoryBytes": str(result.peak_memory_bytes),
            "denied": _denied(attempt.denied),
        },
        "worker": attempt.worker,
    }


def _denied(kept: dict[str, Any] | None) -> dict[str, Any] | None:
    """Calls the sandbox refused; null where they were not recorded."""
    return None if kept is None else {name: kept[name] for name in ("network", "other", "whole")}


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def signed(
    result: Result, metrics: Iterable[Metric], attempt: Attempt, *, version: str, benchmark: str
) -> ResultStatement:
    """The statement, signed by this worker's key, to be stored with the result it speaks of."""
    signer = own_signer(KEY)
    made = dsse.statement(
        {version: result.version_digest}, PREDICATE, predicate(result, metrics, attempt, benchmark)
    )
    envelope = dsse.sign_statement(made, signer)
    return ResultStatement(
        result_id=result.id,
        envelope=envelope,
        sha256=hashlib.sha256(dsse.unverified_payload(envelope)).hexdigest(),
        public_key=public_text(signer.verifier),
    )
