"""Lasting addresses of descriptions: one per format, of an asset (its newest version) and of each version."""

from fastapi.responses import Response

from portal.kit.pages import Req
from portal.kit.routes import Doors
from registry.exchange import answering, panels
from registry.exchange.guards import (
    readable_card,
    readable_crate,
    readable_export,
    readable_version_export,
)

__all__ = ["panels", "router"]

router = Doors()
BASE = "/assets/{ns}/{name}"


@router.page(BASE + "/card.md", guard=readable_card)
def card(req: Req) -> Response:
    """The card with its front matter and the results so far."""
    return answering.export(req, req.subject)


@router.page(BASE + "/export/{file}", guard=readable_export)
def asset_export(req: Req) -> Response:
    """The asset in one of the formats."""
    return answering.export(req, req.subject)


@router.page(BASE + "/versions/{number}/export/{file}", guard=readable_version_export)
def version_export(req: Req) -> Response:
    """A version in one of the formats."""
    return answering.export(req, req.subject)


@router.page(BASE + "/versions/{number}/ro-crate.zip", guard=readable_crate)
def ro_crate(req: Req) -> Response:
    """A version with its evaluations as an RO-Crate."""
    version, asset = req.subject
    return answering.crate(req, version, asset)
