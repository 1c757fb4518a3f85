"""The fit against independent solutions: direct maximisation, brute-force prediction, balanced analysis of variance."""

from collections.abc import Sequence

import numpy as np
import pytest
from scipy.optimize import minimize

from portal.reviews.estimates import mixed
from portal.reviews.estimates.table import Scores, means, positions, table
from tests.reviews.estimates.planted import Scenario, plant

Matrix = np.ndarray


def designs(scores: Scores, panels: np.ndarray | None) -> tuple[Matrix, Matrix, Matrix]:
    quality = np.eye(len(scores.submissions))[scores.submission]
    severity = np.eye(len(scores.reviewers))[scores.reviewer]
    panel = np.zeros((len(scores), 1))
    if panels is not None:
        panel = np.eye(int(panels.max()) + 1)[panels][scores.submission]
    return quality, severity, panel


def covariance(
    scores: Scores, weights: np.ndarray, panels: np.ndarray | None, variances: Sequence[float]
) -> Matrix:
    parts = [z @ z.T for z in designs(scores, panels)]
    parts.append(np.diag(1 / weights))
    return sum(v * part for v, part in zip(variances, parts, strict=True))


def criterion(scores: Scores, v: Matrix) -> float:
    """Minus the restricted log-likelihood, from its definition."""
    inverse = np.linalg.inv(v)
    ones = np.ones(len(scores))
    information = ones @ inverse @ ones
    residual = scores.score - (ones @ inverse @ scores.score) / information
    return 0.5 * float(np.linalg.slogdet(v)[1] + np.log(information) + residual @ inverse @ residual)


CASES = {
    "more submissions": (Scenario(30, 8, 3), None),
    "more reviewers": (Scenario(10, 25, 5), None),
    "panels": (Scenario(30, 8, 3), 5),
}


@pytest.mark.parametrize("name", CASES)
def test_fit_is_the_maximum_and_the_best_prediction(name: str) -> None:
    scenario, groups = CASES[name]
    scores = plant(scenario, 2).scores
    size = len(scores.submissions)
    panels = np.arange(size) % groups if groups else None
    if panels is not None:
        scores.score[:] += 2 * panels[scores.submission]
    weights = np.random.default_rng(0).uniform(0.3, 1, len(scores))
    fitted = mixed.fit(scores, weights, panels)
    assert fitted.converged
    v = fitted.variances
    found = [v.quality, v.severity, v.panel, v.residual]
    reached = criterion(scores, covariance(scores, weights, panels, found))

    kept = [0, 1, 3] if panels is None else [0, 1, 2, 3]

    def loss(logs: np.ndarray) -> float:
        every = np.zeros(4)
        every[kept] = np.exp(logs)
        return criterion(scores, covariance(scores, weights, panels, every))

    best = minimize(loss, np.zeros(len(kept)), method="Nelder-Mead", options={"xatol": 1e-5, "fatol": 1e-8})
    assert reached == pytest.approx(best.fun, abs=1e-4)
    assert -fitted.log_likelihood - 0.5 * np.log(weights).sum() == pytest.approx(reached, abs=1e-8)
    np.testing.assert_allclose(np.array(found)[kept], np.exp(best.x), rtol=5e-3)

    z_quality, z_severity, z_panel = designs(scores, panels)
    inverse = np.linalg.inv(covariance(scores, weights, panels, found))
    ones = np.ones(len(scores))
    information = ones @ inverse @ ones
    mean = (ones @ inverse @ scores.score) / information
    own = np.eye(size) if panels is None else np.eye(groups or 1)[panels]
    prior = v.quality * np.eye(size) + v.panel * own @ own.T
    across = v.quality * z_quality.T + (v.panel * own @ z_panel.T if panels is not None else 0)
    score = mean + across @ inverse @ (scores.score - mean)
    gap = 1 - across @ inverse @ ones
    spread = prior - across @ inverse @ across.T + np.outer(gap, gap) / information
    np.testing.assert_allclose(fitted.score, score, atol=1e-9)
    np.testing.assert_allclose(fitted.score_se, np.sqrt(np.diag(spread)), atol=1e-9)
    severity = v.severity * z_severity.T @ inverse @ (scores.score - mean)
    np.testing.assert_allclose(fitted.severity, severity, atol=1e-9)
    drawn = mixed.draws(fitted, 4000, 1)
    np.testing.assert_allclose(drawn.mean(axis=0), score, atol=0.1)
    np.testing.assert_allclose(np.cov(drawn.T), spread, atol=0.12 * spread.max())
    hat = (
        np.diag(1 / weights) @ inverse
    ) * v.residual  # residual covariance over s2_e, before the mean is known
    hat -= np.outer(hat @ ones, inverse @ ones) / information
    np.testing.assert_allclose(mixed.leverage(fitted), 1 - np.diag(hat), atol=1e-8)


