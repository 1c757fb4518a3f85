"""The assignment: every hard rule always, the elastic ones wherever that is possible, and the most merit then."""

import dataclasses
import hashlib

import pytest
from hypothesis import given, settings

from portal.reviews.matching.assignment import Status, assign
from portal.reviews.matching.bound import plain_bound
from portal.reviews.matching.checking import Breach, Rule, check
from portal.reviews.matching.problem import Problem, ProblemError, Reviewer, Rules, Submission, read_problem
from tests.reviews.matching.rounds import everything, planted, shortfall, tiny


@settings(max_examples=20, deadline=None)
@given(tiny())
def test_tiny_rounds_are_assigned_as_by_trying_everything(problem: Problem) -> None:
    best = min((short, -problem.total(pairs)) for short, pairs in everything(problem))
    outcome = assign(problem)
    pairs = frozenset(outcome.pairs)
    assert (shortfall(problem, pairs), -problem.total(pairs)) == best
    assert outcome.merit == -best[1] <= outcome.bound
    assert outcome.complete
    assert outcome.status is (Status.SHORT if best[0] else Status.BEST)
    assert outcome.breaches == check(problem, outcome.pairs)


def test_a_round_of_middle_size_keeps_all_rules_near_the_bound() -> None:
    problem = planted(150, 60)
    outcome = assign(problem)
    assert outcome.status in {Status.BEST, Status.KEPT}
    assert outcome.breaches == ()
    assert 0.95 <= outcome.merit / outcome.bound <= 1
    assert outcome.considered < problem.allowed.sum()


def test_the_bound_is_what_the_best_experts_would_give_where_loads_bind_nobody() -> None:
    problem = planted(40, 20)
    free = dataclasses.replace(
        problem, reviewers=tuple(dataclasses.replace(person, most=100) for person in problem.reviewers)
    )
    best = [sum(sorted(row[allowed])[-3:]) for row, allowed in zip(free.merit, free.allowed, strict=True)]
    assert plain_bound(free) == pytest.approx(sum(best), abs=1)
    assert plain_bound(problem) < plain_bound(free)


def test_a_list_too_short_for_a_rule_is_widened() -> None:
    """Ten experts beyond the list of six are the only ones whose organisations differ."""
    same = [Reviewer(f"a{j:02d}", organisations=("x",), most=5) for j in range(40)]
    others = [Reviewer(f"b{j:02d}", organisations=(f"y{j}",), most=5) for j in range(3)]
    problem = Problem(
        submissions=(Submission("s0"), Submission("s1")),
        reviewers=(*same, *others),
        affinity=[[9000] * 40 + [10] * 3] * 2,  # type: ignore[arg-type]
        rules=Rules(seniors=0, crossing_percent=0, candidates=6),
    )
    outcome = assign(problem)
    assert outcome.breaches == ()
    assert outcome.complete


def test_fixed_seats_stay_and_declined_pairs_never_sit() -> None:
    problem = planted(30, 20)
    worst = int(problem.merit[0].argmin())
    free = problem.conflicts - {(0, worst)}
    best = (1, int(problem.merit[1].argmax()))
    changed = dataclasses.replace(
        problem, conflicts=free, fixed=frozenset({(0, worst)}), declined=frozenset({best})
    )
    outcome = assign(changed)
    assert (0, worst) in outcome.pairs
    assert best not in outcome.pairs
    assert outcome.breaches == ()


