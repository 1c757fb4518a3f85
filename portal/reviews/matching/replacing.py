"""Drop-outs and late conflicts: the seats that were lost are filled again, and as few others as possible change."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from portal.kit.i18n import N_, _
from portal.reviews.matching.assignment import fixed_floor, span
from portal.reviews.matching.checking import Breach, check
from portal.reviews.matching.model import Edges, all_pairs, build, candidates
from portal.reviews.matching.problem import SCALE, Pair, Problem
from portal.reviews.matching.solving import SMALL, Aim, Deadline, Solution, solve

CHAIN = 50


class Cause(StrEnum):
    """Why a seat changed."""

    LEFT = "left"
    CONFLICT = "conflict"
    DECLINED = "declined"
    OVERLOAD = "overload"
    GAVE_WAY = "gave_way"
    FILLED = "filled"


WORDS = {
    Cause.LEFT: N_("%(before)s no longer takes part."),
    Cause.CONFLICT: N_("%(before)s has a conflict of interest."),
    Cause.DECLINED: N_("%(before)s declined."),
    Cause.OVERLOAD: N_("%(before)s may take fewer submissions than before."),
    Cause.GAVE_WAY: N_("%(before)s is needed elsewhere, or gives way to an expert whom a rule asks for."),
    Cause.FILLED: N_("The seat was empty before."),
}


@dataclass(frozen=True, slots=True)
class Change:
    """A seat that changed hands: ``before`` or ``after`` is empty where there was, or is, nobody."""

    submission: str
    before: str
    after: str
    cause: Cause

    def words(self) -> str:
        """Why, in the current language."""
        return _(WORDS[self.cause], before=self.before)


@dataclass(frozen=True, slots=True)
class Replacement:
    """The new assignment; ``moved`` counts the changed seats that could have stayed by themselves."""

    pairs: tuple[Pair, ...]
    changes: tuple[Change, ...]
    moved: int
    breaches: tuple[Breach, ...]


def replace(
    problem: Problem, before: Iterable[tuple[str, str]], *, seconds: float = 60.0
) -> Replacement | None:
    """Assign ``problem`` anew, starting from ``before``: (key of submission, key of expert). None: no time left.

    ``problem`` is the round as it is now: who dropped out is missing or has ``most`` 0, late conflicts are conflicts,
    and newly invited experts are in. First come the rules, then the fewest moved seats, then merit: exactly so where up
    to ``CHAIN`` seats are kept and lost. In larger rounds a seat moves only where that gains more merit than 50 seats
    have, and a rule is broken only where keeping it would move more than 50. Seats of withdrawn submissions are no
    changes.
    """
    old = frozenset(before)
    sub = {submission.key: i for i, submission in enumerate(problem.submissions)}
    rev = {reviewer.key: j for j, reviewer in enumerate(problem.reviewers)}
    known = frozenset((sub[s], rev[r]) for s, r in old if s in sub and r in rev)
    stays = frozenset(pair for pair in known if problem.allowed[pair])
    edges = candidates(problem, [*stays, *_whoever(problem, stays)])
    if len(edges) < int(problem.allowed.sum()) <= SMALL:
        edges = all_pairs(problem)
    pairs: frozenset[Pair] = frozenset()
    if len(edges):
        found = _solve(problem, edges, stays, Deadline(seconds))
        if found is None:
            return None
        pairs = edges.chosen(found.x)
    changes = _changes(problem, old, pairs)
    return Replacement(
        pairs=tuple(sorted(pairs)),
        changes=changes,
        moved=sum(change.cause is Cause.GAVE_WAY for change in changes),
        breaches=check(problem, pairs),
    )


def _whoever(problem: Problem, stays: frozenset[Pair]) -> list[Pair]:
    """Every expert who may for a submission that lost a seat: a short list could make others move."""
    seats = Counter(i for i, _j in stays)
    lost = np.array([seats[i] < problem.wanted[i] for i in range(len(problem.submissions))], dtype=np.bool_)
    return [(int(i), int(j)) for i, j in np.argwhere(problem.allowed & lost[:, None])]


def _solve(problem: Problem, edges: Edges, stays: frozenset[Pair], deadline: Deadline) -> Solution | None:
    model = build(problem, edges)
    gain = problem.merit[edges.i, edges.j] / SCALE
    loads = Counter(j for _i, j in stays)
    overload = sum(max(0, load - problem.reviewers[j].most) for j, load in loads.items())
    lost = max(0, problem.seats - len(stays)) + overload
    stay = 3 * (min(lost, CHAIN) + 1) * span(gain)
    aim = Aim(gain + stay * edges.has(stays), 2 * stay * (min(len(stays), CHAIN) + 1))
    return solve(model, aim, fixed_floor(model), np.ones(len(edges)), deadline)


def _changes(problem: Problem, old: frozenset[tuple[str, str]], pairs: frozenset[Pair]) -> tuple[Change, ...]:
    """Lost and new seats of every submission of the round side by side."""
    new = {(problem.submissions[i].key, problem.reviewers[j].key) for i, j in pairs}
    gone: dict[str, list[str]] = defaultdict(list)
    come: dict[str, list[str]] = defaultdict(list)
    for submission, reviewer in sorted(old - new):
        gone[submission].append(reviewer)
    for submission, reviewer in sorted(new - old):
        come[submission].append(reviewer)
    loads: dict[str, int] = defaultdict(int)
    for _submission, reviewer in old:
        loads[reviewer] += 1
    changes = []
    for i, submission in enumerate(thing.key for thing in problem.submissions):
        lost, won = gone[submission], come[submission]
        for at in range(max(len(lost), len(won))):
            before = lost[at] if at < len(lost) else ""
            after = won[at] if at < len(won) else ""
            changes.append(Change(submission, before, after, _cause(problem, i, before, loads[before])))
    return tuple(changes)


def _cause(problem: Problem, i: int, before: str, load: int) -> Cause:
    if not before:
        return Cause.FILLED
    j = next((j for j, reviewer in enumerate(problem.reviewers) if reviewer.key == before), None)
    if j is None or problem.reviewers[j].most == 0:
        return Cause.LEFT
    if (i, j) in problem.conflicts:
        return Cause.CONFLICT
    if (i, j) in problem.declined:
        return Cause.DECLINED
    return Cause.OVERLOAD if load > problem.reviewers[j].most else Cause.GAVE_WAY