def test_balanced_table_gives_the_analysis_of_variance() -> None:
    """Every reviewer scores every submission: REML is the classical estimate where that is positive."""
    rng = np.random.default_rng(4)
    p, r = 12, 7
    y = rng.normal(0, 2, (p, 1)) + rng.normal(0, 1, (1, r)) + rng.normal(0, 0.5, (p, r))
    fitted = mixed.fit(table([(i, j, float(y[i, j])) for i in range(p) for j in range(r)]))
    rows, columns, grand = y.mean(axis=1), y.mean(axis=0), y.mean()
    residual = ((y - rows[:, None] - columns + grand) ** 2).sum() / ((p - 1) * (r - 1))
    quality = (r * ((rows - grand) ** 2).sum() / (p - 1) - residual) / r
    severity = (p * ((columns - grand) ** 2).sum() / (r - 1) - residual) / p
    assert fitted.variances.residual == pytest.approx(residual, rel=1e-3)
    assert fitted.variances.quality == pytest.approx(quality, rel=1e-3)
    assert fitted.variances.severity == pytest.approx(severity, rel=1e-3)
    assert fitted.mean == pytest.approx(grand)
    shrink = fitted.variances.quality / (fitted.variances.quality + fitted.variances.residual / r)
    np.testing.assert_allclose(fitted.score, grand + shrink * (rows - grand))


def test_equal_scores_tie_and_have_no_error() -> None:
    scores = table([(i, j, 71.3) for i in range(6) for j in range(4)])
    for severity in (True, False):
        fitted = mixed.fit(scores, severity=severity)
        assert set(fitted.score.tolist()) == {fitted.score[0]}
        assert fitted.score[0] == pytest.approx(71.3)
        assert not fitted.score_se.any()
        assert positions(fitted.score) == [1] * 6


def test_scores_without_noise_are_explained() -> None:
    scores = table([(i, j, float(3 * i + j)) for i in range(6) for j in range(4)])
    fitted = mixed.fit(scores)
    np.testing.assert_allclose(np.diff(fitted.score), 3, atol=1e-3)
    np.testing.assert_allclose(np.diff(fitted.severity), 1, atol=1e-3)
    assert fitted.score_se.max() < 2  # the mean over reviewers stays unknown, the differences do not


def test_units_and_origin_do_not_matter() -> None:
    scores = plant(Scenario(40, 12, 4), 1).scores
    fitted = mixed.fit(scores)
    moved = Scores(*list(scores.__dict__.values())[:4], 60 + 10 * scores.score)
    np.testing.assert_allclose(mixed.fit(moved).score, 60 + 10 * fitted.score, rtol=1e-3)


@pytest.mark.parametrize("severity", [True, False])
def test_smallest_tables(severity: bool) -> None:
    for rows in (
        [("a", "x", 1.0), ("a", "y", 2.0)],
        [("a", "x", 1.0), ("b", "x", 2.0)],
        [("a", "x", 1.0), ("b", "y", 2.0)],
    ):
        fitted = mixed.fit(table(rows), severity=severity)
        assert np.isfinite(fitted.score).all()
        assert np.isfinite(fitted.score_se).all()
    with pytest.raises(ValueError, match="one review"):
        mixed.fit(table([("a", "x", 1.0)]), severity=severity)


def test_table_and_means() -> None:
    scores = table([("b", "x", 1.0), ("a", "x", 4.0), ("b", "y", 3.0)])
    found = means(scores)
    assert [(one.submission, one.n, one.mean) for one in found] == [("b", 2, 2.0), ("a", 1, 4.0)]
    assert found[0].sd == pytest.approx(2**0.5)
    assert found[1].sd is None
    assert positions([1.0, 3.0, 3.0, 2.0]) == [4, 1, 1, 3]


@pytest.mark.parametrize(
    ("rows", "match"),
    [
        ([], "no scores"),
        ([("a", "x", float("nan"))], "finite"),
        ([("a", "x", 1.0), ("a", "x", 2.0)], "twice"),
    ],
)
def test_tables_that_are_refused(rows: list[tuple[str, str, float]], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        table(rows)
