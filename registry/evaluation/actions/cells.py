"""Scores by region and slice: asked for when a result is accepted, computed by a job, kept."""

import json
import logging
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.jobs import defer
from registry.benchmarks import queries as benchmarks
from registry.benchmarks.forms import Manifest, Metric
from registry.benchmarks.items import MAX_TABLE, Cell, ItemCells, Key, read_items
from registry.benchmarks.itemtable import PLACE, REGION
from registry.benchmarks.reading import stored_bytes
from registry.evaluation.models import PairedCell, Result, ResultCell
from registry.evaluation.queries import cells as queries

RESAMPLES = 2000
log = logging.getLogger(__name__)
Rows = Sequence[dict[str, object]]


def ask(db: Session, result_id: uuid.UUID) -> bool:
    """Have the scores made unless they are, or the benchmark declares no cells; whether it was asked for."""
    if not queries.is_wanting(db, result_id):
        return False
    defer(db, "evaluation.cells", queueing_lock=f"evaluation.cells/{result_id}", result_id=str(result_id))
    return True


@dataclass(frozen=True)
class Table:
    """The cells of a benchmark version that scores are made of, with the ids of their rows."""

    manifest: Manifest
    items: ItemCells
    cells: Sequence[Cell]
    rows: dict[Key, uuid.UUID]
    public: frozenset[Key]

    @property
    def order(self) -> dict[str, int]:
        """Where an item's id stands in the order of the statistics, which sort by id."""
        return {name: at for at, name in enumerate(sorted(self.items.ids))}

    def positions(self) -> list[list[int]]:
        """The items of every cell, in the order of the statistics."""
        order = self.order
        return [[order[self.items.ids[at]] for at in cell.members] for cell in self.cells]


def table_of(db: Session, benchmark_id: uuid.UUID) -> Table | None:
    """The item table of a benchmark version with what may be shown of it; None where it declares none."""
    found = queries.benchmark(db, benchmark_id)
    if found is None:
        return None
    stored, version_id = found
    manifest = Manifest.model_validate_json(json.dumps(stored))
    form = manifest.item_table
    sha256 = benchmarks.item_table(db, version_id, form.file) if form is not None else None
    if form is None or sha256 is None:
        return None
    kept = benchmarks.cells_of(db, benchmark_id)
    rows = {(row.dimension, row.key): row.id for row in kept if not row.hidden}
    items = read_items(stored_bytes(sha256, MAX_TABLE), form)
    shown = [cell for cell in items.cells if (cell.dimension, cell.key) in rows]
    public = frozenset((row.dimension, row.key) for row in kept if row.public)
    return Table(manifest, items, shown, rows, public)


def make(db: Session, *, result_id: uuid.UUID) -> int:
    """Compute and keep the scores of a result by every metric and cell; the number of rows. Once only."""
    from registry.evaluation.run import scores

    result = queries.locked(db, result_id)
    if result is None or result.cells_at is not None:
        return 0
    table = table_of(db, result.benchmark_id)
    if table is None:
        return 0
    rows = scores.read_rows(stored_bytes(result.per_item_sha256, scores.MAX_PER_ITEM), table.manifest)
    made: list[ResultCell] = []
    for metric in table.manifest.metrics:
        made += _of_metric(result, metric, rows, table)
    result.cells_at = now()
    db.add_all(made)
    db.flush()
    return len(made)


def _of_metric(result: Result, metric: Metric, rows: Rows, table: Table) -> list[ResultCell]:
    from registry.evaluation.run import scores
    from registry.evaluation.statistics import StatisticsError, by_cell, items_from_rows

    spec = scores.spec(metric)
    try:
        items = items_from_rows(spec, rows)
        found = by_cell(spec, items, table.positions(), seed=result.bootstrap_seed, resamples=RESAMPLES)
    except StatisticsError as error:
        log.info("no scores by cell of %s by %s: %s", result.id, metric.name, error)
        return []
    drops = _drops(metric, rows, table, result.bootstrap_seed)
    made: dict[Key, ResultCell] = {}
    least = table.manifest.item_table.least if table.manifest.item_table else 0
    positions = table.positions()
    for cell, score, inside in zip(table.cells, found, positions, strict=True):
        if score is None or (
            items.strata is not None and _rare_stratum(items.strata[inside].tolist(), least)
        ):
            continue
        key = (cell.dimension, cell.key)
        interval, difference = score.interval, score.difference_interval
        drop, drop_low, drop_high = drops.get(key, (None, None, None))
        made[key] = ResultCell(
            result_id=result.id,
            cell_id=table.rows[key],
            metric=metric.name,
            value=score.value,
            low=interval.low if interval else None,
            high=interval.high if interval else None,
            difference=score.difference,
            difference_low=difference.low if difference else None,
            difference_high=difference.high if difference else None,
            drop=drop,
            drop_low=drop_low,
            drop_high=drop_high,
        )
    _mark_weakest(metric, made, table.public)
    return list(made.values())


