"""Groups, refusals, calibration: what is decided on the estimates, and what is not."""

import subprocess
import sys

import numpy as np
import pytest
from scipy.stats import chi2, norm

from portal.reviews.estimates import graph, mixed
from portal.reviews.estimates.calibration import calibrate
from portal.reviews.estimates.estimate import Adjusted, Reason, Unadjusted, estimate
from portal.reviews.estimates.ranking import by_places, by_threshold, membership
from portal.reviews.estimates.results import FEWEST, Group
from portal.reviews.estimates.robust import chi_square_z, holm
from portal.reviews.estimates.table import table
from tests.reviews.estimates.planted import Scenario, plant


def test_three_groups_are_repeatable_and_right() -> None:
    truth = plant(Scenario(300, 75, 3), 7)
    fitted = mixed.fit(truth.scores)
    placed = by_places(fitted, 60, seed=11)
    assert placed == by_places(fitted, 60, seed=11)
    assert [one.place for one in placed] == sorted(one.place for one in placed)
    assert sum(one.chance for one in placed) == pytest.approx(60)
    best = set(np.argsort(-truth.quality)[:60].tolist())
    sure = [one for one in placed if one.group is Group.IN]
    out = [one for one in placed if one.group is Group.OUT]
    assert len(sure) > 5
    assert len(out) > 100
    assert sum(one.submission in best for one in sure) >= 0.9 * len(sure)
    assert sum(one.submission not in best for one in out) >= 0.95 * len(out)
    covered = [one.low <= truth.quality[one.submission] <= one.high for one in placed]
    assert np.mean(covered) > 0.9


def test_chances_are_calibrated() -> None:
    """Of what is in with a chance of about p, about p is truly in."""
    chances, hits = [], []
    for seed in range(6):
        truth = plant(Scenario(300, 75, 3), 50 + seed)
        best = set(np.argsort(-truth.quality)[:60].tolist())
        for one in by_places(mixed.fit(truth.scores), 60, number=500):
            chances.append(one.chance)
            hits.append(one.submission in best)
    chance, hit = np.array(chances), np.array(hits)
    for low, high in ((0.1, 0.4), (0.4, 0.6), (0.6, 0.9)):
        part = (chance > low) & (chance <= high)
        error = 3 * np.sqrt(0.25 / part.sum())
        assert abs(chance[part].mean() - hit[part].mean()) < error


def test_places_at_their_bounds() -> None:
    fitted = mixed.fit(plant(Scenario(10, 6, 3), 1).scores)
    assert {one.group for one in by_places(fitted, 0)} == {Group.OUT}
    assert {one.group for one in by_places(fitted, 10)} == {Group.IN}
    with pytest.raises(ValueError, match="negative"):
        by_places(fitted, -1)
    with pytest.raises(ValueError, match="level"):
        by_places(fitted, 1, level=0.3)


def test_equal_submissions_are_all_undecided() -> None:
    fitted = mixed.fit(table([(i, j, 5.0) for i in range(8) for j in range(3)]))
    placed = by_places(fitted, 2)
    assert {one.place for one in placed} == {1}
    assert {one.chance for one in placed} == {0.25}
    assert {one.group for one in placed} == {Group.UNDECIDED}


def test_ties_at_the_border_share_it() -> None:
    drawn = np.array([[3.0, 2.0, 2.0, 1.0], [2.0, 2.0, 2.0, 2.0]])
    np.testing.assert_allclose(membership(drawn, 2), [0.75, 0.5, 0.5, 0.25])


def test_threshold() -> None:
    fitted = mixed.fit(plant(Scenario(100, 25, 3), 2).scores)
    placed = {one.submission: one for one in by_threshold(fitted, 0.0)}
    drawn = mixed.draws(fitted, 4000, 3)
    for key, share in zip(fitted.scores.submissions, (drawn >= 0).mean(axis=0), strict=True):
        assert placed[key].chance == pytest.approx(share, abs=0.04)
    flat = mixed.fit(table([(i, j, 5.0) for i in range(4) for j in range(3)]))
    assert {one.group for one in by_threshold(flat, 5.0)} == {Group.IN}
    assert {one.group for one in by_threshold(flat, 5.1)} == {Group.OUT}


