"""The best assignment under all rules of a round."""

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from portal.kit.i18n import N_
from portal.reviews.matching.bound import plain_bound
from portal.reviews.matching.checking import Breach, check
from portal.reviews.matching.model import Edges, Floats, Model, all_pairs, build, candidates
from portal.reviews.matching.problem import SCALE, Pair, Problem
from portal.reviews.matching.solving import Aim, Deadline, Solution, solve

SECONDS = 120.0
DENSE = 200_000  # all pairs are considered, where lists do not suffice, up to this many
MOST_SEATS = 2_500  # a penalty above this many seats' merit costs the solver its accuracy


class Status(StrEnum):
    """How an assignment ended."""

    label: str

    BEST = "best", N_("All rules kept; no assignment of these pairs is better.")
    KEPT = "kept", N_("All rules kept; a slightly better assignment may exist.")
    SHORT = "short", N_("Not all rules can be kept; none keeps more of them.")
    SHORT_UNPROVEN = (
        "short_unproven",
        N_("Not all rules are kept; whether they can be was not settled in the time."),
    )
    STOPPED = "stopped", N_("The time ran out before there was any assignment.")

    def __new__(cls, value: str, label: str) -> "Status":
        """A member with its words."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member


@dataclass(frozen=True, slots=True)
class Outcome:
    """An assignment with what can be said about it.

    ``merit`` and ``bound`` in 1/``SCALE``: what it has, and the most that any assignment could have without side
    rules. ``breaches`` is what ``check`` finds. ``considered``: how many pairs were looked at; ``complete``: whether
    they were all.
    """

    status: Status
    pairs: tuple[Pair, ...]
    breaches: tuple[Breach, ...]
    merit: int
    bound: int
    considered: int
    complete: bool


def assign(problem: Problem, *, seconds: float = SECONDS) -> Outcome:
    """Assign all seats within ``seconds`` of solving; rules that cannot be kept are named in ``breaches``."""
    deadline = Deadline(seconds)
    edges = candidates(problem)
    dense = int(problem.allowed.sum())
    found: Solution | None = None
    while len(edges):
        model = build(problem, edges)
        found = solve(model, merit_aim(model), fixed_floor(model), np.ones(len(edges)), deadline)
        if found is None or not found.short or len(edges) >= dense or dense > DENSE:
            break
        # A list may have left out what a rule needs: only all pairs can tell that it cannot be kept.
        edges = all_pairs(problem)
    if not len(edges):
        return _outcome(problem, edges, frozenset(), _empty_status(problem), complete=True)
    if found is None:
        return _outcome(problem, edges, frozenset(), Status.STOPPED, complete=False)
    complete = len(edges) >= dense
    pairs = edges.chosen(found.x)
    return _outcome(problem, edges, pairs, _status(model, found, complete=complete), complete=complete)


def merit_aim(model: Model) -> Aim:
    """Merit, with rules that no gain of merit can buy.

    In a round of up to ``MOST_SEATS`` seats the penalty exceeds the merit of all seats together; in a larger one a rule
    would be broken only where that gained the merit of 2,500 seats by one missing unit.
    """
    gain = model.problem.merit[model.edges.i, model.edges.j] / SCALE
    return Aim(gain, 4 * (min(model.problem.seats, MOST_SEATS) + 1) * span(gain))


def span(gain: Floats) -> float:
    """The largest merit of one seat, at least 1."""
    return max(1.0, float(np.abs(gain).max(initial=0.0)))


def fixed_floor(model: Model) -> Floats:
    """The least value of every pair: 1 for fixed seats."""
    return model.edges.has(model.problem.fixed).astype(np.float64)


def _status(model: Model, found: Solution, *, complete: bool) -> Status:
    aim = merit_aim(model)
    # No assignment falls short by less than this: its value would be above the ceiling.
    lowest = -model.problem.seats * span(aim.gain) if (aim.gain < 0).any() else 0.0
    proven = math.ceil((lowest - found.ceiling) / aim.penalty - 1e-6)
    if found.short:
        return Status.SHORT if complete and proven >= found.short else Status.SHORT_UNPROVEN
    return Status.BEST if found.ceiling - found.value <= 1e-6 * max(1.0, abs(found.ceiling)) else Status.KEPT


def _empty_status(problem: Problem) -> Status:
    return Status.SHORT if check(problem, ()) else Status.BEST


def _outcome(
    problem: Problem, edges: Edges, pairs: frozenset[Pair], status: Status, *, complete: bool
) -> Outcome:
    return Outcome(
        status=status,
        pairs=tuple(sorted(pairs)),
        breaches=check(problem, pairs),
        merit=problem.total(pairs),
        bound=plain_bound(problem),
        considered=len(edges),
        complete=complete,
    )
