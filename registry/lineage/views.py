"""The lineage of an asset: a page, and the same as JSON."""

from typing import Any

from fastapi.responses import Response
from markupsafe import Markup
from pydantic import BaseModel, ConfigDict

from portal.kit.answers import problems
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, scope
from registry.assets.fragments import draw as draw_part
from registry.assets.guards import readable_asset
from registry.assets.panels import PANELS
from registry.lineage import sources
from registry.lineage.drawing import draw
from registry.lineage.graph import MOST_NODES, MOST_STEPS, Graph, as_rows, gather

router = Doors()


def _graph(req: Context, asset: Any) -> Graph:
    return gather(req.db, req.actor, asset.id, sources.asset_nodes)


@router.page("/assets/{ns}/{name}/lineage", guard=readable_asset)
def lineage(req: Req) -> Response:
    """The drawing, and its edges in a table."""
    asset = req.subject
    graph = _graph(req, asset)
    return req.page(
        "lineage/lineage.html",
        asset=asset,
        asset_url=f"/assets/{asset.namespace}/{asset.name}",
        drawing=draw(graph) if graph.edges else None,
        rows=as_rows(graph),
        hidden=sum(graph.more.values()),
        steps=MOST_STEPS,
        most=MOST_NODES,
    )


class NodeAnswer(BaseModel):
    """Something in the graph."""

    key: str
    title: str
    kind: str
    url: str


class EdgeAnswer(BaseModel):
    """From what came first to what came of it."""

    start: str
    end: str
    label: str


class LineageAnswer(BaseModel):
    """The graph around an asset; ``more`` counts neighbours of a node that are not shown."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "centre": "asset:01938f6e-7a10-7c3e-9d2b-3f6f0c2a9b11",
                "nodes": [
                    {
                        "key": "asset:01938f6e-7a10-7c3e-9d2b-3f6f0c2a9b11",
                        "title": "土地覆盖分类模型",
                        "kind": "模型",
                        "url": "/assets/planning-lab/landcover-onnx",
                    }
                ],
                "edges": [],
                "more": {},
            }
        }
    )

    centre: str
    nodes: list[NodeAnswer]
    edges: list[EdgeAnswer]
    more: dict[str, int]


@router.api(
    "GET",
    "/api/v1/assets/{ns}/{name}/lineage",
    guard=scope("read", readable_asset),
    response_model=LineageAnswer,
    responses=problems(404),
    summary="Where an asset comes from and what came of it",
    tags=["assets"],
)
def lineage_json(req: Req) -> LineageAnswer:
    """Assets within three steps that you may see, at most 60, with relations and evaluations between them."""
    graph = _graph(req, req.subject)
    return LineageAnswer(
        centre=graph.centre,
        nodes=[NodeAnswer(key=n.key, title=n.title, kind=n.kind, url=n.url) for n in graph.nodes.values()],
        edges=[EdgeAnswer(start=edge.start, end=edge.end, label=edge.label) for edge in graph.edges],
        more=graph.more,
    )


def panel(_req: Context, asset: Any) -> Markup:
    """The way from an asset's page to its lineage."""
    return draw_part("lineage/_panel.html", url=f"/assets/{asset.namespace}/{asset.name}/lineage")


PANELS.register("lineage", 80, panel)
