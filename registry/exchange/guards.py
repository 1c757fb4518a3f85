"""What exports may show: the same guards as pages and downloads, then whether the format fits the asset."""

from dataclasses import dataclass
from typing import Any

from portal.kit.errors import NotFound
from portal.kit.i18n import _
from portal.kit.pages import Context
from registry.assets import queries as assets
from registry.assets.guards import missing, readable_asset
from registry.exchange.formats import FORMATS, Format
from registry.versions.guards import described_version, readable_version


@dataclass(frozen=True)
class Wanted:
    """What to write: the asset, the version where one is in the address, and the format."""

    asset: Any
    version: Any
    form: Format


def readable_export(req: Context) -> Wanted:
    """The asset in the address and the format, if the actor may read it and the format knows its kind."""
    return _wanted(req, readable_asset(req), None)


def readable_card(req: Context) -> Wanted:
    """The card of the asset in the address, if the actor may read it."""
    return Wanted(readable_asset(req), None, FORMATS["card.md"])


def readable_version_export(req: Context) -> Wanted:
    """The version in the address and the format, if the actor may read what is said of both version and asset.

    A description gives no content of files; of a gated asset it names none either, unless the reader has access.
    """
    version = described_version(req)
    return _wanted(req, _asset(req), version)


def readable_crate(req: Context) -> tuple[Any, Any]:
    """The version in the address and its asset, if the actor may have the version's files."""
    version = readable_version(req)
    return version, _asset(req)


def _asset(req: Context) -> Any:
    asset = assets.detail(req.db, req.actor, req.path["ns"], req.path["name"])
    if asset is None:
        raise missing(req)
    return asset


def _wanted(req: Context, asset: Any, version: Any) -> Wanted:
    form = FORMATS.get(req.path["file"])
    if form is None or asset.kind not in form.kinds:
        raise NotFound(_("There is nothing at this address."))
    return Wanted(asset, version, form)
