"""Files of versions over the API: streamed in and out."""

import asyncio
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from portal.accounts import throttle
from portal.accounts.guards import limited
from portal.kit.answers import BYTES, problems, raw
from portal.kit.db import transaction
from portal.kit.errors import Conflict
from portal.kit.i18n import _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, admitted, scope
from registry.versions import actions, paths, queries, receiving
from registry.versions.actions.files import NewFile
from registry.versions.answers import SENT_FILE, ArchiveAnswer, KnownAnswer, ReceivedAnswer
from registry.versions.forms import KnownFiles
from registry.versions.guards import own_version, readable_file, readable_version, shows_hidden
from registry.versions.models import VersionState
from registry.versions.serving import zip_response
from registry.versions.transfers import count, send_file

router = Doors()
TAGS: list[Any] = ["versions"]
BASE = "/api/v1/assets/{ns}/{name}/versions"
ONE = BASE + "/{number}"


@router.api(
    "POST",
    ONE + "/files",
    guard=scope("write", own_version),
    response_model=KnownAnswer,
    responses=problems(401, 403, 404, 409, 422),
    summary="Take over files by digest",
    tags=TAGS,
)
def known(req: Req, body: KnownFiles) -> KnownAnswer:
    """Files this namespace has stored before need not be sent again; answers what is missing."""
    files = {paths.clean(item.path): item.sha256 for item in body.files}
    added, missing = actions.add_known(req.db, req.actor, version_id=req.subject.id, files=files)
    return KnownAnswer(added=added, missing=missing)


async def put_file(request: Request) -> Response:
    """Stream the raw body to the store, hashed on the way. Asked first, read afterwards."""
    req = Context(request)
    version = await _admit_draft(req)
    path = paths.clean(request.path_params["path"])
    async with receiving.received_body(request, receiving.max_bytes()) as (spool, blob):
        await asyncio.to_thread(_keep, req, version, path, spool, blob)
    answer = {"path": path, "size": blob.size, "sha256": blob.sha256}
    return JSONResponse(answer, 201, {"ETag": f'"{blob.sha256}"'})


async def _admit_draft(req: Context) -> Any:
    version = await admitted(req, _write)
    if version.state is not VersionState.draft:
        raise Conflict(
            _("The files of a submitted version do not change."), hint=_("Make a new version instead.")
        )
    return version


def _keep(req: Context, version: Any, path: str, spool: Any, blob: Any) -> None:
    files = [NewFile(path, blob)]
    with transaction() as db:
        actions.check_files(db, version_id=version.id, files=files)
    receiving.adopt(spool, blob)
    with transaction() as db:
        actions.add_files(db, req.actor, version_id=version.id, files=files)


async def put_archive(request: Request) -> Response:
    """Stream an archive to the store; a job unpacks it in a jail."""
    req = Context(request)
    version = await _admit_draft(req)
    filename = paths.clean(request.path_params["filename"])
    async with receiving.received_body(request, receiving.max_bytes()) as (spool, blob):
        await asyncio.to_thread(_keep_archive, req, version, filename, spool, blob)
    return JSONResponse(
        {"filename": filename, "size": blob.size, "sha256": blob.sha256, "state": "pending"}, 202
    )


def _keep_archive(req: Context, version: Any, filename: str, spool: Any, blob: Any) -> None:
    with transaction() as db:
        actions.check_room(db, version_id=version.id, blobs=[blob])
    receiving.adopt(spool, blob)
    with transaction() as db:
        actions.take_upload(db, req.actor, version_id=version.id, filename=filename, blob=blob)


_write = limited(scope("write", own_version), "upload", throttle.UPLOADS)
_REFUSED = problems(401, 403, 404, 409, 413, 422)
router.stream(
    ONE + "/files/{path:path}", guard=_write, method="PUT", schema=True, response_model=ReceivedAnswer,
    status_code=201, responses=_REFUSED, openapi_extra=BYTES, summary="Upload a file", tags=TAGS,
)(put_file)  # fmt: skip
router.stream(
    ONE + "/archives/{filename}", guard=_write, method="PUT", schema=True, response_model=ArchiveAnswer,
    status_code=202, responses=_REFUSED, openapi_extra=BYTES, summary="Upload an archive", tags=TAGS,
)(put_archive)  # fmt: skip


@router.api(
    "DELETE",
    ONE + "/files/{path:path}",
    guard=scope("write", own_version),
    status_code=204,
    response_model=None,
    responses=problems(401, 403, 404, 409),
    summary="Remove a file from a draft",
    tags=TAGS,
)
def remove(req: Req) -> Response:
    """Take a file out of a draft."""
    actions.remove_file(req.db, req.actor, version_id=req.subject.id, path=req.path["path"])
    return Response(status_code=204)


@router.api(
    "GET",
    ONE + "/files/{path:path}",
    guard=scope("read", readable_file),
    response_class=Response,
    response_model=None,
    responses={**SENT_FILE, **problems(403, 404, 416)},
    summary="Download a file",
    tags=TAGS,
)
def download(req: Req) -> Response:
    """The bytes of a file; ranges are answered, the ETag is its SHA-256."""
    version, file = req.subject
    return send_file(req, version, file)


@router.api(
    "HEAD",
    ONE + "/files/{path:path}",
    guard=scope("read", readable_file),
    response_class=Response,
    response_model=None,
    responses={
        206: {"description": "Of the asked range"},
        304: {"description": "Unchanged"},
        **problems(403, 404, 416),
    },
    summary="Size and digest of a file",
    tags=TAGS,
)
def look(req: Req) -> Response:
    """The headers a download would have."""
    version, file = req.subject
    return send_file(req, version, file)


@router.api(
    "GET",
    ONE + "/archive.zip",
    guard=scope("read", readable_version),
    response_class=Response,
    response_model=None,
    responses={**raw("application/zip", description="The archive"), **problems(403, 404)},
    summary="Download all files as a zip",
    tags=TAGS,
)
def archive(req: Req) -> Response:
    """All files you may see, stored in a zip that is made while it is sent."""
    version = req.subject
    files = queries.files_of(req.db, version.id, hidden=shows_hidden(req, version))
    count(req, version)
    return zip_response(version, files)
