"""Scores, and their percentile bootstrap over items or blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from registry.evaluation.statistics.items import (
    AGGREGATES,
    Floats,
    Ints,
    Items,
    MetricSpec,
    StatisticsError,
    TooFewError,
)

CHUNK_CELLS = 2_000_000
SAME = 1e-12
MEDIAN_COLUMNS = 128


@dataclass(frozen=True, slots=True)
class Interval:
    """A two-sided percentile interval in the metric's own unit; `units` items or blocks were resampled."""

    low: float
    high: float
    level: float
    resamples: int
    units: int
    by_block: bool


def aggregate(metric: MetricSpec, items: Items) -> float:
    """The metric over all items: mean, sqrt(mean), median, mean of the strata's means, or 1 - sum/sum."""
    if metric.aggregate == "median":
        return float(np.median(items.values))
    _check_parts(metric, items)
    top, bottom = parts(metric, [items])
    score = combine(metric, top.sum(axis=0)[None], bottom.sum(axis=0)[None])
    return float(score[0, 0])


def bootstrap(
    metric: MetricSpec, items: Items, *, seed: int, resamples: int = 10_000, level: float = 0.95
) -> Interval:
    """Percentile interval of the metric over resampled items, or over resampled blocks where items carry one.

    Raises TooFewError below two units.
    """
    scores = resampled(metric, [items], seed, resamples)
    return interval_of(items, scores[:, 0], level)


def interval_of(items: Items, scores: Floats, level: float) -> Interval:
    """Percentile interval of resampled scores; undefined ones are left out unless they are the majority."""
    usable = scores[np.isfinite(scores)]
    if len(usable) * 2 < len(scores):
        raise StatisticsError("the metric is undefined in more than half of the resamples")
    low, high = np.quantile(usable, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high), level, len(scores), unit_count(items), items.blocks is not None)


def unit_count(items: Items) -> int:
    """How many units are drawn: items, or blocks where items carry one."""
    return len(items.ids) if items.blocks is None else int(items.blocks.max()) + 1


def _check_parts(metric: MetricSpec, items: Items) -> None:
    if metric.aggregate not in AGGREGATES:
        raise StatisticsError(f"unknown aggregate {metric.aggregate}")
    if metric.aggregate == "balanced_mean" and items.strata is None:
        raise StatisticsError(f"{metric.name}: balanced_mean needs a stratum column")
    if metric.aggregate == "one_minus_ratio":
        if items.denominators is None:
            raise StatisticsError(f"{metric.name}: one_minus_ratio needs a denominator column")
        if not items.denominators.sum() > 0:
            raise StatisticsError(f"{metric.name}: the denominators must add up to more than 0")
    if metric.aggregate == "sqrt_mean" and items.values.min() < 0:
        raise StatisticsError(f"{metric.name}: sqrt_mean needs values of 0 or more")


def parts(metric: MetricSpec, board: Sequence[Items]) -> tuple[Floats, Floats]:
    """Per item: numerators (n, strata, entries), denominators (n, strata, 1); one stratum unless balanced."""
    first = board[0]
    values = np.stack([items.values for items in board], axis=1)[:, None, :]
    if metric.aggregate == "one_minus_ratio" and first.denominators is not None:
        return values, first.denominators[:, None, None]
    if metric.aggregate != "balanced_mean" or first.strata is None:
        return values, np.ones((len(first.ids), 1, 1))
    member = np.eye(int(first.strata.max()) + 1)[first.strata][:, :, None]
    return values * member, member


