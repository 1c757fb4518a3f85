"""Why a submission lacks somebody, and who would help: true of every tiny round, and in words."""

import dataclasses
import itertools

import numpy as np
from hypothesis import given, settings

from portal.kit.i18n import set_locale
from portal.reviews.matching.assignment import assign
from portal.reviews.matching.checking import Rule, check
from portal.reviews.matching.explaining import Lack, Outside, Reason, invitations, lacks, team_exists
from portal.reviews.matching.problem import Problem, Reviewer, Rules, Submission
from tests.reviews.matching.rounds import tiny


def _teams(problem: Problem, lack: Lack) -> bool:
    """Whether the submission could be served if it were the only one, by trying every team."""
    i = [submission.key for submission in problem.submissions].index(lack.submission)
    alone = dataclasses.replace(
        problem, submissions=problem.submissions[i : i + 1], affinity=problem.affinity[i : i + 1],
        conflicts=frozenset((0, j) for at, j in problem.conflicts if at == i),
        declined=frozenset((0, j) for at, j in problem.declined if at == i), soft={},
    )  # fmt: skip
    free = [(0, j) for j in range(len(problem.reviewers)) if alone.allowed[0, j]]
    teams = itertools.combinations(free, problem.rules.reviews)
    broken = {Rule.SEATS, Rule.SENIORS, Rule.ORGANISATION}
    return any(not broken & {breach.rule for breach in check(alone, team)} for team in teams)


@settings(max_examples=20, deadline=None)
@given(tiny())
def test_what_is_said_of_a_tiny_round_is_true(problem: Problem) -> None:
    outcome = assign(problem)
    found = lacks(problem, outcome.pairs)
    short = {b.submission for b in outcome.breaches if b.rule in {Rule.SEATS, Rule.SENIORS}}
    assert {lack.submission for lack in found} == short
    for lack in found:
        together = lack.reason in {Reason.TOGETHER, Reason.CAPACITY}
        assert _teams(problem, lack) == together
        assert (lack.allowed == 0) == (lack.reason is Reason.ALL_CONFLICTED)
        assert (lack.reason is Reason.TOO_FEW) == (0 < lack.allowed < problem.rules.reviews)
        assert lack.words()


def _round(*people: Reviewer, p: int = 1, conflicts: frozenset[tuple[int, int]] = frozenset()) -> Problem:
    return Problem(
        submissions=tuple(Submission(f"s{i}") for i in range(p)),
        reviewers=people,
        affinity=[[5000] * len(people)] * p,  # type: ignore[arg-type]
        rules=Rules(reviews=2, crossing_percent=0),
        conflicts=conflicts,
    )


def _said(problem: Problem) -> list[tuple[Reason, str]]:
    set_locale("en")
    return [(lack.reason, lack.words()) for lack in lacks(problem, assign(problem).pairs)]


def test_every_reason_is_said_in_words() -> None:
    young, old = Reviewer("a", organisations=("x",)), Reviewer("b", organisations=("y",), senior=True)
    both = frozenset({(0, 0), (0, 1)})
    assert _said(_round(young, old)) == []
    [(reason, words)] = _said(_round(young, old, conflicts=both))
    assert reason is Reason.ALL_CONFLICTED
    assert words.startswith(
        "2 reviews are missing. 1 senior expert is missing. No expert is left (conflict of"
    )
    [(reason, words)] = _said(_round(young, old, conflicts=frozenset({(0, 0)})))
    assert reason is Reason.TOO_FEW
    assert words.startswith("1 review is missing. Too few experts are left: 1 (")
    [(reason, words)] = _said(_round(young, dataclasses.replace(old, senior=False)))
    assert reason is Reason.NO_SENIOR
    assert words == "1 senior expert is missing. Too few senior experts are left: 0 of 2; needed: 1."
    [(reason, words)] = _said(_round(young, dataclasses.replace(old, organisations=("x",))))
    assert reason is Reason.ORGANISATIONS
    assert words.endswith("(experts left: 2, organisations: 1).")
    full = _said(_round(*(dataclasses.replace(person, most=1) for person in (young, old)), p=2))
    assert full
    assert {reason for reason, _words in full} <= {Reason.CAPACITY, Reason.TOGETHER}


def test_a_team_is_found_where_experts_belong_to_several_organisations() -> None:
    bridge = [Reviewer(f"b{n}", organisations=("x", "y", "z")) for n in range(30)]
    ends = [Reviewer("c", organisations=("x",), senior=True), Reviewer("d", organisations=("y",))]
    assert team_exists([*bridge, *ends], 2, 1, 1)
    assert not team_exists([*bridge, *ends], 3, 0, 1)
    assert team_exists([*bridge, *ends], 3, 1, 2)


def test_who_mends_more_is_invited_first_and_who_may_not_sit_there_never() -> None:
    problem = _round(Reviewer("a", organisations=("x",)))
    outside = Outside(
        reviewers=(
            Reviewer("best", organisations=("y",)),
            Reviewer("clash", organisations=("x",), senior=True),
            Reviewer("conflicted", senior=True),
            Reviewer("full", senior=True, most=0),
            Reviewer("senior", organisations=("z",), senior=True),
        ),
        affinity=np.array([[9000, 9000, 9000, 9000, 4000]]),
        conflicts=frozenset({(0, 2)}),
    )
    rows = invitations(problem, assign(problem).pairs, outside)["s0"]
    assert [(row.reviewer, row.fills, row.senior) for row in rows] == [
        ("senior", True, True),
        ("best", True, False),
    ]
    only_senior = _round(Reviewer("a", organisations=("x",)), Reviewer("b", organisations=("w",)))
    rows = invitations(only_senior, assign(only_senior).pairs, outside)["s0"]
    assert [row.reviewer for row in rows] == ["clash", "senior"]
