"""What pages of assets and versions show of certificates."""

from typing import Any

from markupsafe import Markup

from portal.kit.pages import Context
from registry.assets.fragments import draw
from registry.assets.models import EXECUTABLE
from registry.assets.panels import PANELS as ASSET_PANELS
from registry.certification import policy, shown
from registry.certification.queries import certificates as queries
from registry.versions.addresses import address
from registry.versions.models import VersionState
from registry.versions.panels import PANELS as VERSION_PANELS


def version_panel(req: Context, version: Any) -> Markup | str:
    """The certificates and assessments of a version, and for its publishers the way to ask."""
    rows = queries.of_versions(req.db, req.actor, asset_id=version.asset_id, version_id=version.id)
    may_ask = (
        version.state is VersionState.published
        and version.kind in EXECUTABLE
        and policy.can_request(req.actor, version.namespace_id)
    )
    if not rows and not may_ask:
        return ""
    return draw(
        "certification/_panel.html",
        rows=[(row, shown.worth(row), shown.level(row)) for row in rows],
        ask_url=f"{address(version)}/certify" if may_ask else "",
    )


def asset_panel(req: Context, asset: Any) -> Markup | str:
    """The issued certificates of an asset's versions."""
    rows = [row for row in queries.of_versions(req.db, req.actor, asset_id=asset.id) if row.number]
    if not rows:
        return ""
    return draw(
        "certification/_panel.html",
        rows=[(row, shown.worth(row), shown.level(row)) for row in rows],
        ask_url="",
    )


VERSION_PANELS.register("certificates", 20, version_panel)
ASSET_PANELS.register("certificates", 30, asset_panel)
