"""The edges this portal knows today: relations that publishers stated, and evaluations that happened."""

import uuid
from collections.abc import Collection, Iterable

from portal.kit.actor import Actor
from portal.kit.db import Session
from portal.kit.i18n import N_, _, get_locale, label
from registry.assets.models import AssetKind, RelationKind
from registry.lineage import queries
from registry.lineage.graph import SOURCES, Edge, Found, Node, asset_key

DESCRIBES = N_("described in")
FLOW = {
    RelationKind.based_on: N_("basis of"),
    RelationKind.uses: N_("used by"),
    RelationKind.uses_data: N_("used by"),
    RelationKind.describes: DESCRIBES,
    RelationKind.evaluated_on: N_("evaluates"),
    RelationKind.supersedes: N_("replaced by"),
}
"""Relations whose other end came first, as they read from there. A description comes after what it describes."""
SHAPES = {
    AssetKind.dataset: "data",
    AssetKind.benchmark: "data",
    AssetKind.paper: "text",
    AssetKind.report: "text",
}


def stated(db: Session, actor: Actor, ids: Collection[uuid.UUID]) -> Found:
    """What publishers say their assets are based on, use, replace, are described by."""
    edges = []
    for row in queries.relations(db, actor, ids):
        mine, other = asset_key(row.asset_id), asset_key(row.other_id)
        if row.kind is RelationKind.described_by:
            edges.append(Edge(mine, other, _(DESCRIBES)))
        else:
            edges.append(Edge(other, mine, _(FLOW[row.kind])))
    return Found(edges)


def evaluated(db: Session, actor: Actor, ids: Collection[uuid.UUID]) -> Found:
    """Benchmarks and what was evaluated on them."""
    rows = queries.evaluations(db, actor, ids)
    return Found(
        [Edge(asset_key(row[0]), asset_key(row[1]), _(FLOW[RelationKind.evaluated_on])) for row in rows]
    )


def asset_nodes(db: Session, actor: Actor, ids: Collection[uuid.UUID]) -> Iterable[Node]:
    """Nodes of those assets the actor may see."""
    english = get_locale() == "en"
    for row in queries.named(db, actor, ids):
        yield Node(
            key=asset_key(row.id),
            title=row.title_en if english and row.title_en else row.title,
            kind=label(row.kind),
            url=f"/assets/{row.namespace}/{row.name}",
            css=SHAPES.get(row.kind, "model"),
        )


SOURCES.register("relations", stated)
SOURCES.register("evaluations", evaluated)
