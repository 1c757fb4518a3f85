"""The scores of one round as arrays, and their plain means."""

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Scores:
    """One overall score per review. ``submission`` and ``reviewer`` count into the tuples of keys."""

    submissions: tuple[Hashable, ...]
    reviewers: tuple[Hashable, ...]
    submission: Ints
    reviewer: Ints
    score: Floats

    def __len__(self) -> int:
        return len(self.score)

    def only(self, submissions: Iterable[Hashable]) -> "Scores":
        """The scores of these submissions (a component of the graph, say)."""
        kept = set(submissions)
        return table(
            (self.submissions[i], self.reviewers[j], float(y))
            for i, j, y in zip(self.submission, self.reviewer, self.score, strict=True)
            if self.submissions[i] in kept
        )


@dataclass(frozen=True)
class Mean:
    """Plain mean of one submission; ``sd`` (n - 1 in the denominator) is None for a single review."""

    submission: Hashable
    n: int
    mean: float
    sd: float | None


def table(rows: Iterable[tuple[Hashable, Hashable, float]]) -> Scores:
    """Scores from (submission, reviewer, score), keys in the order they first appear.

    ``ValueError`` for no rows, a score that is not finite, or two scores by one reviewer for one submission.
    """
    listed = list(rows)
    if not listed:
        raise ValueError("there are no scores")
    submissions: dict[Hashable, int] = {}
    reviewers: dict[Hashable, int] = {}
    seen: set[tuple[int, int]] = set()
    for submission, reviewer, score in listed:
        if not math.isfinite(score):
            raise ValueError(f"the score of {submission!r} by {reviewer!r} is not finite")
        pair = (
            submissions.setdefault(submission, len(submissions)),
            reviewers.setdefault(reviewer, len(reviewers)),
        )
        if pair in seen:
            raise ValueError(f"{reviewer!r} has scored {submission!r} twice")
        seen.add(pair)
    return Scores(
        tuple(submissions),
        tuple(reviewers),
        np.array([submissions[row[0]] for row in listed], dtype=np.int64),
        np.array([reviewers[row[1]] for row in listed], dtype=np.int64),
        np.array([row[2] for row in listed], dtype=np.float64),
    )


def counted(index: Ints, size: int, weights: Floats | None = None) -> Floats:
    """Sums of ``weights`` (else counts) per index."""
    return np.bincount(index, weights=weights, minlength=size).astype(np.float64)


def means(scores: Scores) -> list[Mean]:
    """Plain mean, number and standard deviation of each submission, in the order of ``scores.submissions``."""
    size = len(scores.submissions)
    n = counted(scores.submission, size)
    mean = counted(scores.submission, size, scores.score) / n
    squares = counted(scores.submission, size, (scores.score - mean[scores.submission]) ** 2)
    return [
        Mean(key, int(n[i]), float(mean[i]), math.sqrt(squares[i] / (n[i] - 1)) if n[i] > 1 else None)
        for i, key in enumerate(scores.submissions)
    ]


def positions(values: Sequence[float] | Floats, tolerance: float = 1e-9) -> list[int]:
    """Places from 1, best (largest) first; what differs by no more than ``tolerance`` shares the better place."""
    order = sorted(range(len(values)), key=lambda index: -values[index])
    places = [0] * len(values)
    for at, index in enumerate(order):
        tied = at and values[order[at - 1]] - values[index] <= tolerance
        places[index] = places[order[at - 1]] if tied else at + 1
    return places
