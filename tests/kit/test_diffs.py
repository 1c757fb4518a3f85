"""Differences: right for every pair, and bounded for hostile ones."""

import random

import pytest

from portal.kit.diffs import Run, runs


def replay(old: str, new: str, found: list[Run]) -> None:
    """The runs cover both sequences in order, and say the truth."""
    a = b = 0
    for run in found:
        assert (run.a0, run.b0) == (a, b)
        a, b = run.a1, run.b1
        if run.kind == "equal":
            assert old[run.a0 : run.a1] == new[run.b0 : run.b1] != ""
        elif run.kind == "delete":
            assert run.b0 == run.b1
            assert run.a1 > run.a0
        else:
            assert run.a0 == run.a1
            assert run.b1 > run.b0
    assert (a, b) == (len(old), len(new))


@pytest.mark.parametrize(
    ("old", "new", "edits"),
    [
        ("", "", 0), ("abc", "abc", 0), ("", "ab", 2), ("ab", "", 2), ("abcabba", "cbabac", 5), ("axc", "ayc", 2),
        ("国土空间规划", "国土空间总体规划", 2), ("aaaa", "aa", 2),
    ],
)  # fmt: skip
def test_shortest(old: str, new: str, edits: int) -> None:
    found = runs(old, new)
    replay(old, new, found)
    assert sum((run.a1 - run.a0) + (run.b1 - run.b0) for run in found if run.kind != "equal") == edits


def test_random_pairs() -> None:
    rng = random.Random(7)
    for _n in range(400):
        old = "".join(rng.choices("abc", k=rng.randrange(20)))
        new = "".join(rng.choices("abc", k=rng.randrange(20)))
        replay(old, new, runs(old, new))
        replay(old, new, runs(old, new, most=3))


def test_beyond_the_bound_the_middle_is_replaced() -> None:
    old, new = "x" + "ab" * 3000 + "y", "x" + "cd" * 3000 + "y"
    found = runs(old, new, most=50)
    assert [run.kind for run in found] == ["equal", "delete", "insert", "equal"]
    replay(old, new, found)


def test_deletions_come_before_insertions() -> None:
    assert [run.kind for run in runs("a1b", "a2b")] == ["equal", "delete", "insert", "equal"]
