"""Planted truth: the estimate finds at least as many of the truly best as the plain mean, or it is refused.

Of every scenario the overlap of the best 20 % with the truly best 20 % is averaged over all seeds 0 .. n-1. MARGIN is
what the mean may be better by (where nobody is biased there is nothing to correct). At full size that is asserted as
it stands; the small rounds of the default run differ by chance, and two standard errors of the difference are granted.
"""

from dataclasses import replace

import numpy as np
import pytest

from portal.reviews.estimates import graph
from portal.reviews.estimates.estimate import Adjusted, Reason, Unadjusted, estimate
from portal.reviews.estimates.table import table
from tests.reviews.estimates.planted import Scenario, overlaps, plant

MARGIN = 0.002

CONNECTED = {
    "biased reviewers": Scenario(2000, 500, 3),
    "little bias": Scenario(2000, 500, 3, bias=0.1),
    "10 % careless": Scenario(2000, 500, 3, careless=0.1),
    "two reviews per submission, 400 x 300": Scenario(400, 300, 2),
    "two reviews per reviewer, 400 x 600": Scenario(400, 600, 3),
    "60 x 15 x 5": Scenario(60, 15, 5),
    "25 panels, 15 % crossing": Scenario(2000, 500, 3, panels=25, crossing=0.15),
    "25 panels by quality, 15 % crossing": Scenario(2000, 500, 3, panels=25, by_quality=True, crossing=0.15),
}
REFUSED = {
    "25 isolated panels": Scenario(2000, 500, 3, panels=25),
    "25 isolated panels by quality": Scenario(2000, 500, 3, panels=25, by_quality=True),
}


def smaller(scenario: Scenario) -> Scenario:
    """The same structure at a fifth of the size (half, where it has 400 submissions)."""
    by = {2000: 5, 400: 2}.get(scenario.submissions, 1)
    return replace(
        scenario,
        submissions=scenario.submissions // by,
        reviewers=scenario.reviewers // by,
        panels=scenario.panels // by,
    )


def found(scenario: Scenario, seeds: int, *, named: bool = True) -> np.ndarray:
    """Overlaps of the mean and of the estimate, one row per seed."""
    rows = []
    for seed in range(seeds):
        truth = plant(scenario, seed)
        result = estimate(truth.scores, truth.panels if named and scenario.panels else None)
        assert isinstance(result, Adjusted)
        rows.append(overlaps(truth, result.fit))
    return np.array(rows)


@pytest.mark.parametrize("name", CONNECTED)
def test_estimate_is_never_worse_than_the_mean(name: str) -> None:
    rows = found(smaller(CONNECTED[name]), 5)
    gain = rows[:, 1] - rows[:, 0]
    assert gain.mean() >= -MARGIN - 2 * gain.std(ddof=1) / len(gain) ** 0.5, rows
    if CONNECTED[name].bias > 0.1:
        assert gain.mean() > 0, rows


@pytest.mark.slow
@pytest.mark.parametrize("name", CONNECTED)
def test_estimate_is_never_worse_than_the_mean_at_full_size(name: str) -> None:
    scenario = CONNECTED[name]
    mean, adjusted = found(scenario, 10 if scenario.submissions == 2000 else 40).mean(axis=0)
    print(f"{name}: mean {mean:.3f}, estimate {adjusted:.3f}")
    assert adjusted >= mean - MARGIN
    if scenario.bias > 0.1:
        assert adjusted > mean + 0.02


@pytest.mark.parametrize("name", REFUSED)
def test_isolated_panels_are_refused(name: str) -> None:
    scenario = smaller(REFUSED[name])
    truth = plant(scenario, 0)
    for panels in (None, truth.panels):
        result = estimate(truth.scores, panels)
        assert isinstance(result, Unadjusted)
        assert result.reason is Reason.DISCONNECTED
        assert len(result.components) == scenario.panels
        assert len(result.bridges) == scenario.panels - 1
        assert result.plain is not None
        plain, shrunk = overlaps(truth, result.plain)
        assert plain == shrunk  # equally many reviews each: the same order


def test_suggested_reviews_would_connect_the_graph() -> None:
    truth = plant(smaller(REFUSED["25 isolated panels"]), 1)
    rows = [
        (truth.scores.submissions[i], truth.scores.reviewers[j], y)
        for i, j, y in zip(truth.scores.submission, truth.scores.reviewer, truth.scores.score, strict=True)
    ]
    joined = table([*rows, *((b.submission, b.reviewer, 0.0) for b in graph.bridges(truth.scores))])
    assert len(graph.components(joined)) == 1


def test_panels_by_quality_need_their_names() -> None:
    """What cannot be seen in the scores alone: without the names panels of quality look like panels of severity."""
    scenario = smaller(CONNECTED["25 panels by quality, 15 % crossing"])
    mean, named = found(scenario, 2).mean(axis=0)
    _mean, unnamed = found(scenario, 2, named=False).mean(axis=0)
    assert named >= mean
    assert unnamed < named


def test_a_component_alone_can_be_adjusted() -> None:
    truth = plant(smaller(REFUSED["25 isolated panels"]), 2)
    part = graph.components(truth.scores)[0]
    assert isinstance(estimate(truth.scores.only(part.submissions)), Adjusted)


def test_careless_reviewers_are_found_and_borne() -> None:
    truth = plant(Scenario(400, 100, 3, careless=0.1), 5)
    result = estimate(truth.scores)
    assert isinstance(result, Adjusted)
    assert result.robust
    assert result.weights is not None
    assert min(result.weights) < 0.5 < max(result.weights) <= 1
    scattering = {one.reviewer for one in result.careless if not one.flat}
    guilty = {j for j in truth.scores.reviewers if truth.careless[j]}
    assert len(scattering & guilty) >= len(guilty) / 3
    assert len(scattering - guilty) <= 1


def test_careful_reviewers_are_rarely_suspected() -> None:
    suspected = 0
    for seed in range(30):
        result = estimate(plant(Scenario(60, 15, 5), 1000 + seed).scores)
        assert isinstance(result, Adjusted)
        suspected += bool(result.careless)
    assert suspected <= 6  # 5 % of rounds expected; more than 6 of 30 happen by chance once in 1,600


def test_who_scores_everyone_alike_is_found() -> None:
    truth = plant(Scenario(100, 20, 4), 3)
    j = truth.scores.reviewer == 4
    truth.scores.score[j] = 0.5
    result = estimate(truth.scores)
    assert isinstance(result, Adjusted)
    assert [one.reviewer for one in result.careless if one.flat] == [truth.scores.reviewers[4]]
