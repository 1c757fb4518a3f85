"""“Cite and export” on the pages of assets and versions."""

from typing import Any

from markupsafe import Markup

from portal.kit.clock import now
from portal.kit.i18n import _
from portal.kit.pages import Context
from registry.assets import queries as assets
from registry.assets.fragments import draw
from registry.assets.panels import PANELS as ASSET_PANELS
from registry.exchange.formats import FORMATS, apa7, gbt7714
from registry.exchange.formats.bibtex import bibtex
from registry.exchange.gathering import record_of
from registry.versions.addresses import address
from registry.versions.panels import PANELS as VERSION_PANELS
from registry.versions.policy import PUBLIC_STATES

ORDER = 90


def asset_panel(req: Context, asset: Any) -> Markup:
    """How to cite the asset, and every format of it."""
    return _panel(req, asset, None, f"/assets/{asset.namespace}/{asset.name}")


def version_panel(req: Context, version: Any) -> Markup | str:
    """The same for a version; drafts and refused versions cannot be cited."""
    if version.state not in PUBLIC_STATES:
        return ""
    asset = assets.detail(req.db, req.actor, version.namespace, version.name)
    return _panel(req, asset, version, address(version)) if asset is not None else ""


def _panel(req: Context, asset: Any, version: Any, here: str) -> Markup:
    record = record_of(req.db, req.actor, asset, version)
    return draw(
        "exchange/_panel.html",
        citations=[("GB/T 7714", gbt7714(record, now())), ("APA 7", apa7(record))],
        bibtex=bibtex(record).strip(),
        formats=[
            (_(form.title), form.file, f"{here}/export/{form.file}")
            for form in FORMATS.values()
            if asset.kind in form.kinds
        ],
        crate=f"{record.version_url.removeprefix(record.site)}/ro-crate.zip" if record.number else "",
        site=record.site,
        permalink=record.url,
    )


ASSET_PANELS.register("cite", ORDER, asset_panel)
VERSION_PANELS.register("cite", ORDER, version_panel)
