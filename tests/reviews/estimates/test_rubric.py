"""The overall score of one review."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.kit.errors import Invalid
from portal.reviews.estimates.rubric import TOP, Criterion, check, overall

FIVE = (1.0, 2.0, 3.0, 4.0, 5.0)
RUBRIC = (
    Criterion("novelty", 40, FIVE),
    Criterion("feasibility", 60, (0.0, 50.0, 100.0)),
    Criterion("integrity", 0, (0.0, 1.0), veto=0.0),
)


def test_weighted_score() -> None:
    result = overall(RUBRIC, {"novelty": 3, "feasibility": 50, "integrity": 1})
    assert result.score == pytest.approx(50)
    assert result.parts == pytest.approx({"novelty": 20, "feasibility": 30, "integrity": 0})
    assert result.vetoes == ()
    best = overall(RUBRIC, {"novelty": 5, "feasibility": 100, "integrity": 0})
    assert best.score == pytest.approx(TOP)
    assert best.vetoes == ("integrity",)


@settings(deadline=None, max_examples=60)
@given(
    st.tuples(st.sampled_from(FIVE), st.sampled_from(FIVE)),
    st.tuples(st.floats(0.01, 100), st.floats(0, 100)),
)
def test_score_rises_with_every_mark(marks: tuple[float, float], weights: tuple[float, float]) -> None:
    rubric = [Criterion(key, weight, FIVE) for key, weight in zip("ab", weights, strict=True)]
    score = overall(rubric, dict(zip("ab", marks, strict=True))).score
    assert -1e-9 <= score <= TOP + 1e-9
    assert overall(rubric, {"a": min(marks[0] + 1, 5.0), "b": marks[1]}).score >= score - 1e-9


def test_marks_that_are_refused() -> None:
    with pytest.raises(Invalid) as caught:
        overall(RUBRIC, {"novelty": 3.5, "integrity": 1, "beauty": 2})
    assert set(caught.value.fields) == {"novelty", "feasibility", "beauty"}
    assert caught.value.hint


@pytest.mark.parametrize(
    "criterion",
    [
        Criterion("x", -1, FIVE),
        Criterion("x", float("nan"), FIVE),
        Criterion("x", 1, (1.0,)),
        Criterion("x", 1, (1.0, float("inf"))),
        Criterion("x", 1, (1.0, 1.0)),
        Criterion("x", 1, FIVE, veto=1.5),
    ],
)
def test_criteria_that_are_refused(criterion: Criterion) -> None:
    with pytest.raises(Invalid) as caught:
        check([*RUBRIC, criterion])
    assert set(caught.value.fields) == {"x"}


def test_rubrics_that_are_refused() -> None:
    for rubric in ([], [replace(RUBRIC[0], weight=0)]):
        with pytest.raises(Invalid):
            check(rubric)
    with pytest.raises(Invalid) as caught:
        check([RUBRIC[0], RUBRIC[0]])
    assert set(caught.value.fields) == {"novelty"}
