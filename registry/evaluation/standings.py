"""A leaderboard by the score in one region or slice, or in the weakest slice of each entry."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.kit.actor import Actor
from portal.kit.db import Session
from portal.kit.i18n import _
from registry.benchmarks import queries as benchmarks
from registry.benchmarks.guards import Bench
from registry.benchmarks.models import BenchmarkCell, BenchmarkMetric
from registry.evaluation import policy
from registry.evaluation.boards import Line
from registry.evaluation.cells import cell_title, dimension_title
from registry.evaluation.queries import cells
from registry.evaluation.queries.boards import Standing

WEAKEST = "weakest"


@dataclass(frozen=True)
class View:
    """A board as it was asked for: ``key`` of the address, its name, and the score that orders it."""

    key: str
    title: str
    standing: Standing


@dataclass(frozen=True)
class Place:
    """Where an entry stands in a view; ``title`` names its weakest slice where that differs from entry to entry."""

    rank: int | None
    value: float | None
    low: float | None
    high: float | None
    title: str


NOWHERE = Place(None, None, None, None, "")
"""Of an entry without a score in the view."""


class Views:
    """The views of a board that a reader may choose from; hidden cells are none, others may be for the owner only."""

    def __init__(
        self,
        manifest: Mapping[str, Any],
        rows: Sequence[BenchmarkCell],
        primary: BenchmarkMetric,
        *,
        owner: bool,
    ) -> None:
        self._primary = primary
        shown = [row for row in rows if not row.hidden and (row.public or owner)]
        self._cells = {f"{row.dimension}/{row.key}": row for row in shown}
        self.titles: dict[uuid.UUID, str] = {
            row.id: f"{dimension_title(manifest, row.dimension)} · {cell_title(manifest, row)}"
            for row in shown
        }
        self.has_slices = any(row.public and row.dimension not in {"region", "place"} for row in shown)

    @property
    def options(self) -> list[tuple[str, str]]:
        """What the form offers: the weakest slice, provinces, squares and categories; not cities and counties."""
        found = [(WEAKEST, _("Weakest slice of each entry"))] if self.has_slices else []
        return found + [(key, self.titles[row.id]) for key, row in self._cells.items() if not row.parent]

    def find(self, key: str) -> View | None:
        """The view of that key; None where there is none that this reader may see."""
        metric, higher = self._primary.name, self._primary.higher_is_better
        if key == WEAKEST and self.has_slices:
            return View(key, _("Weakest slice"), Standing(metric, higher, None))
        row = self._cells.get(key)
        return View(key, self.titles[row.id], Standing(metric, higher, row.id)) if row is not None else None


def views_of(db: Session, actor: Actor, bench: Bench, primary: BenchmarkMetric) -> Views | None:
    """The views by region and slice; None, and no query, where the benchmark has no item table."""
    manifest = bench.benchmark.manifest
    if not manifest.get("item_table"):
        return None
    rows = benchmarks.cells_of(db, bench.benchmark.id)
    return Views(manifest, rows, primary, owner=policy.sees_all_cells(actor, bench.asset.namespace_id))


def places(
    db: Session, benchmark_id: uuid.UUID, view: View, views: Views, lines: Sequence[Line]
) -> list[Place]:
    """Where the lines of a page stand; equal scores share a rank. One query."""
    first = next((line.cell_value for line in lines if line.cell_value is not None), None)
    if first is None:
        return [NOWHERE for _line in lines]
    one = view.standing
    ahead = cells.better(
        db, benchmark_id, metric=one.metric, cell_id=one.cell_id, value=first, higher=one.higher_is_better
    )
    found: list[Place] = []
    rank, before = ahead + 1, first
    for number, line in enumerate(lines):
        if line.cell_value is None:
            found.append(NOWHERE)
            continue
        if line.cell_value != before:
            rank, before = ahead + 1 + number, line.cell_value
        title = views.titles.get(line.cell_id, "") if one.cell_id is None else ""
        found.append(Place(rank, line.cell_value, line.cell_low, line.cell_high, title))
    return found


def ranked(
    db: Session, benchmark_id: uuid.UUID, view: View, views: Views, lines: Sequence[Line]
) -> list[tuple[Line, Place]]:
    """A whole board in the order of a view; entries without a score there come last, in their own order. One query."""
    one = view.standing
    found = cells.of_board(db, benchmark_id, metric=one.metric, cell_id=one.cell_id)
    sign = -1.0 if one.higher_is_better else 1.0
    scored = sorted(
        (line for line in lines if line.result_id in found),
        key=lambda line: sign * found[line.result_id].value,
    )
    ordered: list[tuple[Line, Place]] = []
    rank, before = 0, None
    for number, line in enumerate(scored, start=1):
        score = found[line.result_id]
        if score.value != before:
            rank, before = number, score.value
        title = views.titles.get(score.cell_id, "") if one.cell_id is None else ""
        ordered.append((line, Place(rank, score.value, score.low, score.high, title)))
    return ordered + [(line, NOWHERE) for line in lines if line.result_id not in found]
