"""What the database keeps beside the leaves so that it need not read them: full nodes, and the counter of leaves.

Both can be made anew from the leaves, so an export holds neither; in the database a changed one would spoil proofs, or
put the next event in a wrong place, while every leaf still holds.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from portal.audit import merkle
from portal.audit.merkle import Node
from portal.kit.i18n import _

Found = Callable[[str], None]
StoredNode = tuple[int, int, bytes]


def _completed(node: Node) -> int:
    """How many leaves there are when it is full."""
    level, index = node
    return (index + 1) << level


@dataclass
class Derived:
    """The stored values, and the tree that is made anew beside them.

    ``nodes``: level, index and hash in the order in which they become full. ``due``: so many leaves have their nodes.
    """

    head: int | None
    nodes: Iterable[StoredNode]
    due: int
    _tree: merkle.Tree = field(default_factory=merkle.Tree)
    _stopped: bool = False
    _first: dict[str, Node] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._rows = iter(self.nodes)
        self._next = next(self._rows, None)

    def stop(self) -> None:
        """Leaves are missing: what nodes stand over cannot be said."""
        self._stopped = True

    def add(self, digest: bytes) -> None:
        """The next leaf: the nodes that are full by it are held against those stored."""
        if self._stopped:
            return
        for node, digest_made in self._tree.append(digest):
            self._meet(node, digest_made)

    def _meet(self, node: Node, made: bytes) -> None:
        key = (_completed(node), node[0])
        while self._next is not None and (_completed(self._next[:2]), self._next[0]) < key:
            self._note("surplus", self._next[:2])
            self._next = next(self._rows, None)
        if self._next is not None and self._next[:2] == node:
            if self._next[2] != made:
                self._note("differs", node)
            self._next = next(self._rows, None)
        elif key[0] <= self.due:
            self._note("missing", node)

    def _note(self, kind: str, node: Node) -> None:
        self._first.setdefault(kind, node)
        self._counts[kind] = self._counts.get(kind, 0) + 1

    def tell(self, found: Found, places: int) -> None:
        """Say what does not hold, now that all leaves were met; ``places``: the place after the last one."""
        if not self._stopped:
            while self._next is not None:
                self._note("surplus", self._next[:2])
                self._next = next(self._rows, None)
            for kind, (level, index) in self._first.items():
                found(self._words(kind, level, index))
        if self.head is None and places:
            found(_("the counter of leaves is missing"))
        elif self.head is not None and self.head != places:
            found(
                _(
                    "the counter says %(n)s leaves, but there are %(m)s: the next event would be put in a wrong place",
                    n=self.head,
                    m=places,
                )
            )

    def _words(self, kind: str, level: int, index: int) -> str:
        values = {"n": index << level, "m": ((index + 1) << level) - 1, "count": self._counts[kind]}
        if kind == "differs":
            return _(
                "the stored node over leaves %(n)s to %(m)s is not their hash: proofs would fail"
                " (stored nodes that differ: %(count)s)",
                **values,
            )
        if kind == "missing":
            return _(
                "the stored node over leaves %(n)s to %(m)s is missing (missing nodes: %(count)s)", **values
            )
        return _(
            "a node is stored over leaves %(n)s to %(m)s, which the log does not have (such nodes: %(count)s)",
            **values,
        )
