"""What an asset's page shows of its documents: a paper is read, not only downloaded."""

from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from portal.kit.pages import Context
from registry.assets.fragments import draw
from registry.assets.models import AssetKind
from registry.assets.panels import PANELS
from registry.previews import queries
from registry.previews.parts import read_part

READ = frozenset({AssetKind.paper, AssetKind.report})
BEGINNING = 600


def documents(req: Context, asset: Any) -> Markup | str:
    """The documents of the newest version with the beginning of their text; nothing where files are on request."""
    if asset.kind not in READ or asset.gated or not asset.latest_version:
        return ""
    version_id = queries.newest_version(req.db, asset.id)
    papers = queries.papers_of(req.db, version_id) if version_id is not None else []
    base = f"/assets/{asset.namespace}/{asset.name}/versions/{quote(asset.latest_version, safe='')}"
    shown = [
        {"path": row.path, "facts": row.facts, "text": _beginning(row), "url": f"{base}/files/{quote(row.path)}",
         "download": f"{base}/download/{quote(row.path)}"}
        for row in papers
    ]  # fmt: skip
    return draw("previews/_documents.html", documents=shown) if shown else ""


def _beginning(row: Any) -> str:
    digest = row.parts.get("pages-1")
    text = " ".join(read_part(digest)["pages"][0].split()) if digest and read_part(digest)["pages"] else ""
    return text if len(text) <= BEGINNING else text[:BEGINNING] + "…"


PANELS.register("documents", 5, documents)
