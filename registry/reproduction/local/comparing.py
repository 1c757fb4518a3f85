"""What came out here beside what was recorded. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from portal.kit.i18n import N_
from registry.reproduction.local.running import Here
from registry.reproduction.pack import Extent, Pack, Recorded


class Verdict(StrEnum):
    """How one thing compares."""

    label: str

    def __new__(cls, value: str, label: str) -> "Verdict":
        """A member with its message id."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    identical = "identical", N_("Identical")
    within = "within_tolerance", N_("Within tolerance")
    differs = "differs", N_("Differs")


@dataclass(frozen=True)
class Line:
    """One metric: recorded, here, and whether they agree."""

    metric: Recorded
    here: float | None
    """None where the scorer here gave no such metric."""
    verdict: Verdict

    @property
    def difference(self) -> float | None:
        """Here minus recorded, in the metric's unit."""
        return None if self.here is None else self.here - self.metric.value


@dataclass(frozen=True)
class Comparison:
    """All that was compared. ``predictions`` decides only where nothing was scored; else it tells why."""

    lines: Sequence[Line]
    predictions: Verdict
    per_item: Verdict | None
    match: bool


def compare(pack: Pack, here: Here) -> Comparison:
    """Every recorded metric against the one made here; a metric that is missing here differs."""
    predictions = _same(pack.predictions_digest, here.predictions_digest)
    if pack.extent is Extent.predictions:
        return Comparison((), predictions, None, predictions is Verdict.identical)
    lines = [_line(metric, here.metrics) for metric in pack.metrics]
    return Comparison(
        lines,
        predictions,
        _same(pack.per_item_digest, here.per_item_digest),
        bool(lines) and all(line.verdict is not Verdict.differs for line in lines),
    )


def _same(recorded: str, here: str) -> Verdict:
    return Verdict.identical if recorded == here else Verdict.differs


def _line(metric: Recorded, here: Mapping[str, float]) -> Line:
    value = here.get(metric.name)
    if value is None or not metric.agrees(value):
        return Line(metric, value, Verdict.differs)
    return Line(metric, value, Verdict.identical if value == metric.value else Verdict.within)


def as_json(
    pack: Pack, digest: str, here: Here, comparison: Comparison, warnings: Sequence[str]
) -> dict[str, Any]:
    """The comparison for scripts; numbers in the metrics' own units."""
    return {
        "verdict": "match" if comparison.match else "differs",
        "result": pack.result,
        "extent": pack.extent.value,
        "pack_sha256": digest,
        "submission": f"{pack.submission.asset}@{pack.submission.version}",
        "benchmark": f"{pack.benchmark.asset}@{pack.benchmark.version}",
        "metrics": [
            {
                "name": line.metric.name,
                "recorded": line.metric.value,
                "here": line.here,
                "difference": line.difference,
                "tolerance": line.metric.allowed,
                "verdict": line.verdict.value,
            }
            for line in comparison.lines
        ],
        "predictions": {
            "recorded": pack.predictions_digest,
            "here": here.predictions_digest,
            "verdict": comparison.predictions.value,
        },
        "per_item": None
        if comparison.per_item is None
        else {
            "recorded": pack.per_item_digest,
            "here": here.per_item_digest,
            "verdict": comparison.per_item.value,
        },
        "sandbox": {"recorded": pack.sandbox_grade, "here": here.grade},
        "seconds": {"predict": round(here.predict_s, 3), "score": round(here.score_s, 3)},
        "warnings": list(warnings),
    }
