"""Scores from per-item results, their confidence intervals, and rankings that admit ties. Pure numpy.

Every function is deterministic: items are sorted by id first, and the random stream is PCG64 seeded by the
caller (`seed_from(...)` turns digests into a seed), so the order of a file never changes a published
interval.

Interval: the percentile bootstrap (Efron & Tibshirani, An Introduction to the Bootstrap, 1993, ch. 13), which
keeps inside the range of the metric. Where items carry a spatial block, whole blocks are drawn (cluster
bootstrap; Davison & Hinkley, Bootstrap Methods and their Application, 1997, sec. 3.8), because neighbours are
not independent. For `balanced_mean` without blocks each stratum keeps its size (stratified bootstrap, the
same book, sec. 3.2).
"""

from registry.evaluation.statistics.cells import CellScore, by_cell, differences_by_cell
from registry.evaluation.statistics.items import (
    AGGREGATES,
    Aggregate,
    Direction,
    Items,
    MetricSpec,
    StatisticsError,
    TooFewError,
    items_from_rows,
    seed_from,
)
from registry.evaluation.statistics.paired import Paired, paired
from registry.evaluation.statistics.ranking import Standing, rank_board
from registry.evaluation.statistics.resampling import Interval, aggregate, bootstrap

__all__ = [
    "AGGREGATES",
    "Aggregate",
    "CellScore",
    "Direction",
    "Interval",
    "Items",
    "MetricSpec",
    "Paired",
    "Standing",
    "StatisticsError",
    "TooFewError",
    "aggregate",
    "bootstrap",
    "by_cell",
    "differences_by_cell",
    "items_from_rows",
    "paired",
    "rank_board",
    "seed_from",
]
