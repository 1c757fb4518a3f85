"""Solving: a linear program first, and a small whole-number one for what stays fractional.

The linear program of 2,000 x 500 comes out almost whole in seconds; the same asked in whole numbers from the start had
no answer in 45 s.
"""

import time
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from portal.reviews.matching.model import Floats, Model, shortage
from portal.reviews.matching.problem import Mask

TOLERANCE = 1e-6
SMALL = 5_000  # pairs up to which the whole problem may be asked in whole numbers
CLOSE = 5e-4  # for larger ones: the distance to the linear program, per seat, at which no better answer is looked for
WIDENINGS = 3


@dataclass(frozen=True, slots=True)
class Aim:
    """What is maximised: ``gain`` per pair less ``penalty`` per weighted unit that a rule falls short."""

    gain: Floats
    penalty: float


@dataclass(frozen=True, slots=True)
class Solution:
    """Values of the pairs; ``value`` of the aim; ``ceiling``: no assignment over these pairs has a higher value."""

    x: Floats
    value: float
    short: float
    ceiling: float


class Deadline:
    """The seconds that all solves of one task share."""

    def __init__(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds left, and at least an instant: the solver takes no 0."""
        return max(0.05, self.end - time.monotonic())


def relax(model: Model, aim: Aim, lower: Floats, upper: Floats, deadline: Deadline) -> Solution | None:
    """The linear program between these bounds; None where the time did not suffice."""
    found = _run(model, aim, lower, upper, deadline, whole=False)
    if found is None:
        return None
    short = float(model.weights @ found.slacks)
    value = float(aim.gain @ found.x) - aim.penalty * short
    return Solution(found.x, value, short, value)


def solve(model: Model, aim: Aim, lower: Floats, upper: Floats, deadline: Deadline) -> Solution | None:
    """The best assignment in whole numbers that was found; None where the time did not suffice for any.

    What the linear program leaves whole is kept; the submissions it leaves fractional are solved again in whole
    numbers, then with their neighbours, then, where the problem is small or rules are still broken, all.
    """
    relaxed = relax(model, aim, lower, upper, deadline)
    if relaxed is None:
        return None
    start = np.rint(relaxed.x)
    ragged = np.abs(relaxed.x - start) > TOLERANCE
    best = None if ragged.any() else _valued(model, aim, start, relaxed.ceiling)
    free = _submissions(model, ragged) if best is None else _short(model, best.x)
    for _round in range(WIDENINGS):
        if best is not None and _settled(model, best, relaxed):
            break
        everything = (len(model.edges) <= SMALL and _round > 0) or bool(free.all())
        free = np.ones_like(free) if everything else free
        loose = free[model.edges.i]
        low, high = (
            np.where(loose, lower, np.maximum(lower, start)),
            np.where(loose, upper, np.minimum(upper, start)),
        )
        found = _run(model, aim, low, high, deadline, whole=True)
        if found is not None:
            fresh = _valued(model, aim, np.rint(found.x), relaxed.ceiling)
            if everything and found.proven:
                return Solution(fresh.x, fresh.value, fresh.short, fresh.value)
            best = fresh if best is None or fresh.value > best.value else best
        free = _wider(model, free, ragged, best)
    return best


@dataclass(frozen=True, slots=True)
class _Found:
    x: Floats
    slacks: Floats
    proven: bool


def _run(
    model: Model, aim: Aim, lower: Floats, upper: Floats, deadline: Deadline, *, whole: bool
) -> _Found | None:
    slacks = len(model.weights)
    result = milp(
        c=np.concatenate([-aim.gain, aim.penalty * model.weights]),
        integrality=np.full(model.width + slacks, int(whole)),
        bounds=Bounds(
            np.concatenate([lower, np.zeros(slacks)]), np.concatenate([upper, np.full(slacks, np.inf)])
        ),
        constraints=LinearConstraint(model.matrix, model.lower, model.upper),
        options={"time_limit": deadline.left(), "mip_rel_gap": 0.0},
    )
    if result.x is None:
        return None
    x, rest = result.x[: model.width], result.x[model.width :]
    return _Found(np.clip(x, lower, upper), np.maximum(rest, 0.0), result.status == 0)


def _valued(model: Model, aim: Aim, x: Floats, ceiling: float) -> Solution:
    short = shortage(model, x)
    return Solution(x, float(aim.gain @ x) - aim.penalty * short, short, ceiling)


def _settled(model: Model, best: Solution, relaxed: Solution) -> bool:
    """Whether a better assignment cannot exist, or would be better by less than is worth looking for."""
    gap = relaxed.ceiling - best.value
    if gap <= TOLERANCE * max(1.0, abs(relaxed.ceiling)):
        return True
    if len(model.edges) <= SMALL:
        return False
    return best.short <= relaxed.short + TOLERANCE and gap <= CLOSE * model.problem.seats


def _submissions(model: Model, edges: Mask) -> Mask:
    """The submissions of these edges, as a mask."""
    mask = np.zeros(len(model.problem.submissions), dtype=np.bool_)
    mask[model.edges.i[edges]] = True
    return mask


def _short(model: Model, x: Floats) -> Mask:
    """The submissions that lack reviews."""
    seats = np.bincount(model.edges.i, weights=x, minlength=len(model.problem.submissions))
    return np.asarray(seats < model.problem.wanted - TOLERANCE, dtype=np.bool_)


def _wider(model: Model, free: Mask, ragged: Mask, best: Solution | None) -> Mask:
    """The submissions ``free``, those short of reviews, and those that share an expert with a fractional seat."""
    experts = np.zeros(len(model.problem.reviewers), dtype=np.bool_)
    experts[model.edges.j[ragged]] = True
    if best is None:
        return np.ones_like(free)
    seated = (best.x > 0.5) & experts[model.edges.j]
    wider = free | _submissions(model, seated) | _short(model, best.x)
    return wider if (wider != free).any() else np.ones_like(free)
