"""A board of entries with rank intervals and tie groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from registry.evaluation.statistics.items import Floats, Ints, Items, MetricSpec, StatisticsError
from registry.evaluation.statistics.resampling import Interval, aggregate, interval_of, resampled


@dataclass(frozen=True, slots=True)
class Standing:
    """One entry of a board: score and interval, rank interval, and the tie group whose rank it shares."""

    key: str
    score: float
    interval: Interval
    rank: int
    rank_low: int
    rank_high: int
    group: int


def rank_board(
    metric: MetricSpec,
    entries: Mapping[str, Items],
    *,
    seed: int,
    resamples: int = 10_000,
    level: float = 0.95,
) -> list[Standing]:
    """Standings, best first; all entries are resampled together (paired bootstrap).

    Rank interval: the `level` percentile interval of an entry's rank over the resamples (Goldstein &
    Spiegelhalter, JRSS A 159(3), 1996; Hall & Miller, Annals of Statistics 37(6B), 2009), lower end by best
    possible and upper end by worst possible rank among exact ties, widened where needed to hold the rank by
    score. Tie group (a rule of this platform on the paired bootstrap of Koehn, EMNLP 2004): going down the
    scores, the first entry leads a group; each next one whose difference from the leader has an interval (not
    corrected for the number of entries) that holds 0 joins it, the first other one leads the next group. A
    group shares the rank 1 + number of entries in better groups. Refuses entries whose items, strata, blocks
    or denominators differ.
    """
    if not entries:
        return []
    keys = sorted(entries)
    board = [entries[key] for key in keys]
    check_common(keys, board)
    scores = resampled(metric, board, seed, resamples)
    points = np.array([aggregate(metric, items) for items in board])
    sign = -1.0 if metric.direction == "higher" else 1.0
    loss, loss_points = sign * scores, sign * points
    low, high = _rank_ends(loss, level)
    best_rank, worst_rank = _ranks(loss_points[None])
    order = [int(at) for at in np.lexsort((np.arange(len(keys)), loss_points))]
    shared, group = _tie_groups(loss, order, level)
    return [
        Standing(
            key=keys[at],
            score=float(points[at]),
            interval=interval_of(board[at], scores[:, at], level),
            rank=shared[at],
            rank_low=int(min(low[at], best_rank[0, at])),
            rank_high=int(max(high[at], worst_rank[0, at])),
            group=group[at],
        )
        for at in order
    ]


def check_common(keys: Sequence[str], board: Sequence[Items]) -> None:
    """Refuse entries that were scored on different items, strata, blocks or denominators."""
    first = board[0]
    for key, items in zip(keys, board, strict=True):
        if items.ids != first.ids:
            raise StatisticsError(f"entry {key} was scored on other items than entry {keys[0]}")
        for name in ("strata", "blocks", "denominators"):
            mine, theirs = getattr(items, name), getattr(first, name)
            if (mine is None) != (theirs is None) or (mine is not None and not np.array_equal(mine, theirs)):
                raise StatisticsError(f"entry {key} has other {name} than entry {keys[0]}")


def _ranks(loss: Floats) -> tuple[Ints, Ints]:
    """Best and worst possible rank of every entry in every row (1 is the smallest loss), shape as `loss`."""
    rows, entries = loss.shape
    order = np.argsort(loss, axis=1, kind="stable")
    ranked = np.take_along_axis(loss, order, axis=1)
    place = np.broadcast_to(np.arange(entries), (rows, entries))
    starts = np.ones((rows, entries), dtype=bool)
    starts[:, 1:] = ranked[:, 1:] != ranked[:, :-1]
    ends = np.ones((rows, entries), dtype=bool)
    ends[:, :-1] = starts[:, 1:]
    first = np.maximum.accumulate(np.where(starts, place, 0), axis=1)
    last = np.minimum.accumulate(np.where(ends, place, entries)[:, ::-1], axis=1)[:, ::-1]
    best, worst = np.empty_like(order), np.empty_like(order)
    np.put_along_axis(best, order, first + 1, axis=1)
    np.put_along_axis(worst, order, last + 1, axis=1)
    return best, worst


def _rank_ends(loss: Floats, level: float) -> tuple[Ints, Ints]:
    usable = loss[np.isfinite(loss).all(axis=1)]
    best, worst = _ranks(usable)
    low = np.quantile(best, (1 - level) / 2, axis=0, method="inverted_cdf")
    high = np.quantile(worst, (1 + level) / 2, axis=0, method="inverted_cdf")
    return low.astype(np.int64), high.astype(np.int64)


def _tie_groups(loss: Floats, order: Sequence[int], level: float) -> tuple[dict[int, int], dict[int, int]]:
    """Shared rank and group number (both from 1) of every entry, going down `order`."""
    usable = loss[np.isfinite(loss).all(axis=1)]
    shared: dict[int, int] = {}
    group: dict[int, int] = {}
    leader, rank, number = order[0], 1, 1
    for place, at in enumerate(order, start=1):
        behind = usable[:, at] - usable[:, leader]
        low, high = np.quantile(behind, [(1 - level) / 2, (1 + level) / 2])
        if low > 0 or high < 0:
            leader, rank, number = at, place, number + 1
        shared[at], group[at] = rank, number
    return shared, group
