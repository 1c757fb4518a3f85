"""Two entries on the same items: how large the difference is, how sure, and whether chance alone would do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from registry.evaluation.statistics.items import Floats, Ints, Items, MetricSpec, StatisticsError
from registry.evaluation.statistics.ranking import check_common
from registry.evaluation.statistics.resampling import (
    CHUNK_CELLS,
    SAME,
    Interval,
    aggregate,
    by_unit,
    combine,
    interval_of,
    parts,
    resampled,
    unit_count,
)

EXACT_UNITS = 12
"""Up to so many units every one of the 2^units exchanges is tried."""
MOST_CELLS = 500_000_000
"""Exchanges times units; beyond it fewer exchanges are tried (the answer says how many)."""


@dataclass(frozen=True, slots=True)
class Paired:
    """The comparison of `b` with `a`, in the metric's own unit.

    `difference` is b - a with its percentile interval; `gain` is the same signed so that positive is better.
    `effect` is Cohen's d_z of the items' gains (None where all gains are equal); `better`, `worse` and `equal`
    count items. `exact` says that all exchanges were tried and not a sample of them.
    """

    a: float
    b: float
    difference: float
    interval: Interval
    gain: float
    p_value: float
    permutations: int
    exact: bool
    effect: float | None
    better: int
    worse: int
    equal: int


def paired(
    metric: MetricSpec,
    a: Items,
    b: Items,
    *,
    seed: int,
    resamples: int = 10_000,
    permutations: int = 9_999,
    level: float = 0.95,
) -> Paired:
    """Compare two entries scored on the same items; refuses entries whose items, strata, blocks or denominators differ.

    Interval: both are resampled together, items or whole blocks (paired percentile bootstrap; Efron & Tibshirani
    1993, ch. 13; Koehn, EMNLP 2004). p-value, two-sided: within each item (or block) the two results are exchanged
    at random and the difference of the metric is made anew (Fisher's randomisation test; Good, Permutation,
    Parametric, and Bootstrap Tests of Hypotheses, 2005, ch. 3); with sampled exchanges p = (1 + r) / (1 + m), which
    never is 0 (Phipson & Smyth, SAGMB 9(1), 2010). Effect: d_z, the mean of the items' gains over their standard
    deviation (Cohen, Statistical Power Analysis, 1988, 2.3.5). Raises TooFewError below two items or blocks.
    """
    check_common(["a", "b"], [a, b])
    scores = resampled(metric, [a, b], seed, resamples)
    first, second = aggregate(metric, a), aggregate(metric, b)
    difference = second - first
    sign = 1.0 if metric.direction == "higher" else -1.0
    tried, extreme, exact = _exchanges(metric, a, b, difference, seed, permutations)
    gains = _gains(metric, a, b)
    spread = float(gains.std(ddof=1))
    return Paired(
        a=first,
        b=second,
        difference=difference,
        interval=interval_of(a, scores[:, 1] - scores[:, 0], level),
        gain=sign * difference,
        p_value=extreme / tried if exact else (1 + extreme) / (1 + tried),
        permutations=tried,
        exact=exact,
        effect=float(gains.mean()) / spread if spread > 0 else None,
        better=int(np.count_nonzero(gains > 0)),
        worse=int(np.count_nonzero(gains < 0)),
        equal=int(np.count_nonzero(gains == 0)),
    )


def _gains(metric: MetricSpec, a: Items, b: Items) -> Floats:
    """Per item how much better `b` is; an item's value counts against its entry where the metric is 1 - a ratio."""
    higher = (metric.direction == "higher") != (metric.aggregate == "one_minus_ratio")
    return np.asarray((b.values - a.values) * (1.0 if higher else -1.0))


def _exchanges(
    metric: MetricSpec, a: Items, b: Items, difference: float, seed: int, permutations: int
) -> tuple[int, int, bool]:
    """How many exchanges were tried, how many gave a difference at least as large, and whether those were all."""
    units = unit_count(a)
    exact = units <= EXACT_UNITS
    count = 2**units if exact else max(199, min(permutations, MOST_CELLS // units))
    made = _every(units) if exact else _some(np.random.default_rng((seed, 1)), units, count)
    unit_of = np.arange(units) if a.blocks is None else a.blocks
    differ = _medians if metric.aggregate == "median" else _sums
    edge = abs(difference) - SAME * max(1.0, abs(difference))
    extreme = 0
    for swapped in made:
        with np.errstate(invalid="ignore"):
            found = np.abs(differ(metric, a, b, unit_of, swapped))
        if not np.isfinite(found).all():
            raise StatisticsError("the metric is undefined for some exchange of results")
        extreme += int(np.count_nonzero(found >= edge))
    return count, extreme, exact


def _every(units: int) -> Iterator[npt.NDArray[np.bool_]]:
    codes = np.arange(2**units)[:, None]
    yield (codes >> np.arange(units)[None]) & 1 == 1


def _some(rng: np.random.Generator, units: int, count: int) -> Iterator[npt.NDArray[np.bool_]]:
    chunk = max(1, CHUNK_CELLS // units)
    for start in range(0, count, chunk):
        yield rng.integers(0, 2, (min(chunk, count - start), units), dtype=np.uint8) == 1


def _sums(metric: MetricSpec, a: Items, b: Items, unit_of: Ints, swapped: npt.NDArray[np.bool_]) -> Floats:
    """Differences of a metric made of sums: an exchange moves the unit's difference from one sum to the other."""
    units = swapped.shape[1]
    top, bottom = (by_unit(part, unit_of, units) for part in parts(metric, [a, b]))
    moved = swapped.astype(np.float64) @ (top[:, :, 1] - top[:, :, 0])
    total, weight = (
        top.sum(axis=0),
        np.broadcast_to(bottom.sum(axis=0)[None], (len(swapped), *bottom.shape[1:])),
    )
    sums = np.stack([total[:, 0][None] + moved, total[:, 1][None] - moved], axis=2)
    scores = combine(metric, sums, weight)
    return np.asarray(scores[:, 1] - scores[:, 0])


def _medians(
    _metric: MetricSpec, a: Items, b: Items, unit_of: Ints, swapped: npt.NDArray[np.bool_]
) -> Floats:
    by_item = swapped[:, unit_of]
    ours = np.median(np.where(by_item, b.values, a.values), axis=1)
    theirs = np.median(np.where(by_item, a.values, b.values), axis=1)
    return np.asarray(theirs - ours)
