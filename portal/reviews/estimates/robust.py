"""Careless reviewers: how they are found, and an estimate that bears them.

Detection. Every residual of the crossed model is divided by its standard deviation (a robust residual scale times the
root of one minus its leverage). The squares of one reviewer then add up to about a chi-square with as many degrees of
freedom as there are reviews; the tail comes from Wilson & Hilferty (1931, PNAS 17, 684-688), and the reviewers whose
tail survives Holm's procedure at the 5 % level over all reviewers are called careless. What this finds is scatter:
scores that other reviewers' scores of the same submissions do not explain. It cannot tell carelessness from a lone
expert who sees what others miss, so it lowers a weight and is shown to the secretariat; it removes nobody.

A reviewer who gives everyone the same score scatters no more than quality itself varies; the other test finds that:
the squares of those scores about their own mean are too few for the variance of quality and residual together.

Estimate. Huber's weights (1964, Ann. Math. Stat. 35, 73-101; tuning constant 1.345, 95 % efficient at the normal) by
iteratively reweighted fits of the same model; a careless reviewer's reviews count, moreover, by that reviewer's own
variance.
"""

import math
from collections.abc import Hashable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from portal.reviews.estimates import mixed
from portal.reviews.estimates.table import Floats, Ints, Scores, counted

TUNING = 1.345
ROUNDS, STILL = 8, 0.02
LEVEL = 0.05
FEWEST = 3
"""Nobody is judged by fewer reviews."""
LEAST_WEIGHT = 0.02


@dataclass(frozen=True)
class Careless:
    """A reviewer whose scores do not go with the others': ``ratio`` of found to expected variance, and the tail."""

    reviewer: Hashable
    reviews: int
    ratio: float
    tail: float
    flat: bool
    """Too little spread (the same score for everyone) instead of too much scatter."""


def chi_square_z(value: Floats, freedom: Floats) -> Floats:
    """The normal deviate with about the same upper tail as ``value`` of a chi-square (Wilson & Hilferty)."""
    part = 2 / (9 * freedom)
    return np.asarray((np.cbrt(value / freedom) - (1 - part)) / np.sqrt(part))


def holm(tails: list[float], level: float = LEVEL) -> list[bool]:
    """Which hypotheses Holm's step-down procedure rejects (family-wise error at most ``level``)."""
    rejected = [False] * len(tails)
    for rank, index in enumerate(sorted(range(len(tails)), key=tails.__getitem__)):
        if tails[index] > level / (len(tails) - rank):
            break
        rejected[index] = True
    return rejected


def _standardised(fitted: mixed.Fit) -> Floats:
    """Residuals over their standard deviations, the scale taken from their median (it bears up to half of outliers)."""
    spread = np.sqrt(np.maximum(1 - mixed.leverage(fitted), 1e-3))
    residual = (fitted.scores.score - fitted.fitted) / spread
    scale = float(np.median(np.abs(residual))) / NormalDist().inv_cdf(0.75)
    return np.asarray(residual / scale) if scale > 0 else np.zeros(len(residual))


def careless(fitted: mixed.Fit) -> list[Careless]:
    """The reviewers both tests find, those that scatter most first. ``fitted`` is an unweighted fit."""
    scores, size = fitted.scores, len(fitted.scores.reviewers)
    n = counted(scores.reviewer, size)
    if fitted.variances.residual <= 0:
        return []
    squares = counted(scores.reviewer, size, _standardised(fitted) ** 2)
    mean = counted(scores.reviewer, size, scores.score) / n
    about = counted(scores.reviewer, size, (scores.score - mean[scores.reviewer]) ** 2)
    expected = fitted.variances.quality + fitted.variances.residual
    normal = NormalDist()
    judged = [j for j in range(size) if n[j] >= FEWEST]
    up, down = chi_square_z(squares, n), chi_square_z(about / expected, np.maximum(n - 1, 1))
    tails = [normal.cdf(-up[j]) for j in judged] + [normal.cdf(down[j]) for j in judged]
    found = [
        Careless(
            scores.reviewers[j],
            int(n[j]),
            float(about[j] / expected / (n[j] - 1) if flat else squares[j] / n[j]),
            tail,
            flat,
        )
        for (j, flat), tail, reject in zip(
            [*((j, False) for j in judged), *((j, True) for j in judged)], tails, holm(tails), strict=True
        )
        if reject
    ]
    return sorted(found, key=lambda one: (one.flat, -one.ratio))


def huber(scores: Scores, panels: Ints | None, found: list[Careless]) -> tuple[mixed.Fit, Floats]:
    """The reweighted fit, and the weight of every review (1: counts in full)."""
    index = {key: j for j, key in enumerate(scores.reviewers)}
    trust = np.ones(len(scores.reviewers))
    for one in found:
        if not one.flat:
            trust[index[one.reviewer]] = max(1 / one.ratio, LEAST_WEIGHT)
    base = trust[scores.reviewer]
    weights = base.copy()
    fitted = mixed.fit(scores, weights, panels)
    for _round in range(ROUNDS):
        residual = np.abs(scores.score - fitted.fitted) * np.sqrt(base)
        scale = math.sqrt(fitted.variances.residual)
        new = base * np.minimum(1.0, TUNING * scale / np.maximum(residual, 1e-12))
        new = np.maximum(new, LEAST_WEIGHT)
        moved = float(np.abs(new - weights).max())
        weights = new
        fitted = mixed.fit(scores, weights, panels)
        if moved < STILL:
            break
    return fitted, weights
