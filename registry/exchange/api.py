"""The same descriptions over the API."""

from typing import Any

from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict

from portal.kit.answers import problems, raw
from portal.kit.i18n import _
from portal.kit.pages import Req
from portal.kit.routes import Doors, scope
from portal.settings import get_settings
from registry.assets.guards import readable_asset
from registry.exchange import answering
from registry.exchange.formats import FORMATS
from registry.exchange.guards import readable_crate, readable_export, readable_version_export

router = Doors()
TAGS: list[Any] = ["exchange"]
BASE = "/api/v1/assets/{ns}/{name}"
MEDIA_TYPES = tuple(dict.fromkeys(form.media_type for form in FORMATS.values()))


class FormatAnswer(BaseModel):
    """A format this asset can be had in."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "file": "citation.bib",
                "title": "BibTeX",
                "media_type": "application/x-bibtex",
                "url": "https://portal.example.cn/api/v1/assets/planning-lab/landcover/exports/citation.bib",
            }
        }
    )

    file: str
    title: str
    media_type: str
    url: str


@router.api(
    "GET",
    BASE + "/exports",
    guard=scope("read", readable_asset),
    response_model=list[FormatAnswer],
    responses=problems(404),
    summary="List the formats an asset can be had in",
    tags=TAGS,
)
def formats(req: Req) -> list[FormatAnswer]:
    """Citations, catalogue metadata and the card; data sets also as Croissant."""
    asset = req.subject
    base = f"{get_settings().site_url}/api/v1/assets/{asset.namespace}/{asset.name}/exports"
    return [
        FormatAnswer(
            file=form.file, title=_(form.title), media_type=form.media_type, url=f"{base}/{form.file}"
        )
        for form in FORMATS.values()
        if asset.kind in form.kinds
    ]


@router.api(
    "GET",
    BASE + "/exports/{file}",
    guard=scope("read", readable_export),
    response_class=Response,
    response_model=None,
    responses={**raw(*MEDIA_TYPES, description="The description"), **problems(404)},
    summary="An asset in one format",
    tags=TAGS,
)
def asset_export(req: Req) -> Response:
    """The asset in its newest published version."""
    return answering.export(req, req.subject)


@router.api(
    "GET",
    BASE + "/versions/{number}/exports/{file}",
    guard=scope("read", readable_version_export),
    response_class=Response,
    response_model=None,
    responses={**raw(*MEDIA_TYPES, description="The description"), **problems(404)},
    summary="A version in one format",
    tags=TAGS,
)
def version_export(req: Req) -> Response:
    """This version and no other."""
    return answering.export(req, req.subject)


@router.api(
    "GET",
    BASE + "/versions/{number}/ro-crate.zip",
    guard=scope("read", readable_crate),
    response_class=Response,
    response_model=None,
    responses={**raw("application/zip", description="The crate"), **problems(403, 404)},
    summary="A version with its evaluations as an RO-Crate",
    tags=TAGS,
)
def ro_crate(req: Req) -> Response:
    """RO-Crate 1.2: metadata, card, evaluations with their digests, and all open files."""
    version, asset = req.subject
    return answering.crate(req, version, asset)
