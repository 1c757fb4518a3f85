"""Scores over groups of items (regions, slices), and how far they lie from the score over all items."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from registry.evaluation.statistics.items import Floats, Ints, Items, MetricSpec, StatisticsError
from registry.evaluation.statistics.ranking import check_common
from registry.evaluation.statistics.resampling import (
    Interval,
    aggregate,
    by_unit,
    combine,
    draws_of,
    flatten_noise,
    interval_of,
    medians,
    parts,
)

_Score = Callable[[npt.NDArray[np.uint16]], Floats]
"""From how often each unit was drawn, shape (resamples, units), to the score of a group in every resample."""


@dataclass(frozen=True, slots=True)
class CellScore:
    """A metric over a group of items; `difference` is its value minus that of all items.

    `interval` and `difference_interval` are None where the group has fewer than two units (items, or blocks), or
    where the metric is undefined in most resamples.
    """

    value: float
    interval: Interval | None
    difference: float
    difference_interval: Interval | None


def by_cell(
    metric: MetricSpec,
    items: Items,
    cells: Sequence[Sequence[int]],
    *,
    seed: int,
    resamples: int = 10_000,
    level: float = 0.95,
) -> list[CellScore | None]:
    """Scores over `cells`, each given by positions in `items`; None where the metric is undefined over a cell.

    All come from one set of resamples of all units, so that a cell and the whole move together and a block that
    reaches into several cells stays one block (the percentile bootstrap for domains: Davison & Hinkley 1997,
    sec. 3.8; Saerndal et al., Model Assisted Survey Sampling, 1992, ch. 10). The size of a cell varies over the
    resamples as it would if the items had been drawn anew; resamples without the cell are left out. Raises
    TooFewError where all items are fewer than two units.
    """
    everything = list(range(len(items.ids)))
    groups = [_picked(items, positions) for positions in [everything, *cells]]
    scores = _resampled(metric, items, groups, seed, resamples)
    whole = aggregate(metric, items)
    found: list[CellScore | None] = []
    for at, group in enumerate(groups[1:], start=1):
        try:
            value = aggregate(metric, group.items)
        except StatisticsError:
            found.append(None)
            continue
        found.append(
            CellScore(
                value,
                _interval(group, scores[:, at], level),
                value - whole,
                _interval(group, scores[:, at] - scores[:, 0], level),
            )
        )
    return found


def differences_by_cell(
    metric: MetricSpec,
    a: Items,
    b: Items,
    cells: Sequence[Sequence[int]],
    *,
    seed: int,
    resamples: int = 10_000,
    level: float = 0.95,
) -> list[tuple[float, Interval | None] | None]:
    """`b` minus `a` over each of `cells`, both resampled together (paired bootstrap, see `paired`)."""
    check_common(["a", "b"], [a, b])
    scores = [
        _resampled(metric, items, [_picked(items, positions) for positions in cells], seed, resamples)
        for items in (a, b)
    ]
    found: list[tuple[float, Interval | None] | None] = []
    for at, positions in enumerate(cells):
        first, second = _picked(a, positions), _picked(b, positions)
        try:
            difference = aggregate(metric, second.items) - aggregate(metric, first.items)
        except StatisticsError:
            found.append(None)
            continue
        found.append((difference, _interval(first, scores[1][:, at] - scores[0][:, at], level)))
    return found


@dataclass(frozen=True, slots=True)
class _Group:
    """The items of a cell, and which units of all items they belong to."""

    items: Items
    unit_of: Ints

    @property
    def units(self) -> int:
        return len(np.unique(self.unit_of))


def _picked(items: Items, positions: Sequence[int]) -> _Group:
    at = np.asarray(positions, dtype=np.int64)
    unit_of = at if items.blocks is None else items.blocks[at]
    return _Group(subset(items, at), unit_of)


def subset(items: Items, at: Ints) -> Items:
    """Some of the items, without their blocks; strata keep their codes."""
    return Items(
        ids=tuple(items.ids[place] for place in at.tolist()),
        values=items.values[at],
        strata=None if items.strata is None else items.strata[at],
        denominators=None if items.denominators is None else items.denominators[at],
    )


def _resampled(
    metric: MetricSpec, items: Items, groups: Sequence[_Group], seed: int, resamples: int
) -> Floats:
    """Scores of every group in every resample, shape (resamples, groups); NaN where a group was not drawn."""
    make = _median_of if metric.aggregate == "median" else _sums_of
    prepared = [make(metric, group) for group in groups]
    chunks = [
        np.stack([score(weights) for score in prepared], axis=1)
        for weights in draws_of(metric, items, seed, resamples)
    ]
    found = np.concatenate(chunks)
    return found if metric.aggregate == "median" else flatten_noise(found)


def _sums_of(metric: MetricSpec, group: _Group) -> _Score:
    units, inside = np.unique(group.unit_of, return_inverse=True)
    top, bottom = (by_unit(part, inside, len(units)) for part in parts(metric, [group.items]))

    def score(weights: npt.NDArray[np.uint16]) -> Floats:
        drawn = weights[:, units].astype(np.float64)
        sums = (
            (drawn @ part.reshape(len(units), -1)).reshape(len(drawn), *part.shape[1:])
            for part in (top, bottom)
        )
        with np.errstate(invalid="ignore"):
            return np.asarray(combine(metric, *sums)[:, 0])

    return score


def _median_of(_metric: MetricSpec, group: _Group) -> _Score:
    units = np.unique(group.unit_of)

    def score(weights: npt.NDArray[np.uint16]) -> Floats:
        drawn = weights[:, units].any(axis=1)
        found = np.full(len(weights), np.nan)
        found[drawn] = medians(weights[drawn], group.unit_of, [group.items])[:, 0]
        return found

    return score


def _interval(group: _Group, scores: Floats, level: float) -> Interval | None:
    if group.units < 2:
        return None
    try:
        return interval_of(group.items, scores, level)
    except StatisticsError:
        return None
