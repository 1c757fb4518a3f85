"""Versions by JSON; their files have a module of their own."""

from typing import Any

from fastapi.responses import JSONResponse, Response

from portal.kit.answers import problems
from portal.kit.pages import Req
from portal.kit.routes import Doors, scope
from registry.assets.guards import editable_asset, readable_asset
from registry.versions import actions, queries
from registry.versions.answers import VersionDetail, VersionItem, version_detail
from registry.versions.files_api import BASE, ONE
from registry.versions.files_api import router as files_router
from registry.versions.forms import ReasonInput, VersionInput
from registry.versions.guards import described_version, own_version

router = Doors()
TAGS: list[Any] = ["versions"]


@router.api(
    "GET",
    BASE,
    guard=scope("read", readable_asset),
    response_model=list[VersionItem],
    responses=problems(404),
    summary="Versions of an asset",
    tags=TAGS,
)
def versions(req: Req) -> Response:
    """The versions you may see, highest first."""
    rows = queries.of_asset(req.db, req.actor, req.subject.id)
    return JSONResponse(
        [
            {
                "number": row.number,
                "state": row.state.value,
                "submission": row.submission.value,
                "created_at": row.created_at.isoformat(),
                "published_at": row.published_at.isoformat() if row.published_at else None,
            }
            for row in rows
        ]
    )


@router.api(
    "POST",
    BASE,
    guard=scope("write", editable_asset),
    response_model=VersionDetail,
    status_code=201,
    responses=problems(401, 403, 404, 409, 422),
    summary="Make a draft",
    tags=TAGS,
)
def create(req: Req, body: VersionInput) -> Response:
    """Make a draft; add files, then submit it."""
    asset = req.subject
    version = actions.create(req.db, req.actor, asset_id=asset.id, kind=asset.kind, given=body)
    return JSONResponse(version_detail(req, asset.namespace, asset.name, version.number), 201)


@router.api(
    "GET",
    ONE,
    guard=scope("read", described_version),
    response_model=VersionDetail,
    responses=problems(404),
    summary="One version with its files",
    tags=TAGS,
)
def one(req: Req) -> Response:
    """State, digests and files; no files where they are gated and you have no access (``files_open`` is false)."""
    return JSONResponse(version_detail(req, req.path["ns"], req.path["name"], req.path["number"]))


@router.api(
    "PATCH",
    ONE,
    guard=scope("write", own_version),
    response_model=VersionDetail,
    responses=problems(401, 403, 404, 409, 422),
    summary="Describe a draft",
    tags=TAGS,
)
def edit(req: Req, body: VersionInput) -> Response:
    """Change number, kind of submission and notes of a draft."""
    changed = actions.edit(req.db, req.actor, version_id=req.subject.id, given=body)
    return JSONResponse(version_detail(req, req.path["ns"], req.path["name"], changed.number))


@router.api(
    "POST",
    ONE + "/submit",
    guard=scope("write", own_version),
    response_model=VersionDetail,
    status_code=202,
    responses=problems(401, 403, 404, 409, 422),
    summary="Submit a draft to the scan",
    tags=TAGS,
)
def submit(req: Req) -> Response:
    """Freeze the files and have them scanned; the state then becomes published, quarantined or rejected."""
    version = actions.submit(req.db, req.actor, version_id=req.subject.id)
    return JSONResponse(version_detail(req, req.path["ns"], req.path["name"], version.number), 202)


@router.api(
    "POST",
    ONE + "/yank",
    guard=scope("write", own_version),
    response_model=VersionDetail,
    responses=problems(401, 403, 404, 409, 422),
    summary="Withdraw a published version",
    tags=TAGS,
)
def yank(req: Req, body: ReasonInput) -> Response:
    """Hide a version from lists and search; its files stay for whoever depends on them."""
    version = actions.yank(req.db, req.actor, version_id=req.subject.id, reason=body.reason)
    return JSONResponse(version_detail(req, req.path["ns"], req.path["name"], version.number))


router.include_router(files_router)
