"""Differences of two sequences: a shortest list of edits, within a bound whatever the sequences are.

E. W. Myers, An O(ND) Difference Algorithm and Its Variations, Algorithmica 1 (1986). The standard library's matcher is
quadratic and worse on sequences that were made to be; this one stops at ``most`` edits.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

T = TypeVar("T", bound=Hashable)
Kind = Literal["equal", "delete", "insert"]


@dataclass(frozen=True, slots=True)
class Run:
    """``old[a0:a1]`` and ``new[b0:b1]``: equal, or the former deleted (b0 = b1), or the latter inserted (a0 = a1)."""

    kind: Kind
    a0: int
    a1: int
    b0: int
    b1: int


def runs(old: Sequence[T], new: Sequence[T], most: int = 800) -> list[Run]:
    """What became of ``old``, in order, deletions before insertions. Beyond ``most`` edits the differing middle is one
    deletion and one insertion.
    """
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    middle_old, middle_new = old[head : len(old) - tail], new[head : len(new) - tail]
    steps = _steps(middle_old, middle_new, most)
    if steps is None:
        steps = [(-1, at) for at in range(len(middle_old))] + [(1, at) for at in range(len(middle_new))]
    return _joined(head, tail, steps)


def _steps(old: Sequence[T], new: Sequence[T], most: int) -> list[tuple[int, int]] | None:
    """(0, index in old) kept, (-1, index in old) deleted, (1, index in new) inserted; None beyond ``most`` edits."""
    n, m = len(old), len(new)
    reach = {1: 0}
    history: list[dict[int, int]] = []
    for edits in range(min(n + m, most) + 1):
        history.append(dict(reach))
        for k in range(-edits, edits + 1, 2):
            down = k == -edits or (k != edits and reach[k - 1] < reach[k + 1])
            x = reach[k + 1] if down else reach[k - 1] + 1
            y = x - k
            while x < n and y < m and old[x] == new[y]:
                x, y = x + 1, y + 1
            reach[k] = x
            if x >= n and y >= m:
                return _back(history, n, m)
    return None


def _back(history: list[dict[int, int]], n: int, m: int) -> list[tuple[int, int]]:
    steps: list[tuple[int, int]] = []
    x, y = n, m
    for edits in range(len(history) - 1, -1, -1):
        reach, k = history[edits], x - y
        down = k == -edits or (k != edits and reach[k - 1] < reach[k + 1])
        before = k + 1 if down else k - 1
        start = reach[before] if edits else 0
        start_y = start - before if edits else 0
        while x > start and y > start_y and (x > (start if down else start + 1) or not edits):
            x, y = x - 1, y - 1
            steps.append((0, x))
        if edits:
            x, y = start, start_y
            steps.append((1, y) if down else (-1, x))
    return steps[::-1]


def _joined(head: int, tail: int, steps: list[tuple[int, int]]) -> list[Run]:
    """Steps as runs over the whole sequences; within a change deletions come first."""
    found: list[Run] = []
    a = b = 0

    def put(kind: Kind, old: int, new: int) -> None:
        nonlocal a, b
        if not old and not new:
            return
        last = found[-1] if found else None
        if last is not None and last.kind == kind:
            found[-1] = Run(kind, last.a0, a + old, last.b0, b + new)
        else:
            found.append(Run(kind, a, a + old, b, b + new))
        a, b = a + old, b + new

    put("equal", head, head)
    at = 0
    while at < len(steps):
        end = at
        while end < len(steps) and (steps[end][0] == 0) == (steps[at][0] == 0):
            end += 1
        if steps[at][0] == 0:
            put("equal", end - at, end - at)
        else:
            put("delete", sum(kind == -1 for kind, _at in steps[at:end]), 0)
            put("insert", 0, sum(kind == 1 for kind, _at in steps[at:end]))
        at = end
    put("equal", tail, tail)
    return found