@pytest.mark.parametrize(
    "rows",
    [
        [("a", "x", 3.0)],
        [("a", "x", 3.0), ("a", "y", 4.0), ("a", "z", 2.0)],
        [("a", "x", 3.0), ("b", "x", 4.0), ("c", "x", 4.0)],
        [("a", "x", 3.0), ("b", "y", 4.0)],
        [
            ("a", "x", 1.0),
            ("b", "x", 2.0),
            ("b", "y", 3.0),
            ("c", "y", 4.0),
            ("c", "z", 5.0),
            ("d", "z", 5.0),
        ],
    ],
)
def test_too_few_reviews_are_not_adjusted(rows: list[tuple[str, str, float]]) -> None:
    result = estimate(table(rows))
    assert isinstance(result, Unadjusted)
    assert result.reason is Reason.TOO_FEW
    assert len(result.means) == len({row[0] for row in rows})
    if result.plain is not None:
        assert sum(one.chance for one in by_places(result.plain, 1)) == pytest.approx(1)


def test_bridges_keep_to_what_is_allowed() -> None:
    rows = [
        (f"{part}{i}", f"{part}{part}{j}", float(i + j)) for part in "ab" for i in range(4) for j in range(3)
    ]
    scores = table(rows)
    assert len(graph.bridges(scores)) == 1
    only = graph.bridges(scores, lambda submission, reviewer: (submission, reviewer) == ("b2", "aa1"))
    assert only == [graph.Bridge("b2", "aa1")]
    assert graph.bridges(scores, lambda _submission, _reviewer: False) == []


def test_cross_share_and_panels() -> None:
    truth = plant(Scenario(200, 50, 3, panels=5, crossing=0.05), 1)
    result = estimate(truth.scores, truth.panels)
    assert isinstance(result, Adjusted)
    assert result.cross_share is not None
    assert 0.02 < result.cross_share < 0.08
    assert result.thinly_tied
    assert result.fit.variances.panel > 0
    with pytest.raises(ValueError, match="no panel"):
        estimate(truth.scores, {})
    one = estimate(truth.scores, dict.fromkeys(truth.scores.submissions, "only"))
    assert isinstance(one, Adjusted)
    assert one.fit.variances.panel == 0


def test_calibration_finds_severity_and_keeps_colleagues_apart() -> None:
    truth = plant(Scenario(200, 40, 3), 9)
    fitted = mixed.fit(truth.scores)
    told = calibrate(fitted)
    planted = truth.severity[[int(one.reviewer) for one in told]]
    found = np.array([one.severity for one in told])
    assert np.corrcoef(planted, found)[0, 1] > 0.95
    inside = [one.low <= s - truth.severity.mean() <= one.high for one, s in zip(told, planted, strict=True)]
    assert np.mean(inside) > 0.85
    assert np.mean([one.agreement for one in told]) > 0.5
    names = set(told[0].__dict__)
    assert names == {
        "reviewer", "reviews", "mean", "spread", "typical_spread", "severity", "low", "high", "agreement",
    }  # fmt: skip


def test_few_reviews_are_not_compared() -> None:
    scores = table([(i, j, float(i + j)) for i in range(FEWEST - 1) for j in range(3)])
    for one in calibrate(mixed.fit(scores)):
        assert one.reviews == FEWEST - 1
        assert (one.severity, one.low, one.high, one.agreement, one.typical_spread) == (None,) * 5
        assert one.spread is not None
    alike = calibrate(mixed.fit(table([(i, j, 5.0) for i in range(8) for j in range(6)])))
    assert all(one.agreement is None and one.severity == 0 for one in alike)


def test_tails() -> None:
    for freedom in (2.0, 3.0, 5.0, 30.0):
        for tail in (0.95, 0.5, 0.05, 1e-3, 1e-5):
            z = chi_square_z(np.array([chi2.isf(tail, freedom)]), np.array([freedom]))[0]
            assert tail / 2.1 < norm.sf(z) < tail * 2.1
    assert holm([0.04, 0.01, 0.03]) == [False, True, False]
    assert holm([]) == []


def test_pages_need_no_numpy() -> None:
    code = (
        "import sys, portal.reviews.charts, portal.reviews.calendar.counting, portal.reviews.estimates.rubric;"
        "print([m for m in ('numpy', 'scipy', 'sklearn') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
