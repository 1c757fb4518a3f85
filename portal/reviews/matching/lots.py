"""The draw by lot with expertise: chance within capped probabilities, which its published record lets anybody replay.

1. Before a round closes ``commitment_to(seed)`` is published: the seed cannot be changed any more.
2. When the round is closed ``seal(commitment, digest)`` is published: neither can the problem.
3. The draw: probabilities by linear program, dependent rounding by the seed, repair of what rules the rounding broke.
4. Afterwards the record with the seed is shown; ``verifying.verify`` replays it (ADR 0036).
"""

import hashlib
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

from portal.kit.i18n import _
from portal.reviews.matching.assignment import fixed_floor, merit_aim, span
from portal.reviews.matching.checking import check
from portal.reviews.matching.model import Edges, Floats, Model, build, candidates
from portal.reviews.matching.problem import (
    SCALE,
    Ints,
    Pair,
    Problem,
    ProblemError,
    read_pairs,
    read_problem,
    text_of,
    whole,
)
from portal.reviews.matching.promises import commitment_to, labelled, seal
from portal.reviews.matching.rounding import Stream, dependent_rounding
from portal.reviews.matching.solving import Aim, Deadline, Solution, relax, solve

__all__ = ["Record", "commitment_to", "draw", "read_record", "seal"]
FORMAT = "cspon-draw-1"
UNIT = 1_000_000  # probabilities count in millionths
KEPT = 10  # in the repair a drawn seat outweighs the merit of ten
LOT = SCALE // 4  # and the seats that must be drawn anew are decided by merit and a lot of up to a quarter
EMPTY = 1_000  # a submission that lacks less than this many units lacks nothing but rounding


@dataclass(frozen=True, eq=False)
class Record:
    """A draw with all that is needed to replay it.

    ``beacon``: a public value nobody knew when the seal was published, if one was announced. ``probabilities``: of
    every pair that had any, in 1/``UNIT``. ``drawn``: what the rounding gave; ``assignment``: that after the repair.
    """

    problem: Problem
    seed: str
    beacon: str
    commitment: str
    seal: str
    probabilities: Mapping[Pair, int]
    drawn: frozenset[Pair]
    assignment: frozenset[Pair]
    made_with: str

    @property
    def kept(self) -> int:
        """How many drawn seats the repair left alone."""
        return len(self.drawn & self.assignment)

    def as_json(self) -> dict[str, Any]:
        """The record as it is published."""
        return {
            "format": FORMAT,
            "problem": self.problem.as_json(),
            "problem_digest": self.problem.digest,
            "seed": self.seed,
            "beacon": self.beacon,
            "commitment": self.commitment,
            "seal": self.seal,
            "unit": UNIT,
            "probabilities": [[i, j, units] for (i, j), units in sorted(self.probabilities.items())],
            "drawn": sorted(map(list, self.drawn)),
            "assignment": sorted(map(list, self.assignment)),
            "made_with": self.made_with,
        }


def stream_of(problem: Problem, seed: str, beacon: str) -> Stream:
    """The chance of the rounding."""
    return Stream(labelled("stream", seed, problem.digest, beacon))


def draw(problem: Problem, seed: str, *, beacon: str = "", seconds: float = 120.0) -> Record | None:
    """Draw an assignment; None where the time did not suffice. Raises ``ProblemError`` for a seed that is none.

    A pair that is not fixed has at most the probability ``rules.cap_permille`` in the rounding. Where the rounding
    breaks a rule, or candidates are too few for the cap, the repair fills the seat.
    """
    commitment = commitment_to(seed)
    deadline = Deadline(seconds)
    model = build(problem, candidates(problem))
    odds = best_odds(model, deadline)
    if odds is None:
        return None
    units = in_units(model, odds.x)
    drawn = dependent_rounding(problem, units, UNIT, stream_of(problem, seed, beacon))
    assignment = repair(model, drawn, seed, beacon, deadline)
    if assignment is None:
        return None
    return Record(
        problem,
        seed,
        beacon,
        commitment,
        seal(commitment, problem.digest),
        units,
        drawn,
        assignment,
        made_with(),
    )


def made_with() -> str:
    """The solver and the machine: with the same ones the repair is replayed exactly."""
    return f"scipy {version('scipy')}, {platform.machine()}"


