"""The order of an agenda. Pure."""

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Topic:
    """A submission to be put on an agenda: how urgent it is (0 first), and which members must be out for it."""

    number: int
    rank: int
    out: frozenset[uuid.UUID] = frozenset()


def order(topics: Iterable[Topic]) -> list[Topic]:
    """By rank; within a rank each next one is that for which the fewest members have to move.

    Greedy from a full room, ties by number, as HotCRP orders its meetings: close to the fewest moves, and anybody can
    follow it.
    """
    left = sorted(topics, key=lambda one: (one.rank, one.number))
    found: list[Topic] = []
    out: frozenset[uuid.UUID] = frozenset()
    while left:
        rank = left[0].rank
        near = min(
            (one for one in left if one.rank == rank), key=lambda one: (len(out ^ one.out), one.number)
        )
        left.remove(near)
        found.append(near)
        out = near.out
    return found


def moves(outs: Iterable[Collection[uuid.UUID]]) -> int:
    """How often somebody leaves or comes back when items follow each other in this order, from a full room."""
    count, before = 0, frozenset[uuid.UUID]()
    for out in outs:
        count += len(before ^ frozenset(out))
        before = frozenset(out)
    return count