def combine(metric: MetricSpec, top: Floats, bottom: Floats) -> Floats:
    """Sums (resamples, strata, entries) to scores (resamples, entries); an absent stratum is left out."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = top / bottom
    if metric.aggregate == "sqrt_mean":
        return np.asarray(np.sqrt(ratio[:, 0]))
    if metric.aggregate == "one_minus_ratio":
        return np.asarray(np.where(bottom[:, 0] > 0, 1 - ratio[:, 0], np.nan))
    if metric.aggregate == "balanced_mean":
        present = bottom > 0
        return np.asarray(np.where(present, ratio, 0).sum(axis=1) / present.sum(axis=1))
    return np.asarray(ratio[:, 0])


def resampled(metric: MetricSpec, board: Sequence[Items], seed: int, resamples: int) -> Floats:
    """Scores of every entry in every resample, shape (resamples, entries); memory is bounded by chunks."""
    first = board[0]
    draws = draws_of(metric, first, seed, resamples)
    for items in board:
        _check_parts(metric, items)
    units = unit_count(first)
    unit_of = np.arange(units) if first.blocks is None else first.blocks
    if metric.aggregate == "median":
        return np.concatenate([medians(weights, unit_of, board) for weights in draws])
    top, bottom = (by_unit(part, unit_of, units) for part in parts(metric, board))
    scores = []
    for weights in draws:
        drawn = weights.astype(np.float64)
        scores.append(combine(metric, _weigh(drawn, top), _weigh(drawn, bottom)))
    return flatten_noise(np.concatenate(scores))


def draws_of(metric: MetricSpec, items: Items, seed: int, resamples: int) -> Iterator[npt.NDArray[np.uint16]]:
    """How often each unit was drawn, in chunks of shape (some resamples, units); TooFewError below two units."""
    units = unit_count(items)
    if units < 2:
        raise TooFewError("a confidence interval needs at least two items, or two blocks")
    kept = items.strata if metric.aggregate == "balanced_mean" and items.blocks is None else None
    return _draws(np.random.default_rng(seed), units, resamples, kept)


def by_unit(part: Floats, unit_of: Ints, units: int) -> Floats:
    """Sums of the items of every unit, shape (units, ...)."""
    summed = np.zeros((units, *part.shape[1:]))
    np.add.at(summed, unit_of, part)
    return summed


def _weigh(drawn: Floats, part: Floats) -> Floats:
    return np.asarray((drawn @ part.reshape(len(part), -1)).reshape(len(drawn), *part.shape[1:]))


def flatten_noise(scores: Floats) -> Floats:
    """Round at 1e-12 of the scale, so that equal entries stay equal whatever order BLAS sums in."""
    finite = np.abs(scores[np.isfinite(scores)])
    scale = float(finite.max()) if finite.size else 0.0
    if scale == 0.0:
        return scores
    return np.asarray(np.round(scores / scale / SAME) * (scale * SAME))


def _draws(
    rng: np.random.Generator, units: int, resamples: int, kept: Ints | None
) -> Iterator[npt.NDArray[np.uint16]]:
    """How often each unit was drawn, in chunks of shape (some resamples, units)."""
    pools = (
        [np.arange(units)]
        if kept is None
        else [np.flatnonzero(kept == k) for k in range(int(kept.max()) + 1)]
    )
    chunk = max(1, CHUNK_CELLS // units)
    for start in range(0, resamples, chunk):
        rows = min(chunk, resamples - start)
        shift = np.arange(rows, dtype=np.int64)[:, None] * units
        drawn = [pool[rng.integers(0, len(pool), (rows, len(pool)))] + shift for pool in pools]
        flat = np.concatenate(drawn, axis=1).ravel()
        yield np.bincount(flat, minlength=rows * units).reshape(rows, units).astype(np.uint16)


def medians(weights: npt.NDArray[np.uint16], unit_of: Ints, board: Sequence[Items]) -> Floats:
    """Median of each entry in each resample by counting along its sorted values: (resamples, entries)."""
    found = np.empty((len(weights), len(board)))
    orders = [np.argsort(items.values, kind="stable") for items in board]
    for start in range(0, len(weights), MEDIAN_COLUMNS):
        part = slice(start, start + MEDIAN_COLUMNS)
        by_item = np.ascontiguousarray(weights[part].T[unit_of])
        total = by_item.sum(axis=0, dtype=np.int64)
        count = np.uint16 if total.max() < np.iinfo(np.uint16).max else np.uint32
        lower, upper = ((total + 1) // 2).astype(count), (total // 2 + 1).astype(count)
        for at, (items, order) in enumerate(zip(board, orders, strict=True)):
            ranked = items.values[order]
            seen = np.cumsum(by_item[order], axis=0, dtype=count)
            below = (np.count_nonzero(seen < edge, axis=0) for edge in (lower, upper))
            found[part, at] = sum(ranked[place] for place in below) / 2
    return found