def test_the_check_names_every_broken_rule() -> None:
    people = (
        Reviewer("e0", "a", ("x",), most=1),
        Reviewer("e1", "a", ("x",), least=1),
        Reviewer("e2", "a", (), True),
    )
    problem = Problem(
        submissions=(Submission("s0", "a"), Submission("s1", "a")),
        reviewers=people,
        affinity=[[1, 2, 3]] * 2,  # type: ignore[arg-type]
        rules=Rules(reviews=2),
        conflicts=frozenset({(1, 0)}),
        declined=frozenset({(1, 1)}),
        fixed=frozenset({(0, 2)}),
    )
    found = check(problem, [(0, 0), (0, 1), (1, 0), (1, 1)])
    assert {breach.rule for breach in found} == set(Rule) - {Rule.SEATS, Rule.LEAST}
    assert [breach.rule.elastic for breach in found] == sorted(breach.rule.elastic for breach in found)
    assert Breach(Rule.ORGANISATION, "s0", organisation="x", have=2, want=1) in found
    assert {breach.rule for breach in check(problem, ())} == {
        Rule.FIXED,
        Rule.SEATS,
        Rule.SENIORS,
        Rule.LEAST,
    }
    assert all(breach.words() and "%" not in breach.words() for breach in found)


def test_nobody_to_ask_and_nothing_to_review() -> None:
    nobody = Problem((Submission("s"),), (), [[]])  # type: ignore[arg-type]
    assert assign(nobody).status is Status.SHORT
    nothing = Problem((), (Reviewer("e"),), planted(4, 4).affinity[:0, :1])
    assert assign(nothing).status is Status.BEST


def test_one_problem_has_one_form_and_one_digest() -> None:
    problem = planted(5, 4)
    again = read_problem(problem.as_json())
    assert again.digest == problem.digest
    assert dataclasses.replace(problem, rules=Rules(seniors=2)).digest != problem.digest
    # The digest is part of published records: a change of the form needs a new format name.
    known = Problem(
        (Submission("项目", "a"),),
        (Reviewer("专家", "b", ("y", "x"), True, 0, 2),),
        [[7]],
        soft={(0, 0): 3},  # type: ignore[arg-type]
    )
    form = (
        '{"affinity":[[7]],"conflicts":[],"declined":[],"fixed":[],"format":"cspon-matching-1",'
        '"reviewers":[["专家","b",["x","y"],1,0,2]],"rules":{"candidates":30,"cap_permille":500,"crossing_percent":15,'
        '"of_one_organisation":1,"reviews":3,"seniors":1},"soft":[[0,0,3]],"submissions":[["项目","a"]]}'
    )
    assert known.digest == hashlib.sha256(form.encode()).hexdigest()


@pytest.mark.parametrize(
    "change",
    [
        {"submissions": (Submission("s1"), Submission("s0"))},
        {"affinity": [[0, 0]]},
        {"affinity": [[0, 0], [0, 10_001]]},
        {"conflicts": frozenset({(0, 2)})},
        {"soft": {(0, 0): -1}},
        {"rules": Rules(reviews=1, seniors=2)},
        {"fixed": frozenset({(0, 0)}), "conflicts": frozenset({(0, 0)})},
        {"fixed": frozenset({(0, 0), (1, 0)})},
        {"fixed": frozenset({(0, 0), (0, 1)})},
        {"reviewers": (Reviewer("e0", least=3, most=1), Reviewer("e1"))},
    ],
    ids=str,
)
def test_a_problem_that_contradicts_itself_is_refused(change: dict[str, object]) -> None:
    people = (Reviewer("e0", organisations=("x",), most=1), Reviewer("e1", organisations=("x",)))
    sound = Problem((Submission("s0"), Submission("s1")), people, [[0, 0], [0, 0]])  # type: ignore[arg-type]
    with pytest.raises(ProblemError):
        dataclasses.replace(sound, **change)  # type: ignore[arg-type]


JUNK = {
    "none": None,
    "part": [[1.5]],
    "surrogate": [["\ud800", ""]],
    "yes": {"reviews": True},
    "huge": 10**400,
}


@pytest.mark.parametrize("hole", ["rules", "submissions", "reviewers", "affinity", "conflicts", "soft"])
@pytest.mark.parametrize("junk", JUNK)
def test_a_damaged_form_is_refused_in_words(hole: str, junk: str) -> None:
    form = {**planted(2, 4).as_json(), hole: JUNK[junk]}
    with pytest.raises(ProblemError):
        read_problem(form)
