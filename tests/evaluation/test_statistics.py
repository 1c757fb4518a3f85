"""The statistics against closed forms, exact enumeration, planted ties, and properties."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.evaluation.statistics import (
    Items,
    MetricSpec,
    StatisticsError,
    TooFewError,
    aggregate,
    bootstrap,
    items_from_rows,
    rank_board,
    seed_from,
)

MEAN = MetricSpec("m", "mean", "higher", "v")
RMSE = MetricSpec("rmse", "sqrt_mean", "lower", "v")
MEDIAN = MetricSpec("median", "median", "lower", "v")
BALANCED = MetricSpec("ba", "balanced_mean", "higher", "v", stratum="s")
R2 = MetricSpec("r2", "one_minus_ratio", "higher", "v", denominator="d")
ALL = [MEAN, RMSE, MEDIAN, BALANCED, R2]


def rows_of(values: Iterable[float], **columns: Iterable[Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [{"id": f"i{at:05d}", "v": value} for at, value in enumerate(values)]
    for name, column in columns.items():
        for row, cell in zip(rows, column, strict=True):
            row[name] = cell
    return rows


def items_of(metric: MetricSpec, values: Iterable[float], **columns: Iterable[Any]) -> Items:
    return items_from_rows(metric, rows_of(values, **columns))


def test_aggregates_by_hand() -> None:
    rows = rows_of([0, 1, 4, 9], s=["a", "a", "a", "b"], d=[10, 10, 10, 10])
    scores = {metric.name: aggregate(metric, items_from_rows(metric, rows)) for metric in ALL}
    assert scores == pytest.approx(
        {"m": 3.5, "rmse": math.sqrt(3.5), "median": 2.5, "ba": (5 / 3 + 9) / 2, "r2": 1 - 14 / 40}
    )


def test_interval_of_a_proportion_agrees_with_wilson() -> None:
    hits, n, z = 340, 400, 1.959964
    interval = bootstrap(MEAN, items_of(MEAN, [1.0] * hits + [0.0] * (n - hits)), seed=7)
    p = hits / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    assert interval.low == pytest.approx(centre - half, abs=0.008)
    assert interval.high == pytest.approx(centre + half, abs=0.008)


def test_interval_of_a_mean_agrees_with_the_normal_approximation() -> None:
    values = np.random.default_rng(3).normal(10, 2, 900)
    interval = bootstrap(MEAN, items_of(MEAN, values), seed=1)
    half = 1.959964 * values.std() / math.sqrt(len(values))
    assert interval.low == pytest.approx(values.mean() - half, abs=0.02)
    assert interval.high == pytest.approx(values.mean() + half, abs=0.02)
    assert (interval.units, interval.by_block, interval.level, interval.resamples) == (
        900,
        False,
        0.95,
        10_000,
    )


@pytest.mark.parametrize("metric", [MEAN, RMSE, MEDIAN])
def test_small_case_against_all_resamples(metric: MetricSpec) -> None:
    """With n = 5 all 5^5 resamples can be listed: the distribution must match, not only the interval."""
    values = [0.5, 1.0, 2.0, 4.0, 8.5]
    drawn = np.array(list(itertools.product(values, repeat=5)))
    exact = {
        "m": drawn.mean(axis=1),
        "rmse": np.sqrt(drawn.mean(axis=1)),
        "median": np.median(drawn, axis=1),
    }[metric.name]
    for level in (0.5, 0.8, 0.9):
        interval = bootstrap(metric, items_of(metric, values), seed=11, resamples=60_000, level=level)
        for edge, share in ((interval.low, (1 - level) / 2), (interval.high, (1 + level) / 2)):
            assert np.mean(exact < edge - 1e-9) - 0.01 <= share <= np.mean(exact <= edge + 1e-9) + 0.01


@pytest.mark.parametrize("n", [7, 8])
@pytest.mark.parametrize("blocked", [False, True])
def test_median_by_counting_equals_median_by_sorting(n: int, blocked: bool) -> None:
    """The counting median must be the true median of every resample; blocks make them uneven in size."""
    from registry.evaluation.statistics.resampling import _draws, resampled

    values = np.random.default_rng(n).normal(size=n)
    codes = np.arange(n) // 3 if blocked else np.arange(n)
    columns = {"block": codes} if blocked else {}
    items = items_of(MEDIAN, values, **columns)
    got = resampled(MEDIAN, [items], 5, 300)[:, 0]
    (weights,) = _draws(np.random.default_rng(5), int(codes.max()) + 1, 300, None)
    want = [np.median(np.repeat(values, weight[codes])) for weight in weights]
    assert got == pytest.approx(want)


def test_blocks_widen_the_interval_of_clustered_data() -> None:
    rng = np.random.default_rng(5)
    block = np.repeat(np.arange(20), 15)
    values = rng.normal(0, 1, 20)[block] + rng.normal(0, 0.3, 300)
    free = bootstrap(MEAN, items_of(MEAN, values), seed=2)
    held = bootstrap(MEAN, items_of(MEAN, values, block=block), seed=2)
    assert held.by_block
    assert held.units == 20
    assert held.high - held.low > 2 * (free.high - free.low)


def test_stratified_draws_keep_every_stratum() -> None:
    """A stratum whose items are all alike adds no spread, however small it is."""
    items = items_of(BALANCED, [1.0] * 200 + [0.0, 0.0], s=["big"] * 200 + ["small"] * 2)
    interval = bootstrap(BALANCED, items, seed=3)
    assert (interval.low, interval.high) == (0.5, 0.5)


def test_balanced_mean_with_blocks_leaves_absent_strata_out() -> None:
    items = items_of(
        BALANCED, [1.0, 1.0, 1.0, 1.0], s=["a", "a", "b", "b"], block=["north", "north", "south", "south"]
    )
    interval = bootstrap(BALANCED, items, seed=3, resamples=500)
    assert (interval.low, interval.high) == (1.0, 1.0)


def test_same_seed_same_interval_and_order_does_not_matter() -> None:
    rows = rows_of(np.random.default_rng(0).normal(size=120).tolist(), block=[at % 9 for at in range(120)])
    shuffled = rows[:]
    random.Random(4).shuffle(shuffled)
    for metric in (MEAN, MEDIAN):
        first = bootstrap(metric, items_from_rows(metric, rows), seed=9)
        assert first == bootstrap(metric, items_from_rows(metric, shuffled), seed=9)
        assert first != bootstrap(metric, items_from_rows(metric, rows), seed=10)
    assert seed_from("a", "bc") == seed_from("a", "bc") != seed_from("ab", "c")


def board_of(metric: MetricSpec, **entries: Iterable[float]) -> dict[str, Items]:
    return {key: items_of(metric, values) for key, values in entries.items()}


def test_identical_entries_tie_and_a_clear_loser_does_not() -> None:
    rng = np.random.default_rng(8)
    good = rng.normal(1.0, 0.5, 400)
    board = rank_board(MEAN, board_of(MEAN, one=good, two=good, worse=good - 0.3), seed=1)
    assert [(s.key, s.rank, s.group, s.rank_low, s.rank_high) for s in board] == [
        ("one", 1, 1, 1, 2),
        ("two", 1, 1, 1, 2),
        ("worse", 3, 2, 3, 3),
    ]


def test_pairing_separates_what_single_intervals_do_not() -> None:
    """Shared difficulty cancels: the intervals overlap widely, yet the difference is certain."""
    rng = np.random.default_rng(1)
    difficulty = rng.normal(0, 5, 300)
    a, b = difficulty + 0.2 + rng.normal(0, 0.05, 300), difficulty + rng.normal(0, 0.05, 300)
    first, second = rank_board(MEAN, board_of(MEAN, a=a, b=b), seed=1)
    assert first.interval.low < second.interval.high
    assert (first.key, first.rank, second.rank) == ("a", 1, 2)


def test_planted_near_ties_share_a_group() -> None:
    rng = np.random.default_rng(12)
    entries = {f"e{at}": rng.normal(1.0 if at < 3 else 0.0, 1.0, 500) for at in range(5)}
    board = rank_board(MEAN, board_of(MEAN, **entries), seed=4)
    groups = {s.key: s.group for s in board}
    assert {groups["e0"], groups["e1"], groups["e2"]} == {1}
    assert {groups["e3"], groups["e4"]} == {2}
    assert {s.rank for s in board} == {1, 4}


def test_direction_lower_puts_the_smaller_error_first() -> None:
    entries = board_of(RMSE, small=[1.0, 1.1, 0.9, 1.0] * 20, big=[4.0, 4.1, 3.9, 4.0] * 20)
    assert [s.key for s in rank_board(RMSE, entries, seed=0)] == ["small", "big"]


def test_exact_entry_is_first_for_a_median() -> None:
    entries = board_of(MEDIAN, exact=[0.0] * 50, off=np.linspace(0.1, 0.2, 50))
    first, second = rank_board(MEDIAN, entries, seed=0)
    assert (first.key, first.interval.low, first.interval.high, first.rank) == ("exact", 0.0, 0.0, 1)
    assert second.rank == 2


@pytest.mark.parametrize("metric", ALL)
def test_board_agrees_with_the_single_interval(metric: MetricSpec) -> None:
    rng = np.random.default_rng(2)
    columns: dict[str, Any] = {
        "s": ["x", "y", "z"] * 40,
        "d": rng.uniform(1, 2, 120),
        "block": [at % 11 for at in range(120)],
    }
    entries = {key: items_of(metric, rng.uniform(0, 1, 120), **columns) for key in "abc"}
    for standing in rank_board(metric, entries, seed=6, resamples=2_000):
        alone = bootstrap(metric, entries[standing.key], seed=6, resamples=2_000)
        assert (alone.low, alone.high) == pytest.approx((standing.interval.low, standing.interval.high))
        assert standing.score == aggregate(metric, entries[standing.key])


def test_refusals() -> None:
    with pytest.raises(StatisticsError, match="other items"):
        rank_board(MEAN, {"a": items_of(MEAN, [1, 2]), "b": items_of(MEAN, [1, 2, 3])}, seed=0)
    with pytest.raises(StatisticsError, match="other blocks"):
        rank_board(MEAN, {"a": items_of(MEAN, [1, 2], block=["p", "q"]), "b": items_of(MEAN, [1, 2])}, seed=0)
    with pytest.raises(TooFewError):
        bootstrap(MEAN, items_of(MEAN, [1.0]), seed=0)
    with pytest.raises(TooFewError):
        bootstrap(MEAN, items_of(MEAN, [1.0, 2.0], block=["same", "same"]), seed=0)
    with pytest.raises(StatisticsError, match="finite"):
        items_of(MEAN, [1.0, math.nan])
    with pytest.raises(StatisticsError, match="twice"):
        items_from_rows(MEAN, [{"id": "a", "v": 1}, {"id": "a", "v": 2}])
    with pytest.raises(StatisticsError, match="some items carry a block"):
        items_from_rows(MEAN, [{"id": "a", "v": 1, "block": "p"}, {"id": "b", "v": 2}])
    with pytest.raises(StatisticsError, match="missing"):
        items_from_rows(BALANCED, [{"id": "a", "v": 1}])
    with pytest.raises(StatisticsError, match="no items"):
        items_from_rows(MEAN, [])
    with pytest.raises(StatisticsError, match="more than 0"):
        aggregate(R2, items_of(R2, [1.0, 1.0], d=[0.0, 0.0]))
    with pytest.raises(StatisticsError, match="0 or more"):
        aggregate(RMSE, items_of(RMSE, [-1.0, 1.0]))
    assert rank_board(MEAN, {}, seed=0) == []


numbers = st.lists(st.floats(0, 1e6, allow_nan=False), min_size=2, max_size=30)


@settings(max_examples=60, deadline=None)
@given(numbers, st.sampled_from([MEAN, RMSE, MEDIAN]), st.integers(0, 2**64))
def test_interval_is_ordered_and_inside_the_values(
    values: list[float], metric: MetricSpec, seed: int
) -> None:
    interval = bootstrap(metric, items_of(metric, values), seed=seed, resamples=200)
    least, most = min(values), max(values)
    if metric is RMSE:
        least, most = math.sqrt(least), math.sqrt(most)
    room = 1e-9 * (1 + most)
    assert least - room <= interval.low <= interval.high <= most + room


@settings(max_examples=60, deadline=None)
@given(st.lists(numbers, min_size=1, max_size=6), st.sampled_from([MEAN, RMSE, MEDIAN]))
def test_board_invariants(columns: list[list[float]], metric: MetricSpec) -> None:
    n = min(len(column) for column in columns)
    entries = {f"e{at}": items_of(metric, column[:n]) for at, column in enumerate(columns)}
    board = rank_board(metric, entries, seed=0, resamples=200)
    assert sorted(s.key for s in board) == sorted(entries)
    losses = [-s.score if metric.direction == "higher" else s.score for s in board]
    assert losses == sorted(losses)
    for place, standing in enumerate(board, start=1):
        assert 1 <= standing.rank <= place
        assert 1 <= standing.rank_low <= standing.rank_high <= len(board)
    assert [s.rank for s in board] == sorted(s.rank for s in board)
    by_group = {s.group: s.rank for s in board}
    assert list(by_group) == list(range(1, len(by_group) + 1))
    for number, rank in by_group.items():
        assert rank == 1 + sum(s.group < number for s in board)
