"""From probabilities to a draw: dependent rounding in integers, replayed bit by bit from its stream of chance.

After Gandhi, Khuller, Parthasarathy and Srinivasan, "Dependent rounding and its applications to approximation
algorithms" (2006), on the flow network of Budish, Che, Kojima and Milgrom, "Designing random allocation mechanisms"
(2013).
"""

import hashlib
from collections import defaultdict
from collections.abc import Hashable, Mapping

from portal.reviews.matching.problem import Pair, Problem

WORD = 1 << 64
SINK = "sink"


class Stream:
    """Chance that anybody can recompute: word n is the first 8 bytes, big-endian, of SHA-256(key, n in 8 bytes)."""

    def __init__(self, key: bytes) -> None:
        self.key, self.count = key, 0

    def below(self, limit: int) -> int:
        """A uniform number from 0 to ``limit`` - 1; words above the last full multiple are thrown away."""
        usable = WORD - WORD % limit
        while True:
            block = hashlib.sha256(self.key + self.count.to_bytes(8, "big")).digest()
            self.count += 1
            word = int.from_bytes(block[:8], "big")
            if word < usable:
                return word % limit


def dependent_rounding(
    problem: Problem, units: Mapping[Pair, int], unit: int, stream: Stream
) -> frozenset[Pair]:
    """Pairs drawn so that each has exactly its probability ``units / unit``.

    Every sum of probabilities below is rounded down or up to a neighbouring whole number, one that is whole is kept:
    the reviews of a submission, its senior and its other experts, in both groups those of one organisation (an expert's
    first), and the seats of an expert. ``units`` lie between 0 and ``unit``.
    """
    network = _Network(unit)
    arcs = _flows(problem, units, unit, network)
    network.cancel(stream)
    return frozenset(pair for pair, arc in arcs.items() if network.value[arc] == unit)


def _flows(problem: Problem, units: Mapping[Pair, int], unit: int, network: "_Network") -> dict[Pair, int]:
    """Submission -> rank -> organisation -> expert -> sink; empty seats flow from the submission to the sink."""
    sums: defaultdict[tuple[Hashable, Hashable], int] = defaultdict(int)
    arcs: dict[Pair, int] = {}
    filled: defaultdict[int, int] = defaultdict(int)
    for (i, j), amount in sorted(units.items()):
        reviewer = problem.reviewers[j]
        rank = ("rank", i, reviewer.senior)
        # Nobody shares the organisation of an expert without one.
        code = min(reviewer.organisations) if reviewer.organisations else (j,)
        group = ("group", i, reviewer.senior, code)
        sums[("submission", i), rank] += amount
        sums[rank, group] += amount
        sums[("expert", j), SINK] += amount
        filled[i] += amount
        arcs[i, j] = network.add(group, ("expert", j), amount)
    for (tail, head), amount in sums.items():
        network.add(tail, head, amount)
    for i, amount in filled.items():
        network.add(("submission", i), SINK, int(problem.wanted[i]) * unit - amount)
    return arcs


class _Network:
    """A flow in integers; its fractional arcs (no multiple of the unit) are made whole cycle by cycle.

    Every node keeps its flow, and the flow into the network is whole, so no node has a single fractional arc: a walk
    along fractional arcs always closes a cycle.
    """

    def __init__(self, unit: int) -> None:
        self.unit = unit
        self.ends: list[tuple[Hashable, Hashable]] = []
        self.value: list[int] = []
        self.at: dict[Hashable, list[int]] = defaultdict(list)

    def add(self, tail: Hashable, head: Hashable, value: int) -> int:
        """A new arc; its number."""
        arc = len(self.value)
        self.ends.append((tail, head))
        self.value.append(value)
        if value % self.unit:
            self.at[tail].append(arc)
            self.at[head].append(arc)
        return arc

    def cancel(self, stream: Stream) -> None:
        """Make all arcs whole, taking them in the order they were added: a replay needs the same order."""
        for start in range(len(self.value)):
            while self.value[start] % self.unit:
                self._walk(self.ends[start][0], stream)

    def _walk(self, start: Hashable, stream: Stream) -> None:
        """Walk from a node and cancel every cycle that closes, until the walk is back where nothing is fractional."""
        nodes, arcs, place = [start], list[int](), {start: 0}
        while (arc := self._next(nodes[-1], arcs[-1] if arcs else -1)) is not None:
            tail, head = self.ends[arc]
            node = head if tail == nodes[-1] else tail
            if node not in place:
                place[node] = len(nodes)
                nodes.append(node)
                arcs.append(arc)
                continue
            first = place[node]
            self._push(nodes[first:], [*arcs[first:], arc], stream)
            for passed in nodes[first + 1 :]:
                del place[passed]
            del nodes[first + 1 :], arcs[first:]

    def _next(self, node: Hashable, came_by: int) -> int | None:
        """The first fractional arc at a node other than the one the walk came by."""
        live = self.at[node] = [arc for arc in self.at[node] if self.value[arc] % self.unit]
        return next((arc for arc in live if arc != came_by), None)

    def _push(self, nodes: list[Hashable], arcs: list[int], stream: Stream) -> None:
        """Move flow around a cycle, one way or the other, until an arc is whole; on average nothing moves."""
        forward = [self.ends[arc][0] == node for node, arc in zip(nodes, arcs, strict=True)]
        parts = [self.value[arc] % self.unit for arc in arcs]
        up = min(self.unit - part if ahead else part for part, ahead in zip(parts, forward, strict=True))
        down = min(part if ahead else self.unit - part for part, ahead in zip(parts, forward, strict=True))
        step = up if stream.below(up + down) < down else -down
        for arc, ahead in zip(arcs, forward, strict=True):
            self.value[arc] += step if ahead else -step
