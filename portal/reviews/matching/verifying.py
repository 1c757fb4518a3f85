"""Verifying a published draw, offline and from its record alone."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from portal.kit.i18n import _
from portal.reviews.matching import lots
from portal.reviews.matching.checking import check
from portal.reviews.matching.lots import UNIT, Record
from portal.reviews.matching.model import Floats, Model, build, candidates, organisation_groups, shortage
from portal.reviews.matching.problem import SCALE, Pair, Problem, ProblemError
from portal.reviews.matching.rounding import dependent_rounding
from portal.reviews.matching.solving import CLOSE, SMALL, Deadline

RELATIVE = 1e-4  # of the expected merit: what rounding to millionths may cost, and no more
UNITS_SHORT = 0.1  # of the weighted shortage: the same


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was checked: ``ok``, and in words what holds or the first difference."""

    ok: bool
    words: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The steps up to the first that fails."""

    steps: tuple[Step, ...]

    @property
    def ok(self) -> bool:
        """Whether the draw is what its record claims."""
        return all(step.ok for step in self.steps)


def verify(record: Record, *, commitment: str = "", seal: str = "", seconds: float = 300.0) -> Verdict:
    """Check a draw from its seed to its list; ``commitment`` and ``seal``: those that were published at the time.

    Exact: the commitment, the seal, the rounding. By a fresh solve: that the probabilities are as good as they can be,
    and the repair; the same solver on the same kind of machine must give the same one, another one as good a one.
    """
    deadline = Deadline(seconds)
    model = build(record.problem, candidates(record.problem))
    checks: tuple[Callable[[], Step], ...] = (
        lambda: _commitment(record, commitment),
        lambda: _seal(record, seal),
        lambda: _bounds(record, model),
        lambda: _odds(record, model, deadline),
        lambda: _rounding(record),
        lambda: _rules(record),
        lambda: _repair(record, model, deadline),
    )
    steps: list[Step] = []
    for make in checks:
        steps.append(make())
        if not steps[-1].ok:
            break
    return Verdict(tuple(steps))


def _commitment(record: Record, published: str) -> Step:
    try:
        made = lots.commitment_to(record.seed)
    except ProblemError as error:
        return Step(False, str(error))
    for want in (record.commitment, published or record.commitment):
        if made != want:
            return Step(
                False, _("The seed gives the commitment %(made)s, not %(want)s.", made=made, want=want)
            )
    return Step(True, _("The seed is the one committed to: %(made)s", made=made))


def _seal(record: Record, published: str) -> Step:
    made = lots.seal(record.commitment, record.problem.digest)
    for want in (record.seal, published or record.seal):
        if made != want:
            return Step(
                False,
                _("The problem (digest %(digest)s) is not the sealed one: its seal is %(made)s, not %(want)s.",
                  digest=record.problem.digest, made=made, want=want),
            )  # fmt: skip
    return Step(True, _("The problem is the sealed one: %(made)s", made=made))


def _bounds(record: Record, model: Model) -> Step:
    """No probability above the cap, none of a pair that may not sit together, no sum above its rule."""
    problem = record.problem
    limit = dict(zip(_pairs(model), lots.cap(model).tolist(), strict=True))
    for pair, units in sorted(record.probabilities.items()):
        if not 0 < units <= limit.get(pair, 0):
            return Step(
                False,
                _("The pair %(pair)s has the probability %(units)s millionths; at most %(most)s are allowed.",
                  pair=_name(problem, pair), units=units, most=limit.get(pair, 0)),
            )  # fmt: skip
    for name, total, most in _sums(record, model):
        if total > most:
            return Step(
                False,
                _("The probabilities of %(name)s add up to %(total)s millionths; at most %(most)s are allowed.",
                  name=name, total=total, most=most),
            )  # fmt: skip
    words = _("No pair has a probability above %(cap)s/1000.", cap=problem.rules.cap_permille)
    return Step(True, words)


def _sums(record: Record, model: Model) -> Iterator[tuple[str, int, int]]:
    """(of what, sum, most allowed); experts and organisations with a millionth per pair for rounding."""
    problem = record.problem
    rows, columns, count = Counter[int](), Counter[int](), Counter[int]()
    for (i, j), units in record.probabilities.items():
        rows[i] += units
        columns[j] += units
        count[j] += 1
    for i, total in sorted(rows.items()):
        yield problem.submissions[i].key, total, int(problem.wanted[i]) * UNIT
    for j, total in sorted(columns.items()):
        yield problem.reviewers[j].key, total, problem.reviewers[j].most * UNIT + count[j]
    if not problem.rules.of_one_organisation:
        return
    units_of = _vector(record, model)
    group, edge = organisation_groups(problem, model.edges)
    _names, first, inverse = np.unique(group, return_index=True, return_inverse=True)
    totals = np.bincount(inverse, weights=units_of[edge])
    members = np.bincount(inverse)
    for at, start in enumerate(first):
        name = problem.submissions[int(model.edges.i[edge[start]])].key
        yield name, round(float(totals[at])), problem.rules.of_one_organisation * UNIT + int(members[at])


def _odds(record: Record, model: Model, deadline: Deadline) -> Step:
    fresh = lots.best_odds(model, deadline)
    if fresh is None:
        return Step(False, _("The time did not suffice to compute the probabilities anew."))
    x = _vector(record, model) / UNIT
    merit = record.problem.merit[model.edges.i, model.edges.j] / SCALE
    have, best = float(merit @ x), float(merit @ fresh.x)
    more = shortage(model, x, whole=False) - shortage(model, fresh.x, whole=False)
    if more > UNITS_SHORT or have < best - RELATIVE * max(1.0, abs(best)):
        return Step(
            False,
            _("The probabilities are not the best: expected merit %(have)s, and %(best)s is possible.",
              have=f"{have:.4f}", best=f"{best:.4f}"),
        )  # fmt: skip
    return Step(True, _("The probabilities have the highest expected merit: %(have)s", have=f"{have:.4f}"))


def _rounding(record: Record) -> Step:
    problem = record.problem
    stream = lots.stream_of(problem, record.seed, record.beacon)
    drawn = dependent_rounding(problem, record.probabilities, UNIT, stream)
    if drawn != record.drawn:
        pair = min(drawn ^ record.drawn)
        words = (
            _("The seed draws the pair %(pair)s, which the record lacks.", pair=_name(problem, pair))
            if pair in drawn
            else _(
                "The record has the pair %(pair)s, which the seed does not draw.", pair=_name(problem, pair)
            )
        )
        return Step(False, words)
    return Step(
        True,
        _("The seed draws the same %(n)s pairs, by %(coins)s lots.", n=len(drawn), coins=stream.count),
    )


def _rules(record: Record) -> Step:
    found = check(record.problem, record.assignment)
    if found and not found[0].rule.elastic:  # hard rules come first
        return Step(False, _("The list breaks a rule: %(breach)s", breach=found[0].words()))
    if found:
        return Step(
            True,
            _("The list keeps conflicts, loads and organisations. It falls short %(n)s times, first: %(breach)s",
              n=len(found), breach=found[0].words()),
        )  # fmt: skip
    return Step(True, _("The list keeps all rules."))


def _repair(record: Record, model: Model, deadline: Deadline) -> Step:
    fresh = lots.repair(model, record.drawn, record.seed, record.beacon, deadline)
    if fresh is None:
        return Step(False, _("The time did not suffice to repeat the repair."))
    total = len(record.drawn)
    if fresh == record.assignment:
        return Step(
            True,
            _(
                "The repair gives the same list; %(kept)s of %(n)s drawn seats stay.",
                kept=record.kept,
                n=total,
            ),
        )
    pair = min(fresh ^ record.assignment)
    same_solver = record.made_with == lots.made_with()
    if not same_solver and _as_good(record, model, fresh):
        return Step(
            True,
            _("The repair of this solver differs at %(pair)s; the one of the list (%(solver)s) is as good.",
              pair=_name(record.problem, pair), solver=record.made_with),
        )  # fmt: skip
    return Step(
        False,
        _("The list is not what the repair gives: it differs at %(pair)s.", pair=_name(record.problem, pair)),
    )


def _as_good(record: Record, model: Model, fresh: frozenset[Pair]) -> bool:
    """Whether the list's repair falls short no more than a fresh one and is worth as much."""
    if not record.assignment <= set(_pairs(model)) | record.drawn:
        return False
    aim = lots.repair_aim(model, record.drawn, record.seed, record.beacon)
    theirs, ours = (model.edges.has(pairs).astype(np.float64) for pairs in (record.assignment, fresh))
    slack = CLOSE * record.problem.seats if model.width > SMALL else 1e-6
    more = shortage(model, theirs) > shortage(model, ours)
    return not more and float(aim.gain @ theirs) >= float(aim.gain @ ours) - slack


def _vector(record: Record, model: Model) -> Floats:
    return np.array([record.probabilities.get(pair, 0) for pair in _pairs(model)], dtype=np.float64)


def _pairs(model: Model) -> list[Pair]:
    return list(zip(model.edges.i.tolist(), model.edges.j.tolist(), strict=True))


def _name(problem: Problem, pair: Pair) -> str:
    return f"{problem.submissions[pair[0]].key} / {problem.reviewers[pair[1]].key}"
