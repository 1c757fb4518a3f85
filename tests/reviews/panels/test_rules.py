"""Quorum, majority and the order of an agenda, case by case."""

import uuid
from itertools import permutations

import pytest

from portal.reviews.panels import agenda, policy
from portal.reviews.panels.agenda import Topic
from portal.reviews.panels.models import Choice, MotionState
from portal.reviews.rounds.shape import Panel

RULES = Panel(quorum_percent=67, majority_percent=50)


@pytest.mark.parametrize(
    ("able", "there", "enough"),
    [(0, 0, False), (1, 1, True), (3, 2, False), (3, 3, True), (6, 4, False), (6, 5, True), (100, 67, True)],
)
def test_quorum_is_a_share_of_those_able_to_vote(able: int, there: int, enough: bool) -> None:
    assert policy.has_quorum(RULES, able, there) is enough


@pytest.mark.parametrize(
    ("yes", "no", "abstain", "result"),
    [
        (3, 2, 0, MotionState.carried),
        (2, 2, 1, MotionState.lost),  # a tie
        (1, 0, 4, MotionState.carried),  # abstentions are no valid votes
        (0, 0, 5, MotionState.lost),  # no valid vote
        (2, 1, 0, MotionState.void),  # three of five are no quorum
    ],
)
def test_results(yes: int, no: int, abstain: int, result: MotionState) -> None:
    counts = {Choice.yes: yes, Choice.no: no, Choice.abstain: abstain}
    assert policy.result(RULES, 5, counts, secret=True) is result


def test_two_voters_have_no_secret_ballot_and_may_have_an_open_one() -> None:
    counts = {Choice.yes: 2}
    assert policy.result(RULES, 2, counts, secret=True) is MotionState.void
    assert policy.result(RULES, 2, counts, secret=False) is MotionState.carried


def test_a_qualified_majority_is_more_than_its_share() -> None:
    rules = Panel(quorum_percent=50, majority_percent=66)
    assert not policy.carried(rules, 33, 17)
    assert policy.carried(rules, 2, 1)
    assert not policy.carried(rules, 0, 0)


def test_the_agenda_puts_the_undecided_first_and_spares_moves() -> None:
    a, b = uuid.UUID(int=1), uuid.UUID(int=2)
    outs = [{a}, set(), {a, b}, {b}, {a}, set()]
    topics = [Topic(n, 0, frozenset(out)) for n, out in enumerate(outs, 1)] + [Topic(7, 1), Topic(8, 1)]
    ordered = agenda.order(topics)
    assert [one.rank for one in ordered] == [0] * 6 + [1] * 2
    first = [one.out for one in ordered[:6]]
    fewest = min(agenda.moves(order) for order in permutations([frozenset(out) for out in outs]))
    assert agenda.moves(first) <= fewest + 1 < agenda.moves(frozenset(out) for out in outs)
    assert agenda.order(reversed(topics)) == ordered
