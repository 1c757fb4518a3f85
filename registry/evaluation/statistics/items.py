"""What a statistic is computed from: the metric as declared, and its columns of the per-item results."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Aggregate = Literal["mean", "sqrt_mean", "median", "balanced_mean", "one_minus_ratio"]
Direction = Literal["higher", "lower"]
AGGREGATES: tuple[str, ...] = get_args(Aggregate)


class StatisticsError(ValueError):
    """The per-item results do not allow the statistic asked for; the message says why."""


class TooFewError(StatisticsError):
    """Fewer than two items (or blocks): there is nothing to resample."""


@dataclass(frozen=True, slots=True)
class MetricSpec:
    """How a metric is made from per-item columns, as benchmark.yaml declares it."""

    name: str
    aggregate: Aggregate
    direction: Direction
    value: str
    stratum: str | None = None
    denominator: str | None = None


@dataclass(frozen=True, slots=True)
class Items:
    """Per-item results of one metric, sorted by id; all arrays have shape (n,).

    `strata` and `blocks` are codes 0..k-1; `denominators` is set for one_minus_ratio only.
    """

    ids: tuple[str, ...]
    values: Floats
    strata: Ints | None = None
    denominators: Floats | None = None
    blocks: Ints | None = None


def seed_from(*digests: str) -> int:
    """A 128-bit seed from digests (benchmark, scorer, version ...): same evidence, same interval."""
    return int.from_bytes(hashlib.sha256("\n".join(digests).encode()).digest()[:16], "big")


def items_from_rows(metric: MetricSpec, rows: Sequence[Mapping[str, Any]]) -> Items:
    """The columns `metric` needs, sorted by id; refuses repeated ids and missing or non-finite cells."""
    if not rows:
        raise StatisticsError("there are no items")
    ordered = sorted(rows, key=lambda row: str(row["id"]))
    ids = tuple(str(row["id"]) for row in ordered)
    if len(set(ids)) != len(ids):
        raise StatisticsError("an item id occurs twice")
    blocked = [row.get("block") is not None for row in ordered]
    if any(blocked) and not all(blocked):
        raise StatisticsError("some items carry a block and some do not")
    return Items(
        ids=ids,
        values=_numbers(ordered, metric.value),
        strata=_codes(ordered, metric.stratum) if metric.stratum else None,
        denominators=_numbers(ordered, metric.denominator) if metric.denominator else None,
        blocks=_codes(ordered, "block") if all(blocked) else None,
    )


def _numbers(rows: Sequence[Mapping[str, Any]], column: str) -> Floats:
    try:
        numbers = np.array([float(row[column]) for row in rows], dtype=np.float64)
    except (KeyError, TypeError, ValueError) as error:
        raise StatisticsError(f"column {column} is missing or not a number in some item") from error
    if not np.isfinite(numbers).all():
        raise StatisticsError(f"column {column} is not finite in some item")
    return numbers


def _codes(rows: Sequence[Mapping[str, Any]], column: str) -> Ints:
    if any(row.get(column) is None for row in rows):
        raise StatisticsError(f"column {column} is missing in some item")
    _, codes = np.unique([str(row[column]) for row in rows], return_inverse=True)
    return codes.astype(np.int64)
