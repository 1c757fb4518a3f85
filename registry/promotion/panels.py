"""What the page of a version shows of its promotion."""

from typing import Any

from markupsafe import Markup

from portal.kit.pages import Context
from registry.assets.fragments import draw
from registry.assets.models import EXECUTABLE
from registry.promotion.models import FINAL
from registry.promotion.queries import promotions as queries
from registry.versions.addresses import address
from registry.versions.models import VersionState
from registry.versions.panels import PANELS


def version_panel(req: Context, version: Any) -> Markup | str:
    """The promotions of a version, and for members the way to nominate it."""
    rows = queries.of_version(req.db, version.id) if version.kind in EXECUTABLE else []
    may_nominate = (
        version.kind in EXECUTABLE
        and version.state is VersionState.published
        and req.actor.id is not None
        and all(row.stage in FINAL for row in rows)
    )
    if not rows and not may_nominate:
        return ""
    return draw(
        "promotion/_panel.html",
        rows=rows,
        nominate_url=f"{address(version)}/nominate" if may_nominate else "",
    )


PANELS.register("promotion", 21, version_panel)
