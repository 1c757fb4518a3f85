"""What the pages of assets and versions show of evaluations."""

from typing import Any

from markupsafe import Markup

from portal.kit.i18n import label
from portal.kit.pages import Context
from registry.assets.fragments import draw
from registry.assets.models import AssetKind
from registry.assets.panels import PANELS as ASSET_PANELS
from registry.benchmarks import queries as benchmark_queries
from registry.evaluation.queries import boards, lists
from registry.versions.models import SubmissionKind, VersionState
from registry.versions.panels import PANELS as VERSION_PANELS

RECENT = 10
OFFERED = 20


def asset_panel(req: Context, asset: Any) -> Markup | str:
    """Where an asset stands on the boards; of a benchmark, the way to its page."""
    if asset.kind is AssetKind.benchmark:
        row = benchmark_queries.one(req.db, req.actor, asset.namespace, asset.name)
        return (
            draw("evaluation/_benchmark_panel.html", url=f"/benchmarks/{asset.namespace}/{asset.name}")
            if row
            else ""
        )
    standings = boards.of_asset(req.db, asset.id)
    recent = lists.page_of(req.db, req.actor, asset_id=asset.id, size=RECENT)
    if not standings and not recent.rows:
        return ""
    return draw("evaluation/_asset_panel.html", standings=standings, recent=recent.rows)


def version_panel(req: Context, version: Any) -> Markup | str:
    """The evaluations of a version, and for its publishers the benchmarks that would take it."""
    if version.submission is SubmissionKind.files:
        return ""
    recent = lists.page_of(req.db, req.actor, version_id=version.id, size=RECENT)
    offered: list[Any] = []
    if version.state is VersionState.published and version.namespace_id in req.actor.namespaces:
        page = benchmark_queries.page_of(req.db, req.actor, accepts=version.submission.value, size=OFFERED)
        offered = [row for row in page if row.closed_at is None]
    if not recent.rows and not offered:
        return ""
    return draw(
        "evaluation/_version_panel.html",
        recent=recent.rows,
        offered=offered,
        version_id=version.id,
        kind=label(version.submission),
    )


ASSET_PANELS.register("evaluations", 40, asset_panel)
VERSION_PANELS.register("evaluations", 40, version_panel)
