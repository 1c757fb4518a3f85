"""The estimate of a waiting evaluation follows the claim's rule."""

import math

import pytest

from registry.evaluation.expected import Contender, forecast, goes_before

ME = Contender(0, 10.0, 1, 5.0)


def test_nobody_else_and_a_free_slot_means_at_once() -> None:
    found = forecast(ME, [], own_ahead=(0, 0.0), slots=2, running=1)
    assert (found.position, found.waiting, found.seconds) == (1, 1, 0.0)


def test_all_slots_taken_costs_half_a_usual_length_over_their_number() -> None:
    assert forecast(ME, [], own_ahead=(0, 0.0), slots=2, running=2).seconds == pytest.approx(5.0 / 2 / 2)


def test_without_slots_there_is_a_place_but_no_time() -> None:
    found = forecast(ME, [Contender(1, 0, 3, 30.0)], own_ahead=(0, 0.0), slots=0, running=0)
    assert (found.position, found.seconds) == (4, None)


def test_others_are_served_up_to_my_level_and_no_further() -> None:
    light = Contender(0, 0.0, 100, 200.0)  # 2 s each; 10 s below me: five of them
    heavy = Contender(0, 50.0, 100, 200.0)
    found = forecast(ME, [light, heavy], own_ahead=(0, 0.0), slots=1, running=0)
    assert (found.position, found.waiting) == (6, 201)
    assert found.seconds == pytest.approx(10.0)


def test_my_own_earlier_ones_raise_the_level() -> None:
    mine = Contender(0, 0.0, 3, 30.0)
    equal = Contender(0, 0.0, 9, 90.0)
    found = forecast(mine, [equal], own_ahead=(2, 20.0), slots=2, running=0)
    assert found.position == 1 + 2 + 2
    assert found.seconds == pytest.approx((20.0 + 20.0) / 2)


def test_classes_go_wholly_before_or_wholly_after() -> None:
    assert goes_before(Contender(1, 999.0, 4, 40.0), 0, 0.0) == (4, 40.0)
    assert goes_before(Contender(-1, 0.0, 4, 40.0), 0, 1e9) == (0, 0.0)
    assert goes_before(Contender(0, 0.0, 0, 0.0), 0, 1e9) == (0, 0.0)


def test_no_length_known_does_not_divide_by_zero() -> None:
    number, seconds = goes_before(Contender(0, 0.0, 4, 0.0), 0, 1.0)
    assert number == 4
    assert math.isfinite(seconds)
