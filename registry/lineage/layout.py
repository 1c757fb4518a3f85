"""A layered layout: every edge points to the right, and few edges cross.

After K. Sugiyama, S. Tagawa and M. Toda, IEEE Transactions on Systems, Man, and Cybernetics 11 (1981).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SWEEPS = 6
Key = str


@dataclass(frozen=True)
class Layout:
    """Layers from left to right, each from top to bottom, and for every edge the places it passes through.

    Places are (layer, row) with rows counted in steps of one; ``height`` is the number of rows of the highest layer.
    """

    places: dict[Key, tuple[int, float]]
    paths: dict[tuple[Key, Key], list[tuple[int, float]]]
    width: int
    height: float


def layered(nodes: Sequence[Key], edges: Iterable[tuple[Key, Key]]) -> Layout:
    """Place the nodes. Edges that would close a circle are drawn backwards. The same input gives the same layout."""
    known = set(nodes)
    pairs = list(dict.fromkeys((a, b) for a, b in edges if a != b and a in known and b in known))
    forward = _without_circles(nodes, pairs)
    rank = _ranks(nodes, forward)
    layers, chains = _with_dummies(nodes, forward, rank)
    links = [(chain[n], chain[n + 1]) for chain in chains.values() for n in range(len(chain) - 1)]
    best = _ordered(layers, links)
    height = max((len(layer) for layer in best), default=0)
    places = {
        key: (x, y + (height - len(layer)) / 2) for x, layer in enumerate(best) for y, key in enumerate(layer)
    }
    turned = {(b, a) for a, b in forward} - set(forward)
    paths: dict[tuple[Key, Key], list[tuple[int, float]]] = {}
    for a, b in pairs:
        back = (a, b) not in chains and (a, b) in turned
        chain = chains[(b, a)][::-1] if back else chains[(a, b)]
        paths[a, b] = [places[key] for key in chain]
    return Layout({key: places[key] for key in nodes}, paths, len(best), height)


def _without_circles(nodes: Sequence[Key], pairs: Sequence[tuple[Key, Key]]) -> list[tuple[Key, Key]]:
    """The edges with those turned round that lead back on a depth-first walk."""
    out: dict[Key, list[Key]] = {key: [] for key in nodes}
    for a, b in pairs:
        out[a].append(b)
    done: set[Key] = set()
    on_way: set[Key] = set()
    found: dict[tuple[Key, Key], None] = {}
    entering = {b for _a, b in pairs}
    for root in sorted(nodes, key=lambda key: key in entering):
        stack: list[tuple[Key, int]] = [(root, 0)] if root not in done else []
        on_way.update(key for key, _at in stack)
        while stack:
            key, at = stack.pop()
            if at < len(out[key]):
                stack.append((key, at + 1))
                other = out[key][at]
                found[(other, key) if other in on_way else (key, other)] = None
                if other not in done and other not in on_way:
                    stack.append((other, 0))
                    on_way.add(other)
            else:
                done.add(key)
                on_way.discard(key)
    return list(found)


def _ranks(nodes: Sequence[Key], edges: Sequence[tuple[Key, Key]]) -> dict[Key, int]:
    """Layer of every node: the longest way to it; sources then move right beside what they lead to."""
    rank = dict.fromkeys(nodes, 0)
    for _round in nodes:
        changed = False
        for a, b in edges:
            if rank[b] <= rank[a]:
                rank[b], changed = rank[a] + 1, True
        if not changed:
            break
    entering = {b for _a, b in edges}
    for key in nodes:
        after = [rank[b] for a, b in edges if a == key]
        if key not in entering and after:
            rank[key] = min(after) - 1
    return rank


def _with_dummies(
    nodes: Sequence[Key], edges: Sequence[tuple[Key, Key]], rank: dict[Key, int]
) -> tuple[list[list[Key]], dict[tuple[Key, Key], list[Key]]]:
    """Layers with a dummy wherever an edge passes through one, and every edge as the chain of its places."""
    layers: list[list[Key]] = [[] for _n in range(max(rank.values(), default=-1) + 1)]
    for key in nodes:
        layers[rank[key]].append(key)
    chains: dict[tuple[Key, Key], list[Key]] = {}
    for a, b in edges:
        between = [f"{a}\x00{b}\x00{x}" for x in range(rank[a] + 1, rank[b])]
        for x, dummy in enumerate(between, start=rank[a] + 1):
            layers[x].append(dummy)
        chains[a, b] = [a, *between, b]
    return layers, chains


def _ordered(layers: list[list[Key]], links: Sequence[tuple[Key, Key]]) -> list[list[Key]]:
    """The order with the fewest crossings that sweeps to and fro by barycentres find."""
    before: dict[Key, list[Key]] = {}
    after: dict[Key, list[Key]] = {}
    for a, b in links:
        after.setdefault(a, []).append(b)
        before.setdefault(b, []).append(a)
    best, least = [list(layer) for layer in layers], crossings(layers, links)
    current = [list(layer) for layer in layers]
    for sweep in range(SWEEPS):
        right = sweep % 2 == 0
        steps = range(1, len(current)) if right else range(len(current) - 2, -1, -1)
        for x in steps:
            fixed = {key: y for y, key in enumerate(current[x - 1 if right else x + 1])}
            beside = before if right else after
            place = {key: y for y, key in enumerate(current[x])}
            current[x].sort(key=lambda key: _barycentre(beside.get(key, ()), fixed, place[key]))
        count = crossings(current, links)
        if count < least:
            best, least = [list(layer) for layer in current], count
    return best


def _barycentre(neighbours: Iterable[Key], fixed: dict[Key, int], own: int) -> float:
    rows = [fixed[key] for key in neighbours if key in fixed]
    return sum(rows) / len(rows) if rows else float(own)


def crossings(layers: Sequence[Sequence[Key]], links: Sequence[tuple[Key, Key]]) -> int:
    """How many pairs of links between neighbouring layers cross."""
    row = {key: y for layer in layers for y, key in enumerate(layer)}
    column = {key: x for x, layer in enumerate(layers) for key in layer}
    total = 0
    for x in range(len(layers) - 1):
        ends = sorted((row[a], row[b]) for a, b in links if column[a] == x)
        total += sum(ends[j][1] < ends[i][1] for i in range(len(ends)) for j in range(i + 1, len(ends)))
    return total
