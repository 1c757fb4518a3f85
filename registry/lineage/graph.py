"""The graph: what stands in it, and how it is gathered around one asset. Sources of edges register here."""

import uuid
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from portal.kit.actor import Actor
from portal.kit.db import Session

MOST_NODES = 60
MOST_STEPS = 3
Key = str


@dataclass(frozen=True)
class Node:
    """Something in the graph. ``key`` is ``asset:<uuid>`` for assets; others choose a prefix of their own."""

    key: Key
    title: str
    kind: str
    """What it is, in the reader's language."""
    url: str = ""
    css: str = ""
    """Class of its shape: ``data``, ``model``, ``text`` or empty."""


@dataclass(frozen=True)
class Edge:
    """From what came first to what came of it; ``label`` says in the reader's language how, read from ``start``."""

    start: Key
    end: Key
    label: str


@dataclass(frozen=True)
class Found:
    """What a source knows around some assets: edges, and those of their ends that are no assets."""

    edges: Sequence[Edge] = ()
    nodes: Sequence[Node] = ()


Source = Callable[[Session, Actor, Collection[uuid.UUID]], Found]


class Sources:
    """Where edges come from. A higher layer (where an asset was adopted, say) registers its own."""

    def __init__(self) -> None:
        self._sources: dict[str, Source] = {}
        self._ends: dict[str, Source] = {}

    def register(self, name: str, source: Source, *, ends: bool = False) -> None:
        """Ask ``source`` for edges at these assets, in both directions, as far as the actor may see them.

        It must answer with a fixed number of statements. Registering a name again replaces it. ``ends``: its edges
        lead to no further asset, so that it is asked once, when all assets are known.
        """
        (self._ends if ends else self._sources)[name] = source

    def ask(self, db: Session, actor: Actor, ids: Collection[uuid.UUID], *, ends: bool = False) -> Found:
        """What all sources know, in the order of their names."""
        asked = self._ends if ends else self._sources
        found = [asked[name](db, actor, ids) for name in sorted(asked)]
        return Found(
            [edge for one in found for edge in one.edges], [node for one in found for node in one.nodes]
        )


SOURCES = Sources()


@dataclass
class Graph:
    """Nodes and edges around ``centre``; ``more`` counts, per node, the neighbours that are not shown."""

    centre: Key
    nodes: dict[Key, Node] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    more: dict[Key, int] = field(default_factory=dict)


def asset_key(asset_id: uuid.UUID) -> Key:
    """The key of an asset's node."""
    return f"asset:{asset_id}"


def gather(
    db: Session,
    actor: Actor,
    asset_id: uuid.UUID,
    name: Callable[[Session, Actor, Collection[uuid.UUID]], Iterable[Node]],
    *,
    steps: int = MOST_STEPS,
    most: int = MOST_NODES,
) -> Graph:
    """The graph within ``steps`` of an asset, at most ``most`` nodes, nearest first; one round of the sources a step,
    and one of those that lead to ends.

    ``name`` makes the nodes of assets the actor may see; what it does not name is left out.
    """
    centre = asset_key(asset_id)
    graph = Graph(centre)
    edges: dict[tuple[Key, Key, str], Edge] = {}
    others: dict[Key, Node] = {}
    reached, front = {centre}, {asset_id}
    order: list[Key] = [centre]
    for step in range(steps + 1):
        last = step == steps or not front
        asked = {_id(key) for key in order if key.startswith("asset:")} if last else front
        found = SOURCES.ask(db, actor, asked, ends=last)
        others.update({node.key: node for node in found.nodes})
        edges.update(
            {(edge.start, edge.end, edge.label): edge for edge in found.edges if edge.start != edge.end}
        )
        new = list(
            dict.fromkeys(key for edge in found.edges for key in (edge.start, edge.end) if key not in reached)
        )
        reached.update(new)
        if last:
            # Where the asset itself leads to comes before what is far away, should there be no room for all.
            here = {edge.end for edge in found.edges if edge.start == centre}
            order[1:1] = [key for key in new if key in here]
            order += [key for key in new if key not in here]
            break
        order += new[: max(0, 2 * most - len(order))]
        front = {_id(key) for key in new if key.startswith("asset:") and key in set(order)}
    named = {
        node.key: node for node in name(db, actor, [_id(key) for key in order if key.startswith("asset:")])
    }
    named.update({key: node for key, node in others.items() if key in set(order)})
    shown = [key for key in order if key in named][:most]
    graph.nodes = {key: named[key] for key in shown}
    for edge in edges.values():
        ends = (edge.start in graph.nodes, edge.end in graph.nodes)
        if all(ends):
            graph.edges.append(edge)
        elif any(ends) and (edge.start in named or edge.end in named):
            inside, outside = (edge.start, edge.end) if ends[0] else (edge.end, edge.start)
            if outside in named:
                graph.more[inside] = graph.more.get(inside, 0) + 1
    return graph


def _id(key: Key) -> uuid.UUID:
    return uuid.UUID(key.removeprefix("asset:"))


def as_rows(graph: Graph) -> list[dict[str, Any]]:
    """Every edge in words: from, how, to; the text alternative of the drawing."""
    return [
        {"start": graph.nodes[edge.start], "label": edge.label, "end": graph.nodes[edge.end]}
        for edge in graph.edges
    ]
