"""What a fit says, as plain numbers: for storing, for pages and for charts. Needs no NumPy."""

from collections.abc import Hashable
from dataclasses import dataclass
from enum import StrEnum

FEWEST = 5
"""With fewer own reviews a comparison would tell what single colleagues wrote, and is not made."""


@dataclass(frozen=True)
class Calibration:
    """For the eyes of ``reviewer`` alone. Holds no other person, no submission and no single score of a colleague."""

    reviewer: Hashable
    reviews: int
    mean: float
    spread: float | None
    """Standard deviation of the own scores; None for one review."""
    typical_spread: float | None
    """Median of that over all reviewers with at least two reviews, where ``FEWEST`` have that many."""
    severity: float | None
    """What the reviewer adds to a score compared with colleagues; negative: stricter. None: too few reviews."""
    low: float | None
    high: float | None
    agreement: float | None
    """Correlation of the own scores with the colleagues' adjusted means of the same submissions, -1 to 1."""


class Group(StrEnum):
    """Where a submission stands, for the adjusted score alone; the panel decides."""

    IN = "surely_in"
    OUT = "surely_out"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Placed:
    """One submission in a ranking. ``low`` and ``high`` bound the score at the stated level (two-sided)."""

    submission: Hashable
    place: int
    """From 1; equal scores share the better place."""
    score: float
    low: float
    high: float
    chance: float
    """Probability to be among the places (or to reach the threshold), given the model."""
    group: Group
