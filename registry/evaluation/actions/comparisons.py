"""Paired comparisons of two results: asked for in a request, computed by a job, kept."""

import json
import logging
import uuid
from collections.abc import Iterable

from portal.kit.db import Session
from portal.kit.jobs import defer
from registry.benchmarks.forms import Manifest, Metric
from registry.benchmarks.reading import stored_bytes
from registry.evaluation.actions import cells
from registry.evaluation.models import PairedResult, Result
from registry.evaluation.queries import comparisons as queries

RESAMPLES = 4000
PERMUTATIONS = 9999
SIBLINGS = 5
"""A new result is compared with so many earlier ones of its asset without being asked."""
log = logging.getLogger(__name__)


def ask(db: Session, pairs: Iterable[tuple[uuid.UUID, uuid.UUID]]) -> int:
    """Have these pairs of results compared unless they are; how many were asked for. Asking twice asks once."""
    wanted = {ordered(one, other) for one, other in pairs if one != other}
    missing = sorted(wanted - queries.known(db, wanted))
    for first, second in missing:
        lock = f"evaluation.compare/{first}/{second}"
        defer(db, "evaluation.compare", queueing_lock=lock, first_id=str(first), second_id=str(second))
    return len(missing)


def ask_for_siblings(db: Session, result_id: uuid.UUID) -> None:
    """Have a new result compared with the newest earlier ones of the same asset on the same benchmark version."""
    ask(db, [(result_id, other) for other in queries.siblings(db, result_id, SIBLINGS)])


def ordered(one: uuid.UUID, other: uuid.UUID) -> tuple[uuid.UUID, uuid.UUID]:
    """The order in which a pair is kept."""
    return (one, other) if one < other else (other, one)


def compare(db: Session, *, first_id: uuid.UUID, second_id: uuid.UUID) -> int:
    """Compute and keep the comparison by every metric; the number of rows. Does nothing where it is there already.

    Both results must be of one benchmark version. A metric that cannot be compared is kept with the reason.
    """
    first_id, second_id = ordered(first_id, second_id)
    found = queries.pair(db, first_id, second_id)
    if found is None or queries.known(db, {(first_id, second_id)}):
        return 0
    first, second, stored = found
    manifest = Manifest.model_validate_json(json.dumps(stored))
    rows = [_rows(result, manifest) for result in (first, second)]
    made = [_compared(first, second, metric, rows) for metric in manifest.metrics]
    db.add_all(made)
    db.add_all(cells.differences(db, first, second, rows, manifest))
    db.flush()
    return len(made)


def _rows(result: Result, manifest: Manifest) -> list[dict[str, object]]:
    from registry.evaluation.run import scores

    return scores.read_rows(stored_bytes(result.per_item_sha256, scores.MAX_PER_ITEM), manifest)


def _compared(
    first: Result, second: Result, metric: Metric, rows: list[list[dict[str, object]]]
) -> PairedResult:
    from registry.evaluation.run import scores
    from registry.evaluation.statistics import StatisticsError, items_from_rows, paired, seed_from

    spec = scores.spec(metric)
    row = PairedResult(first_id=first.id, second_id=second.id, metric=metric.name)
    seed = seed_from(first.benchmark_digest, first.per_item_sha256, second.per_item_sha256, metric.name)
    try:
        a, b = (items_from_rows(spec, given) for given in rows)
        found = paired(spec, a, b, seed=seed, resamples=RESAMPLES, permutations=PERMUTATIONS)
    except StatisticsError as error:
        log.info("no comparison of %s and %s by %s: %s", first.id, second.id, metric.name, error)
        row.problem = str(error)[:500]
        return row
    row.difference, row.low, row.high = found.difference, found.interval.low, found.interval.high
    row.p_value, row.effect = found.p_value, found.effect
    row.better, row.worse, row.equal = found.better, found.worse, found.equal
    row.units, row.by_block = found.interval.units, found.interval.by_block
    row.resamples, row.permutations = found.interval.resamples, found.permutations
    return row
