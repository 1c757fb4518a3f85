"""Where a waiting evaluation stands, and when it may begin: an estimate, made of the claim's own rule.

Fair share fills from below: until somebody's turn comes, everybody of the same class is served up to the level of
slot-seconds that this person will have reached. So much of the others' waiting work goes first, and no more.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Contender:
    """Somebody with work waiting: class of the first of it, slot-seconds used, number and seconds waiting."""

    of_class: int
    used_s: float
    n: int
    seconds: float


@dataclass(frozen=True)
class Forecast:
    """``position`` counts from 1; ``seconds`` is None where no slot serves the queue."""

    position: int
    waiting: int
    seconds: float | None
    slots: int


def goes_before(other: Contender, of_class: int, level_s: float) -> tuple[int, float]:
    """How many evaluations of ``other``, and of how many seconds, begin before a level of use is reached."""
    if other.of_class < of_class or other.n == 0:
        return 0, 0.0
    if other.of_class > of_class:
        return other.n, other.seconds
    usual = max(other.seconds / other.n, 0.001)
    number = min(other.n, math.ceil(max(0.0, level_s - other.used_s) / usual))
    return number, number * usual


def forecast(
    mine: Contender,
    others: Iterable[Contender],
    *,
    own_ahead: tuple[int, float],
    slots: int,
    running: int,
) -> Forecast:
    """``own_ahead``: number and seconds of the same person's evaluations that go first. Seconds are slot-seconds.

    While all slots are taken the first of them becomes free, on average, after half a usual length over their number.
    """
    number, seconds = own_ahead
    waiting = mine.n
    for other in others:
        n, s = goes_before(other, mine.of_class, mine.used_s + own_ahead[1])
        number, seconds, waiting = number + n, seconds + s, waiting + other.n
    if slots < 1:
        return Forecast(number + 1, waiting, None, 0)
    usual = mine.seconds / mine.n if mine.n else 0.0
    first_free = usual / 2 if running >= slots else 0.0
    return Forecast(number + 1, waiting, (seconds + first_free) / slots, slots)
