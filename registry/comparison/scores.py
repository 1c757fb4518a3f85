"""Scores of two versions on the benchmark versions both were evaluated on, with the paired comparison where made."""

import uuid
from dataclasses import dataclass
from typing import Any

from portal.kit.actor import Actor
from portal.kit.db import Session
from registry.benchmarks import queries as benchmark_queries
from registry.benchmarks.models import BenchmarkVersion
from registry.evaluation import policy
from registry.evaluation.actions.comparisons import ordered
from registry.evaluation.cells import CellLine, Dimension, dimensions
from registry.evaluation.queries import cells, comparisons, results

CLEAR = 0.05


@dataclass(frozen=True)
class ScoreLine:
    """A metric on a benchmark: both results, and the comparison (None while it was not made)."""

    metric: Any
    old: Any
    new: Any
    paired: Any
    difference: float | None
    low: float | None
    high: float | None
    effect: float | None
    better: int
    worse: int

    @property
    def verdict(self) -> str:
        """``better`` or ``worse`` where the interval of the difference leaves 0 out, else ``unclear``."""
        if self.low is None or self.high is None or self.low <= 0 <= self.high:
            return "unclear"
        return "better" if (self.low > 0) == self.metric.higher_is_better else "worse"


@dataclass(frozen=True)
class BenchmarkScores:
    """One benchmark version: its names, the two results, and a line per metric."""

    row: Any
    pair: tuple[uuid.UUID, uuid.UUID]
    lines: list[ScoreLine]

    @property
    def is_compared(self) -> bool:
        """Whether the paired comparison was made."""
        return any(line.paired is not None for line in self.lines)


def common_scores(
    db: Session, actor: Actor, asset_id: uuid.UUID, old: Any, new: Any
) -> list[BenchmarkScores]:
    """The newest result of each of the two versions on every benchmark version they share. Three queries."""
    found: dict[uuid.UUID, dict[uuid.UUID, Any]] = {}
    for row in results.results_of(db, actor, asset_id=asset_id, version_ids=[old.id, new.id]):
        found.setdefault(row[0].benchmark_id, {}).setdefault(row.version_id, row)
    shared = [(rows[old.id], rows[new.id]) for rows in found.values() if len(rows) == 2]
    metrics = results.metrics_of(db, [row[0].id for pair in shared for row in pair])
    made = comparisons.of_pairs(db, {ordered(a[0].id, b[0].id) for a, b in shared})
    return [
        BenchmarkScores(
            row=b,
            pair=(a[0].id, b[0].id),
            lines=_lines(a[0].id, b[0].id, metrics, made.get(ordered(a[0].id, b[0].id), {})),
        )
        for a, b in shared
    ]


def pair_scores(db: Session, old: uuid.UUID, new: uuid.UUID) -> list[ScoreLine]:
    """A line per metric of two results of one benchmark version. Two queries."""
    metrics = results.metrics_of(db, [old, new])
    pair = ordered(old, new)
    return _lines(old, new, metrics, comparisons.of_pairs(db, [pair]).get(pair, {}))


@dataclass(frozen=True)
class CellChange:
    """A region or slice: both scores by the primary metric, and the difference (second minus first) where made."""

    line: Any
    old: Any
    new: Any
    difference: float | None
    low: float | None
    high: float | None
    higher_is_better: bool

    @property
    def verdict(self) -> str:
        """``better`` or ``worse`` where the interval of the difference leaves 0 out, else ``unclear``."""
        if self.low is None or self.high is None or self.low <= 0 <= self.high:
            return "unclear"
        return "better" if (self.low > 0) == self.higher_is_better else "worse"


def pair_cells(
    db: Session,
    actor: Actor,
    benchmark: BenchmarkVersion,
    namespace_id: uuid.UUID,
    old: uuid.UUID,
    new: uuid.UUID,
) -> list[tuple[Dimension, list[CellChange]]]:
    """Two results of one benchmark version along every dimension that the reader may see; four queries, none where
    the benchmark has no item table.
    """
    if not benchmark.manifest.get("item_table"):
        return []
    primary = next(metric for metric in benchmark.manifest["metrics"] if metric["primary"])
    higher = primary["direction"] == "higher"
    rows = benchmark_queries.cells_of(db, benchmark.id)
    before, after = (cells.scores(db, result, [primary["name"]]) for result in (old, new))
    first = {score.cell_id: score for score in before}
    made = cells.paired(db, *ordered(old, new))
    owner = policy.sees_all_cells(actor, namespace_id)
    found = dimensions(benchmark.manifest, rows, after, higher_is_better=higher, owner=owner)
    sign = -1 if new < old else 1
    return [
        (
            one,
            [
                _change(line, first.get(line.cell.id), made.get(line.cell.id), sign, higher)
                for line in one.lines
            ],
        )
        for one in found
    ]


def _change(line: CellLine, old: Any, row: Any, sign: int, higher: bool) -> CellChange:
    if row is None:
        return CellChange(line, old, line.score, None, None, None, higher)
    ends = (row.low, row.high) if row.low is not None and row.high is not None else None
    low, high = sorted(sign * end for end in ends) if ends else (None, None)
    return CellChange(line, old, line.score, sign * row.difference, low, high, higher)


def _lines(
    old: uuid.UUID, new: uuid.UUID, metrics: dict[uuid.UUID, list[Any]], made: dict[str, Any]
) -> list[ScoreLine]:
    before = {given.name: given for given, _said in metrics.get(old, [])}
    return [
        _line(said, before[given.name], given, made.get(given.name), turned=new < old)
        for given, said in metrics.get(new, [])
        if given.name in before
    ]


def _line(metric: Any, old: Any, new: Any, row: Any, *, turned: bool) -> ScoreLine:
    """A comparison is kept in the order of ids; ``turned``: the newer version is the first of it."""
    if row is None or row.difference is None:
        return ScoreLine(metric, old, new, row, None, None, None, None, 0, 0)
    if not turned:
        return ScoreLine(
            metric, old, new, row, row.difference, row.low, row.high, row.effect, row.better, row.worse
        )
    effect = -row.effect if row.effect is not None else None
    return ScoreLine(
        metric, old, new, row, -row.difference, -row.high, -row.low, effect, row.worse, row.better
    )
