"""Paired comparisons: against closed forms, exhaustive enumeration, and the promise of the 95 % interval."""

import itertools
from collections.abc import Sequence

import numpy as np
import pytest

from registry.evaluation.statistics import (
    Items,
    MetricSpec,
    StatisticsError,
    TooFewError,
    aggregate,
    items_from_rows,
    paired,
)

MEAN = MetricSpec("m", "mean", "higher", "v")
LOWER = MetricSpec("m", "sqrt_mean", "lower", "v")
MEDIAN = MetricSpec("m", "median", "lower", "v")
BALANCED = MetricSpec("m", "balanced_mean", "higher", "v", stratum="s")
RATIO = MetricSpec("m", "one_minus_ratio", "higher", "v", denominator="d")


def items(metric: MetricSpec, values: Sequence[float], blocks: Sequence[str] | None = None) -> Items:
    rows = [
        {
            "id": f"i{n:04d}",
            "v": value,
            "s": "xy"[n % 2],
            "d": 1.0 + n % 3,
            **({"block": blocks[n]} if blocks else {}),
        }
        for n, value in enumerate(values)
    ]
    return items_from_rows(metric, rows)


def test_difference_and_direction() -> None:
    found = paired(MEAN, items(MEAN, [0, 0, 1, 1]), items(MEAN, [1, 0, 1, 1]), seed=1, resamples=500)
    assert (found.a, found.b, found.difference, found.gain) == (0.5, 0.75, 0.25, 0.25)
    assert (found.better, found.worse, found.equal) == (1, 0, 3)
    lower = paired(LOWER, items(LOWER, [4, 4, 4]), items(LOWER, [1, 1, 1]), seed=1, resamples=500)
    assert (lower.difference, lower.gain) == (-1, 1)
    assert lower.effect is None  # all gains are equal: nothing to divide by
    assert lower.better == 3


@pytest.mark.parametrize(
    "metric", [MEAN, LOWER, MEDIAN, BALANCED, RATIO], ids=lambda metric: metric.aggregate
)
def test_exact_p_values_against_enumeration(metric: MetricSpec) -> None:
    rng = np.random.default_rng(3)
    a, b = rng.random(7), rng.random(7) + 0.2
    first, second = items(metric, a), items(metric, b)
    found = paired(metric, first, second, seed=1, resamples=300)
    assert found.exact
    assert found.permutations == 128
    edge = abs(found.difference) - 1e-9
    extreme = 0
    for swap in itertools.product([False, True], repeat=7):
        mask = np.array(swap)
        one = items(metric, np.where(mask, b, a))
        other = items(metric, np.where(mask, a, b))
        extreme += abs(aggregate(metric, other) - aggregate(metric, one)) >= edge
    assert found.p_value == extreme / 128


def test_sampled_p_values_come_near_the_exact_ones() -> None:
    rng = np.random.default_rng(5)
    a = rng.normal(0, 1, 200)
    found = paired(MEAN, items(MEAN, a), items(MEAN, a + rng.normal(0.1, 1, 200)), seed=2, resamples=2000)
    gains = found.effect
    assert gains is not None
    # The t test of paired differences is close to the randomisation test at this size: t = d_z * sqrt(n).
    t = gains * 200**0.5
    approximate = 2 * (1 - _normal(abs(t)))
    assert not found.exact
    assert found.p_value == pytest.approx(approximate, abs=0.02)
    assert 0 < found.p_value <= 1


def _normal(x: float) -> float:
    import math

    return 0.5 * (1 + math.erf(x / 2**0.5))


def test_the_same_entry_twice_shows_no_difference() -> None:
    rng = np.random.default_rng(1)
    same = items(MEDIAN, rng.random(40))
    found = paired(MEDIAN, same, same, seed=9, resamples=500, permutations=499)
    assert (found.difference, found.interval.low, found.interval.high) == (0, 0, 0)
    assert found.p_value == 1
    assert (found.better, found.worse, found.equal) == (0, 0, 40)


def test_the_interval_keeps_its_promise() -> None:
    """Of 120 samples with a true difference of 0.3, about 95 % of the intervals hold it."""
    rng = np.random.default_rng(11)
    held = 0
    for n in range(120):
        a = rng.normal(0, 1, 60)
        found = paired(
            MEAN,
            items(MEAN, a),
            items(MEAN, a + rng.normal(0.3, 0.8, 60)),
            seed=n,
            resamples=600,
            permutations=199,
        )
        held += found.interval.low <= 0.3 <= found.interval.high
    assert 105 <= held <= 120


def test_pairing_is_sharper_than_two_intervals() -> None:
    rng = np.random.default_rng(2)
    hard = rng.normal(0, 5, 300)  # items differ much, entries little
    found = paired(
        MEAN, items(MEAN, hard), items(MEAN, hard + rng.normal(0.2, 0.5, 300)), seed=1, resamples=2000
    )
    assert found.interval.low > 0
    assert found.p_value < 0.01


def test_blocks_are_exchanged_and_drawn_whole() -> None:
    rng = np.random.default_rng(4)
    blocks = [f"b{n // 10}" for n in range(100)]
    a = rng.normal(0, 1, 100)
    shift = np.repeat(rng.normal(0, 1, 10), 10)
    found = paired(MEAN, items(MEAN, a, blocks), items(MEAN, a + shift, blocks), seed=1, resamples=2000)
    assert found.interval.by_block
    assert found.interval.units == 10
    assert found.exact
    assert found.permutations == 1024
    free = paired(MEAN, items(MEAN, a), items(MEAN, a + shift), seed=1, resamples=2000)
    assert free.interval.high - free.interval.low < found.interval.high - found.interval.low


def test_the_same_evidence_gives_the_same_answer() -> None:
    rng = np.random.default_rng(6)
    a, b = rng.random(30), rng.random(30)
    one = paired(MEAN, items(MEAN, a), items(MEAN, b), seed=5, resamples=400, permutations=299)
    again = paired(MEAN, items(MEAN, a), items(MEAN, b), seed=5, resamples=400, permutations=299)
    assert one == again


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(StatisticsError, match="other items"):
        paired(MEAN, items(MEAN, [1, 2, 3]), items(MEAN, [1, 2]), seed=1)
    with pytest.raises(StatisticsError, match="blocks"):
        paired(MEAN, items(MEAN, [1, 2], ["a", "b"]), items(MEAN, [1, 2]), seed=1)
    with pytest.raises(TooFewError):
        paired(MEAN, items(MEAN, [1]), items(MEAN, [2]), seed=1)
    with pytest.raises(TooFewError):
        paired(MEAN, items(MEAN, [1, 2], ["a", "a"]), items(MEAN, [1, 3], ["a", "a"]), seed=1)