def best_odds(model: Model, deadline: Deadline) -> Solution | None:
    """The capped probabilities with the highest expected merit."""
    if not model.width:
        return Solution(np.zeros(0), 0.0, 0.0, 0.0)
    return relax(model, merit_aim(model), fixed_floor(model), cap(model) / UNIT, deadline)


def cap(model: Model) -> Ints:
    """The highest probability of every pair, in 1/``UNIT``."""
    fixed = model.edges.has(model.problem.fixed)
    return np.where(fixed, UNIT, model.problem.rules.cap_permille * UNIT // 1000).astype(np.int64)


def in_units(model: Model, x: Floats) -> dict[Pair, int]:
    """Probabilities in 1/``UNIT`` whose sum is exact for every submission; none above its cap."""
    limit = cap(model)
    exact = x * UNIT
    units = np.clip(np.rint(exact), 0, limit).astype(np.int64)
    rows = np.split(np.arange(model.width), np.flatnonzero(np.diff(model.edges.i)) + 1) if model.width else []
    for row in rows:
        wanted = int(model.problem.wanted[model.edges.i[row[0]]]) * UNIT
        total = round(float(exact[row].sum()))
        missing = (wanted if abs(total - wanted) <= EMPTY else min(total, wanted)) - int(units[row].sum())
        step = 1 if missing > 0 else -1
        # Who lost most by rounding gets the units that are missing, who won most gives those there are too many.
        order = row[np.argsort(-step * (exact[row] - units[row]), kind="stable")]
        while missing:
            able = [at for at in order if units[at] > 0 and units[at] + step <= limit[at]]
            if not able:
                break
            for at in able[: abs(missing)]:
                units[at] += step
                missing -= step
    return {
        (int(i), int(j)): int(amount)
        for i, j, amount in zip(model.edges.i, model.edges.j, units, strict=True)
        if amount
    }


def repair(
    model: Model, drawn: frozenset[Pair], seed: str, beacon: str, deadline: Deadline
) -> frozenset[Pair] | None:
    """The drawn seats with as few changes as keep all rules; None where the time did not suffice."""
    if not check(model.problem, drawn) or not model.width:
        return drawn
    found = solve(
        model, repair_aim(model, drawn, seed, beacon), fixed_floor(model), np.ones(model.width), deadline
    )
    return None if found is None else model.edges.chosen(found.x)


def repair_aim(model: Model, drawn: Iterable[Pair], seed: str, beacon: str) -> Aim:
    """Drawn seats first; then merit and a lot, so that whom the repair seats is no more foreseeable than the draw."""
    merit = merit_aim(model)
    gain = merit.gain + _lots(model.problem, model.edges, seed, beacon) + KEPT * model.edges.has(drawn)
    return Aim(gain, merit.penalty * span(gain))


def _lots(problem: Problem, edges: Edges, seed: str, beacon: str) -> Floats:
    key = labelled("repair", seed, problem.digest, beacon)
    r = len(problem.reviewers)
    words = [
        int.from_bytes(hashlib.sha256(key + (int(i) * r + int(j)).to_bytes(8, "big")).digest()[:8], "big")
        for i, j in zip(edges.i, edges.j, strict=True)
    ]
    return np.array([word % LOT for word in words], dtype=np.float64) / SCALE


def read_record(value: object) -> Record:
    """The record of a published JSON value. Raises ``ProblemError`` where it is none."""
    if not isinstance(value, dict) or value.get("format") != FORMAT or value.get("unit") != UNIT:
        raise ProblemError(_("This is not the record of a draw (format %(format)s).", format=FORMAT))
    try:
        problem = read_problem(value["problem"])
        record = Record(
            problem=problem,
            **{name: text_of(value[name]) for name in ("seed", "beacon", "commitment", "seal", "made_with")},
            probabilities={(whole(i), whole(j)): whole(units) for i, j, units in value["probabilities"]},
            drawn=read_pairs(value["drawn"]),
            assignment=read_pairs(value["assignment"]),
        )
    except ProblemError:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise ProblemError(_("The record of the draw is damaged: %(what)s", what=error)) from error
    p, r = problem.affinity.shape
    for i, j in (*record.probabilities, *record.drawn, *record.assignment):
        if not (0 <= i < p and 0 <= j < r):
            raise ProblemError(_("The pair (%(i)s, %(j)s) is outside of the matrix.", i=i, j=j))
    return record
