"""Drop-outs and late conflicts: all rules again, and no more changes than these need."""

import dataclasses

from hypothesis import given, settings
from hypothesis import strategies as st

from portal.reviews.matching.assignment import assign
from portal.reviews.matching.problem import Problem, Reviewer
from portal.reviews.matching.replacing import Cause, replace
from tests.reviews.matching.rounds import everything, planted, shortfall, tiny


def _keys(problem: Problem, pairs: object) -> list[tuple[str, str]]:
    return [(problem.submissions[i].key, problem.reviewers[j].key) for i, j in pairs]  # type: ignore[attr-defined]


def _out(problem: Problem, *gone: int) -> Problem:
    people = tuple(
        dataclasses.replace(person, least=0, most=0) if j in gone else person
        for j, person in enumerate(problem.reviewers)
    )
    return dataclasses.replace(problem, reviewers=people)


@settings(max_examples=15, deadline=None)
@given(tiny(), st.data())
def test_tiny_rounds_change_as_little_as_by_trying_everything(problem: Problem, data: st.DataObject) -> None:
    before = frozenset(assign(problem).pairs)
    now = _out(problem, data.draw(st.integers(0, len(problem.reviewers) - 1)))
    stays = {pair for pair in before if now.allowed[pair]}
    best = min((short, -len(stays & pairs), -now.total(pairs)) for short, pairs in everything(now))
    found = replace(now, _keys(problem, before))
    assert found is not None
    pairs = frozenset(found.pairs)
    assert (shortfall(now, pairs), -len(stays & pairs), -now.total(pairs)) == best
    assert found.moved == len(stays) - len(stays & pairs)


def test_of_a_round_of_middle_size_only_the_lost_seats_change() -> None:
    problem = planted(120, 50)
    before = assign(problem).pairs
    now = _out(problem, 3, 7)
    late = next(pair for pair in before if pair[1] not in {3, 7})
    now = dataclasses.replace(now, conflicts=now.conflicts | {late})
    found = replace(now, _keys(problem, before))
    assert found is not None
    assert found.breaches == ()
    assert found.moved == 0
    lost = [pair for pair in before if pair[1] in {3, 7} or pair == late]
    assert len(set(found.pairs) - set(before)) == len(found.changes) == len(lost)
    assert all(change.before and change.after for change in found.changes)
    causes = [change.cause for change in found.changes]
    assert causes.count(Cause.CONFLICT) == 1
    assert causes.count(Cause.LEFT) == len(lost) - 1
    assert all(change.words().startswith(change.before) for change in found.changes)


def test_somebody_new_fills_what_nobody_could() -> None:
    problem = _out(planted(12, 10), *range(6))
    short = assign(problem)
    assert short.breaches
    new = tuple(Reviewer(f"z{n}", senior=True, most=12) for n in range(4))
    wider = dataclasses.replace(
        problem,
        reviewers=(*problem.reviewers, *new),
        affinity=[[*row, 100, 100, 100, 100] for row in problem.affinity.tolist()],  # type: ignore[arg-type]
    )
    found = replace(wider, _keys(problem, short.pairs))
    assert found is not None
    assert found.breaches == ()
    assert {change.cause for change in found.changes} <= {Cause.FILLED, Cause.GAVE_WAY}


def test_who_may_take_less_gives_up_only_that_much() -> None:
    problem = planted(30, 20)
    before = assign(problem).pairs
    load = sum(j == 4 for _i, j in before)
    people = [*problem.reviewers]
    people[4] = dataclasses.replace(people[4], least=0, most=load - 1)
    found = replace(dataclasses.replace(problem, reviewers=tuple(people)), _keys(problem, before))
    assert found is not None
    assert [(change.before, change.cause) for change in found.changes] == [("e004", Cause.OVERLOAD)]
