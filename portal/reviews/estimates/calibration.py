"""What one reviewer is told about the own scores, and nobody else."""

import math
from statistics import NormalDist

import numpy as np

from portal.reviews.estimates import mixed
from portal.reviews.estimates.results import FEWEST, Calibration
from portal.reviews.estimates.table import Floats, Scores, counted


def _spreads(scores: Scores) -> list[float | None]:
    size = len(scores.reviewers)
    n = counted(scores.reviewer, size)
    mean = counted(scores.reviewer, size, scores.score) / n
    squares = counted(scores.reviewer, size, (scores.score - mean[scores.reviewer]) ** 2)
    return [math.sqrt(squares[j] / (n[j] - 1)) if n[j] > 1 else None for j in range(size)]


def _others(fitted: mixed.Fit) -> tuple[Floats, Floats]:
    """Per review the mean of the colleagues' scores, less their severities, and how many they are."""
    scores, size = fitted.scores, len(fitted.scores.submissions)
    adjusted = scores.score - fitted.severity[scores.reviewer]
    n = counted(scores.submission, size)[scores.submission] - 1
    rest = counted(scores.submission, size, adjusted)[scores.submission] - adjusted
    return np.asarray(rest / np.maximum(n, 1)), n


def _agreement(own: Floats, others: Floats) -> float | None:
    if len(own) < FEWEST or np.ptp(own) == 0 or np.ptp(others) == 0:
        return None
    return float(np.corrcoef(own, others)[0, 1])


def calibrate(fitted: mixed.Fit, *, level: float = 0.95) -> list[Calibration]:
    """One calibration per reviewer, in the order of the table; the caller hands each to its reviewer only."""
    scores = fitted.scores
    spreads = _spreads(scores)
    known = [spread for spread in spreads if spread is not None]
    typical = float(np.median(known)) if len(known) >= FEWEST else None
    others, n = _others(fitted)
    width = NormalDist().inv_cdf((1 + level) / 2)
    found = []
    for j, key in enumerate(scores.reviewers):
        own = scores.reviewer == j
        count, shared = int(own.sum()), own & (n > 0)
        told = count >= FEWEST and fitted.equations.severity
        severity, error = float(fitted.severity[j]), float(fitted.severity_se[j])
        found.append(
            Calibration(
                key,
                count,
                float(scores.score[own].mean()),
                spreads[j],
                typical,
                severity if told else None,
                severity - width * error if told else None,
                severity + width * error if told else None,
                _agreement(scores.score[shared], others[shared]),
            )
        )
    return found