def _rare_stratum(strata: Sequence[int], least: int) -> bool:
    """Whether a cell holds so few items of a stratum that a mean over strata would tell of these items alone."""
    return min(Counter(strata).values()) < least


def _mark_weakest(metric: Metric, made: dict[Key, ResultCell], public: frozenset[Key]) -> None:
    """Of the public slices only: the mark is shown to everyone."""
    slices = [row for key, row in made.items() if key in public and key[0] not in {REGION, PLACE}]
    if slices:
        worst = min if metric.direction == "higher" else max
        worst(slices, key=lambda row: row.value).is_weakest = True


Drop = tuple[float | None, float | None, float | None]


def _drops(metric: Metric, rows: Rows, table: Table, seed: int) -> dict[Key, Drop]:
    """Score of perturbed copies minus that of their originals, per category of copies."""
    found: dict[Key, Drop] = {}
    by_id = {str(row["id"]): row for row in rows}
    least = table.manifest.item_table.least if table.manifest.item_table else 0
    for key, pairs in table.items.originals.items():
        names = table.items.ids
        given = [(by_id[names[copy]], by_id[names[original]]) for copy, original in pairs.items()]
        if (drop := _drop(metric, given, seed, least)) is not None:
            found[key] = drop
    return found


def _drop(
    metric: Metric, pairs: Sequence[tuple[dict[str, object], dict[str, object]]], seed: int, least: int
) -> Drop | None:
    from registry.evaluation.run import scores
    from registry.evaluation.statistics import StatisticsError, differences_by_cell, items_from_rows

    spec = scores.spec(metric)
    everything = range(len(pairs))
    same = [{**copy, "id": original["id"]} for copy, original in pairs]
    try:
        # The originals' blocks are drawn: a copy is no new piece of ground.
        blocks = [
            {**row, "block": original.get("block")} for row, (_c, original) in zip(same, pairs, strict=True)
        ]
        before = items_from_rows(spec, [original for _copy, original in pairs])
        after = items_from_rows(spec, blocks)
        if before.strata is not None and _rare_stratum(before.strata.tolist(), least):
            return None
        (made,) = differences_by_cell(spec, before, after, [everything], seed=seed, resamples=RESAMPLES)
    except StatisticsError as error:
        log.info("no drop by %s: %s", metric.name, error)
        return None
    if made is None:
        return None
    difference, interval = made
    return difference, interval.low if interval else None, interval.high if interval else None


def differences(
    db: Session, first: Result, second: Result, rows: Sequence[Rows], manifest: Manifest
) -> list[PairedCell]:
    """How two results of a benchmark version differ over every cell by the primary metric."""
    from registry.evaluation.run import scores
    from registry.evaluation.statistics import (
        StatisticsError,
        differences_by_cell,
        items_from_rows,
        seed_from,
    )

    table = table_of(db, first.benchmark_id)
    if table is None or not table.cells:
        return []
    spec = scores.spec(manifest.primary)
    seed = seed_from(first.benchmark_digest, first.per_item_sha256, second.per_item_sha256, "cells")
    try:
        a, b = (items_from_rows(spec, given) for given in rows)
        found = differences_by_cell(spec, a, b, table.positions(), seed=seed, resamples=RESAMPLES)
    except StatisticsError as error:
        log.info("no comparison by cell of %s and %s: %s", first.id, second.id, error)
        return []
    least = manifest.item_table.least if manifest.item_table else 0
    return [
        PairedCell(
            first_id=first.id,
            second_id=second.id,
            cell_id=table.rows[cell.dimension, cell.key],
            difference=made[0],
            low=made[1].low if made[1] else None,
            high=made[1].high if made[1] else None,
        )
        for cell, made, inside in zip(table.cells, found, table.positions(), strict=True)
        if made is not None and not (a.strata is not None and _rare_stratum(a.strata[inside].tolist(), least))
    ]
