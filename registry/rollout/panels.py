"""What the page of a version shows of its rollout."""

from typing import Any

from markupsafe import Markup

from portal.kit.i18n import label
from portal.kit.pages import Context
from registry.assets.fragments import draw
from registry.assets.models import EXECUTABLE
from registry.rollout import policy
from registry.rollout.faults import told
from registry.rollout.models import BundleState
from registry.rollout.queries import bundles as queries
from registry.versions.panels import PANELS

SHOWN = (
    BundleState.building,
    BundleState.signing,
    BundleState.ready,
    BundleState.withdrawn,
    BundleState.failed,
)


def version_panel(req: Context, version: Any) -> Markup | str:
    """The bundles of a version by channel, with digests and how to verify; nothing where there never was one."""
    if version.kind not in EXECUTABLE:
        return ""
    rows = [row for row in queries.of_version(req.db, version.id) if row.state in SHOWN]
    if not rows:
        return ""
    return draw(
        "rollout/_panel.html",
        rows=[(row, label(row.channel), told(row.state_reason)) for row in rows],
        may_download=policy.can_download(req.actor, version.namespace_id),
        staff=policy.reads_all(req.actor),
    )


PANELS.register("rollout", 22, version_panel)
