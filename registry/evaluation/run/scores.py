"""Reads what a scorer left, makes every metric again from the per-item results, and refuses what does not agree."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry.benchmarks.forms import Manifest, Metric
from registry.evaluation.actions.endings import MetricValue
from registry.evaluation.failures import clean, said
from registry.evaluation.run.faults import RunFailed
from registry.evaluation.statistics import (
    MetricSpec,
    StatisticsError,
    TooFewError,
    aggregate,
    bootstrap,
    items_from_rows,
    seed_from,
)
from registry.sandbox.collector import read_file
from registry.sandbox.errors import OutputRefused, ScoresRefused
from registry.sandbox.strict_json import number, read_lines, read_scores

SCORES, PER_ITEM = "scores.json", "per_item.jsonl"
MAX_SCORES = 65_536
MAX_PER_ITEM = 64 * 1024 * 1024
MAX_ITEMS = 1_000_000
MAX_LINE = 65_536
MAX_TEXT = 200
TOLERANCE = 1e-6
RESAMPLES = 2000
SEED_BITS = 63

Row = dict[str, Any]


@dataclass(frozen=True)
class Scored:
    """Metrics that hold, with their intervals, and the evidence they were made from."""

    metrics: tuple[MetricValue, ...]
    per_item: bytes
    item_count: int
    seed: int
    resamples: int


def read_output(
    output: Path, manifest: Manifest, *, evidence: Sequence[str], ids: Collection[str] | None = None
) -> Scored:
    """Read ``scores.json`` and ``per_item.jsonl`` of a scorer's output; `RunFailed` says what does not hold.

    ``evidence``: digests from which the seed of the intervals is made, so that anyone can make them again.
    ``ids``: the ids of the benchmark's item table, where it has one; the scorer must give just these.
    """
    try:
        given = read_scores(
            read_file(output, SCORES, MAX_SCORES),
            [metric.name for metric in manifest.metrics],
            max_bytes=MAX_SCORES,
        )
        data = read_file(output, PER_ITEM, MAX_PER_ITEM)
        rows = list(_rows(data, manifest))
    except (OutputRefused, ScoresRefused) as error:
        raise RunFailed("scores_invalid", reason=said(error)) from error
    if ids is not None:
        _check_ids(rows, ids)
    return measure(rows, given, manifest, data, evidence)


def _check_ids(rows: Sequence[Row], ids: Collection[str]) -> None:
    given = {str(row["id"]) for row in rows}
    if odd := given.symmetric_difference(ids):
        reason = f"{len(odd)} ids are in only one of {PER_ITEM} and the item table"
        raise RunFailed("scores_invalid", reason=clean(reason))


def _rows(data: bytes, manifest: Manifest) -> Iterable[Row]:
    """Strictly the declared columns: ``id``, perhaps ``block``, finite numbers, strata."""
    numbers, strata = manifest.number_columns, manifest.stratum_columns
    needed = {"id", *numbers, *strata}
    seen: set[str] = set()
    for line, row in enumerate(
        read_lines(data, max_lines=MAX_ITEMS, max_line_bytes=MAX_LINE, max_depth=1), start=1
    ):
        if not needed <= row.keys() <= needed | {"block"}:
            odd = sorted((needed - row.keys()) | (row.keys() - needed - {"block"}))
            raise ScoresRefused(
                "Line %(line)s: %(reason)s", line=line, reason=clean("columns: " + ", ".join(odd))
            )
        for column in ("id", "block", *strata):
            if column in row and not _is_name(row[column]):
                raise ScoresRefused(
                    "Line %(line)s: %(reason)s", line=line, reason=f"{column} is no short text"
                )
        for column in numbers:
            row[column] = number(row[column], column)
        if row["id"] in seen:
            raise ScoresRefused("Line %(line)s: %(reason)s", line=line, reason="the id occurs twice")
        seen.add(str(row["id"]))
        yield row
    if not seen:
        raise ScoresRefused("Line %(line)s: %(reason)s", line=1, reason="there are no items")


def _is_name(value: object) -> bool:
    if isinstance(value, str):
        return 0 < len(value) <= MAX_TEXT
    return isinstance(value, int) and not isinstance(value, bool)


def spec(metric: Metric) -> MetricSpec:
    """A metric of the manifest as the statistics know it."""
    return MetricSpec(
        metric.name, metric.aggregate, metric.direction, metric.value, metric.stratum, metric.denominator
    )


def measure(
    rows: Sequence[Mapping[str, Any]],
    given: Mapping[str, float],
    manifest: Manifest,
    data: bytes,
    evidence: Sequence[str],
) -> Scored:
    """Make the metrics again, compare (relative tolerance 1e-6), and add 95 % percentile bootstrap intervals."""
    seed = seed_from(*evidence) & ((1 << SEED_BITS) - 1)
    found: list[MetricValue] = []
    resamples = RESAMPLES
    for metric in manifest.metrics:
        wanted = spec(metric)
        try:
            items = items_from_rows(wanted, rows)
            value = aggregate(wanted, items)
        except StatisticsError as error:
            raise RunFailed("scores_invalid", reason=clean(f"{metric.name}: {error}")) from error
        if not _agree(given[metric.name], value):
            raise RunFailed(
                "scores_inconsistent",
                metric=metric.name,
                given=f"{given[metric.name]:.9g}",
                found=f"{value:.9g}",
            )
        try:
            interval = bootstrap(wanted, items, seed=seed, resamples=RESAMPLES)
            low, high = interval.low, interval.high
        except TooFewError:
            # One item, or one block, says nothing about the spread.
            low = high = value
            resamples = 0
        except StatisticsError as error:
            raise RunFailed("scores_invalid", reason=clean(f"{metric.name}: {error}")) from error
        found.append(MetricValue(metric.name, value, low, high))
    return Scored(tuple(found), data, len(rows), seed, resamples)


def _agree(given: float, found: float) -> bool:
    return math.isfinite(found) and math.isclose(given, found, rel_tol=TOLERANCE, abs_tol=1e-12)


def read_rows(data: bytes, manifest: Manifest) -> list[Row]:
    """The rows of a per-item file that was accepted before."""
    return list(_rows(data, manifest))
