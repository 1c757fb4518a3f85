"""Scores over groups of items, against hand-computed values and a bootstrap written out in full."""

import numpy as np
import pytest

from registry.evaluation.statistics import (
    MetricSpec,
    StatisticsError,
    by_cell,
    differences_by_cell,
    items_from_rows,
)
from registry.evaluation.statistics.resampling import draws_of

MEAN = MetricSpec("m", "mean", "higher", "v")


def rows(values: list[float], **more: list[object]) -> list[dict[str, object]]:
    return [
        {"id": f"{n:03d}", "v": value, **{key: column[n] for key, column in more.items()}}
        for n, value in enumerate(values)
    ]


def test_values_and_differences_by_hand() -> None:
    items = items_from_rows(MEAN, rows([1, 2, 3, 10]))
    first, second = by_cell(MEAN, items, [[0, 1, 2], [3]], seed=1, resamples=200)
    assert first is not None
    assert second is not None
    assert (first.value, first.difference) == (2.0, -2.0)
    assert (second.value, second.difference) == (10.0, 6.0)
    # One item says nothing about the spread.
    assert second.interval is None
    assert second.difference_interval is None


@pytest.mark.parametrize("blocks", [None, [0, 0, 1, 1, 2, 2, 3, 3]])
def test_intervals_are_those_of_the_bootstrap_written_out(blocks: list[object] | None) -> None:
    values = [3.0, 1.0, 4.0, 1.5, 5.0, 9.0, 2.0, 6.0]
    items = items_from_rows(MEAN, rows(values, **({"block": blocks} if blocks else {})))
    cell = [0, 2, 3, 5]
    (found,) = by_cell(MEAN, items, [cell], seed=7, resamples=300)
    assert found is not None
    unit_of = np.array(blocks or range(8), dtype=int)
    means, gaps = [], []
    for weights in draws_of(MEAN, items, 7, 300):
        for weight in weights:
            drawn = [n for n in range(8) for _copy in range(int(weight[unit_of[n]]))]
            inside = [values[n] for n in drawn if n in cell]
            if inside:
                means.append(np.mean(inside))
                gaps.append(np.mean(inside) - np.mean([values[n] for n in drawn]))
    assert found.interval is not None
    assert found.difference_interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx(
        tuple(np.quantile(means, [0.025, 0.975]))
    )
    ends = (found.difference_interval.low, found.difference_interval.high)
    assert ends == pytest.approx(tuple(np.quantile(gaps, [0.025, 0.975])))


def test_a_cell_that_is_everything_differs_by_nothing() -> None:
    items = items_from_rows(MEAN, rows([1, 5, 2, 8]))
    (found,) = by_cell(MEAN, items, [[0, 1, 2, 3]], seed=3, resamples=100)
    assert found is not None
    assert found.difference_interval is not None
    assert (found.difference, found.difference_interval.low, found.difference_interval.high) == (0, 0, 0)


def test_medians_and_ratios() -> None:
    median = MetricSpec("m", "median", "lower", "v")
    items = items_from_rows(median, rows([1, 2, 30, 4, 5]))
    (found,) = by_cell(median, items, [[0, 1, 2]], seed=3, resamples=400)
    assert found is not None
    assert (found.value, found.difference) == (2.0, -2.0)
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == (1.0, 30.0)
    r2 = MetricSpec("r2", "one_minus_ratio", "higher", "v", denominator="d")
    items = items_from_rows(r2, rows([1, 1, 2, 2], d=[4.0, 4.0, 0.0, 0.0]))
    defined, undefined = by_cell(r2, items, [[0, 1], [2, 3]], seed=3, resamples=200)
    assert defined is not None
    assert defined.value == 0.75
    assert undefined is None


def test_a_mean_of_strata_leaves_out_what_a_cell_lacks() -> None:
    balanced = MetricSpec("b", "balanced_mean", "higher", "v", stratum="s")
    items = items_from_rows(balanced, rows([1, 1, 0, 0, 1, 0], s=["p", "p", "p", "q", "q", "q"]))
    one, both = by_cell(balanced, items, [[0, 1, 2], [0, 2, 4]], seed=3, resamples=200)
    assert one is not None
    assert both is not None
    assert one.value == pytest.approx(2 / 3)
    assert both.value == pytest.approx((0.5 + 1) / 2)


def test_pairs_are_resampled_together() -> None:
    a = items_from_rows(MEAN, rows([1, 2, 3, 4, 100]))
    b = items_from_rows(MEAN, rows([2, 3, 4, 5, 100]))
    inside, outside = differences_by_cell(MEAN, a, b, [[0, 1, 2, 3], [4]], seed=5, resamples=200)
    assert inside is not None
    assert inside[0] == 1.0
    assert inside[1] is not None
    # The gain is the same on every item, so it has no spread though the items differ much.
    assert (inside[1].low, inside[1].high) == pytest.approx((1.0, 1.0))
    assert outside == (0.0, None)
    with pytest.raises(StatisticsError):
        differences_by_cell(MEAN, a, items_from_rows(MEAN, rows([1, 2])), [[0]], seed=1)
