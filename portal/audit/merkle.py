"""The hash tree of RFC 6962, 2.1: roots, proofs and their verification, iterative and without a database.

A node is ``(level, index)``: the hash over the leaves from ``index << level`` on, ``1 << level`` of them. Only whole
(perfect) subtrees are nodes; they never change once they are full, so they can be stored, and every root and proof of
every size is folded from some of them. Pymerkle, which does the same, is under the GPL; this is 150 lines.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

Node = tuple[int, int]
EMPTY = hashlib.sha256().digest()
"""The root of no leaves."""


def leaf_hash(leaf: bytes) -> bytes:
    """SHA-256 over 0x00 and the leaf."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256 over 0x01 and the two below."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A tree that only grows: keeps one hash per bit of its size."""

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self._peaks = list(peaks)  # of the largest subtree first
        if len(self._peaks) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} peaks, not {len(self._peaks)}")

    def append(self, leaf: bytes) -> list[tuple[Node, bytes]]:
        """Add the hash of one more leaf; the nodes that are full by it, lowest first (the leaf itself is not one)."""
        full: list[tuple[Node, bytes]] = []
        at, level, here = self.size, 0, leaf
        while at >> level & 1:
            here = hashlib.sha256(b"\x01" + self._peaks.pop() + here).digest()
            level += 1
            full.append(((level, at >> level), here))
        self._peaks.append(here)
        self.size += 1
        return full

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add many, without asking for nodes."""
        sha256, peaks, at = hashlib.sha256, self._peaks, self.size
        for leaf in leaves:
            here, bits = leaf, at
            while bits & 1:
                here = sha256(b"\x01" + peaks.pop() + here).digest()
                bits >>= 1
            peaks.append(here)
            at += 1
        self.size = at

    def root(self) -> bytes:
        """The root over all leaves so far."""
        return fold(self._peaks)


def fold(peaks: Sequence[bytes]) -> bytes:
    """The hash over neighbouring perfect subtrees, largest first."""
    if not peaks:
        return EMPTY
    here = peaks[-1]
    for left in reversed(peaks[:-1]):
        here = node_hash(left, here)
    return here


def root(leaves: Iterable[bytes]) -> bytes:
    """The root over these leaf hashes."""
    tree = Tree()
    tree.extend(leaves)
    return tree.root()


# --- proofs: first which ranges of leaves, then which nodes, then the hashes --------------------------------------

Range = tuple[int, int]


def _split(count: int) -> int:
    """The largest power of two below ``count``."""
    return 1 << (count - 1).bit_length() - 1


def peaks(begin: int, end: int) -> Iterator[Node]:
    """The perfect subtrees over a range of leaves that is itself a subtree of some tree, largest first."""
    while begin < end:
        level = (end - begin).bit_length() - 1
        yield level, begin >> level
        begin += 1 << level


def inclusion(index: int, size: int) -> list[Range]:
    """The ranges whose hashes prove the leaf ``index`` in a tree of ``size`` (PATH of RFC 6962), lowest first."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    low, high, found = 0, size, []
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            found.append((middle, high))
            high = middle
        else:
            found.append((low, middle))
            low = middle
    return found[::-1]


def consistency(first: int, second: int) -> list[Range]:
    """The ranges whose hashes prove that a tree of ``second`` begins with that of ``first`` (PROOF of RFC 6962)."""
    if not 0 <= first <= second:
        raise ValueError(f"a tree of {second} leaves does not begin with {first}")
    if first in (0, second):
        return []
    low, high, found, whole = 0, second, [], True
    while first != high:
        middle = low + _split(high - low)
        if first <= middle:
            found.append((middle, high))
            high = middle
        else:
            found.append((low, middle))
            low, whole = middle, False
    if not whole:
        found.append((low, high))
    return found[::-1]


def needed(ranges: Iterable[Range]) -> list[Node]:
    """The stored nodes a proof is made of."""
    return [node for begin, end in ranges for node in peaks(begin, end)]


def proof(ranges: Iterable[Range], nodes: Mapping[Node, bytes]) -> list[bytes]:
    """The hashes of the ranges, lowest first, from their nodes."""
    return [fold([nodes[node] for node in peaks(begin, end)]) for begin, end in ranges]


# --- verification (RFC 9162, 2.1.3.2 and 2.1.4.2) -------------------------------------------------------------------


def included(leaf: bytes, index: int, size: int, path: Sequence[bytes], expected: bytes) -> bool:
    """Whether ``path`` proves the leaf hash at ``index`` in the tree of ``size`` with the root ``expected``."""
    if not 0 <= index < size:
        return False
    at, last, here = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            here = node_hash(step, here)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            here = node_hash(here, step)
        at, last = at >> 1, last >> 1
    return last == 0 and here == expected


def consistent(first: int, second: int, path: Sequence[bytes], old: bytes, new: bytes) -> bool:
    """Whether ``path`` proves that the tree (second, new) begins with the tree (first, old)."""
    if not 0 < first < second:
        same = first == second and old == new
        return not path and (same or (first == 0 <= second and old == EMPTY))
    steps = [old, *path] if first & (first - 1) == 0 else list(path)
    if not steps:
        return False
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    left = right = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            left, right = node_hash(step, left), node_hash(step, right)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            right = node_hash(right, step)
        at, last = at >> 1, last >> 1
    return last == 0 and (left, right) == (old, new)
