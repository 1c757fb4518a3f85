"""Making a leaderboard: the best result of every asset, ranked with ties and rank intervals."""

import json
import logging
import uuid
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from portal.kit.db import Session, notify
from portal.kit.events import CHANNEL
from registry.benchmarks.forms import Manifest, Metric
from registry.benchmarks.reading import stored_bytes
from registry.evaluation.models import BoardEntry
from registry.evaluation.queries import boards
from registry.evaluation.queries.boards import Candidate
from registry.evaluation.run import scores

RESAMPLES = 4000
MOST_PAIRED = 300
log = logging.getLogger(__name__)


def board_topic(benchmark_id: object) -> str:
    """Where readers of a leaderboard wait."""
    return f"board/{benchmark_id}"


def refresh(db: Session, *, benchmark_id: uuid.UUID) -> int:
    """Make the board again from the accepted results and their per-item files; the number of its lines."""
    stored = boards.manifest(db, benchmark_id)
    if stored is None:
        return 0
    manifest = Manifest.model_validate_json(json.dumps(stored))
    primary = manifest.primary
    found = boards.candidates(db, benchmark_id, primary.name, higher=primary.direction == "higher")
    entries = ranked(benchmark_id, found, manifest) if found else []
    boards.replace(db, benchmark_id, entries)
    notify(db, CHANNEL, board_topic(benchmark_id))
    return len(entries)


def ranked(benchmark_id: uuid.UUID, found: Sequence[Candidate], manifest: Manifest) -> list[BoardEntry]:
    """Lines in the order of the board. Where a paired bootstrap cannot be made, intervals decide on ties."""
    from registry.evaluation.statistics import StatisticsError, items_from_rows, rank_board, seed_from

    metric = scores.spec(manifest.primary)
    by_asset = {str(candidate.asset_id): candidate for candidate in found}
    try:
        if len(found) > MOST_PAIRED:
            raise StatisticsError("too many entries for a paired bootstrap")
        items = {
            key: items_from_rows(
                metric, scores.read_rows(stored_bytes(one.per_item_sha256, scores.MAX_PER_ITEM), manifest)
            )
            for key, one in by_asset.items()
        }
        seed = seed_from(found[0].seed_digest) & ((1 << scores.SEED_BITS) - 1)
        standings = rank_board(metric, items, seed=seed, resamples=RESAMPLES)
    except StatisticsError as error:
        log.info("board by intervals: %s", error)
        return by_intervals(benchmark_id, found, manifest.primary)
    return [
        _entry(benchmark_id, by_asset[one.key], position, one.rank, one.rank_low, one.rank_high, one.group)
        for position, one in enumerate(standings, start=1)
    ]


def by_intervals(benchmark_id: uuid.UUID, found: Sequence[Candidate], metric: Metric) -> list[BoardEntry]:
    """Rank by value; a rank interval counts who is surely better and surely worse; overlapping leaders tie."""
    sign = -1.0 if metric.direction == "higher" else 1.0
    order = sorted(found, key=lambda one: (sign * one.value, str(one.asset_id)))
    spans = {one.result_id: sorted((sign * one.low, sign * one.high)) for one in order}
    lows, highs = (sorted(span[end] for span in spans.values()) for end in (0, 1))
    lines: list[BoardEntry] = []
    leader, rank, group = order[0], 1, 1
    for position, one in enumerate(order, start=1):
        low, high = spans[one.result_id]
        if low > spans[leader.result_id][1]:
            leader, rank, group = one, position, group + 1
        better, not_worse = bisect_left(highs, low), bisect_right(lows, high)
        lines.append(_entry(benchmark_id, one, position, rank, better + 1, not_worse, group))
    return lines


def _entry(
    benchmark_id: uuid.UUID, one: Candidate, position: int, rank: int, low: int, high: int, group: int
) -> BoardEntry:
    return BoardEntry(
        benchmark_id=benchmark_id,
        asset_id=one.asset_id,
        result_id=one.result_id,
        position=position,
        rank=rank,
        rank_low=low,
        rank_high=high,
        tie_group=group,
    )
