"""Uploads in parts over the API: begin, see what is missing, send parts in any order, complete or cancel."""

import asyncio
import hashlib
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from portal.kit.answers import BYTES, problems
from portal.kit.errors import NotFound, TooLarge
from portal.kit.i18n import _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, admitted, scope
from portal.kit.storage import get_store
from registry.storage import actions, digest_header, queries
from registry.storage.answers import PartAddress, PartAnswer, UploadSessionAnswer, session_answer
from registry.storage.forms import PartInput, UploadInput
from registry.storage.guards import own_session
from registry.storage.models import UploadSession
from registry.versions import receiving
from registry.versions.files_api import ONE
from registry.versions.guards import own_version

router = Doors()
TAGS: list[Any] = ["uploads"]
UPLOADS = ONE + "/uploads"
SESSION = UPLOADS + "/{id}"
PARTS = SESSION + "/parts/{part}"
ADDRESS_S = 3600
DIGEST: dict[str, Any] = {
    "name": digest_header.NAME, "in": "header", "required": True, "description": "SHA-256 of this part (RFC 9530)",
    "schema": {"type": "string", "pattern": "^sha-256=:[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=:$",
               "example": digest_header.value(hashlib.sha256(b"").hexdigest())},
}  # fmt: skip
_write = scope("write", own_session)


def _answer(req: Context, session: UploadSession) -> dict[str, Any]:
    direct = session.state == "open" and get_store().part_address(session.handle, 0, 1) is not None
    return session_answer(session, queries.parts_of(req.db, session.id), direct=direct)


@router.api(
    "POST",
    UPLOADS,
    guard=scope("write", own_version),
    response_model=UploadSessionAnswer,
    status_code=201,
    responses={
        200: {"model": UploadSessionAnswer, "description": "The session that is under way"},
        **problems(401, 403, 404, 409, 413, 422),
    },
    summary="Begin an upload in parts, or go on with it",
    tags=TAGS,
)
def begin(req: Req, body: UploadInput) -> Response:
    """For large files. The same path and size again answers the session that is under way (200) with what is missing,
    so that a client that was stopped just begins again. Compare `present` with your own digests: if one differs, the
    file has changed; cancel and begin anew.
    """
    session, fresh = actions.begin(req.db, req.actor, version_id=req.subject.id, given=body)
    return JSONResponse(_answer(req, session), 201 if fresh else 200)


@router.api(
    "GET",
    UPLOADS,
    guard=scope("write", own_version),
    response_model=list[UploadSessionAnswer],
    responses=problems(401, 403, 404),
    summary="Uploads in parts that are under way",
    tags=TAGS,
)
def under_way(req: Req) -> Response:
    """Those of all publishers of the namespace, without their parts; ask for one to see what it lacks."""
    rows = queries.sessions_of_version(req.db, req.subject.id)
    return JSONResponse([{**session_answer(row, {}, direct=False), "missing": []} for row, _arrived in rows])


@router.api(
    "GET",
    SESSION,
    guard=_write,
    response_model=UploadSessionAnswer,
    responses=problems(401, 403, 404),
    summary="State of an upload in parts, and what is missing",
    tags=TAGS,
)
def state(req: Req) -> Response:
    """What has arrived and what has not."""
    return JSONResponse(_answer(req, req.subject))


def _number(req: Context) -> int:
    text = req.path["part"]
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise NotFound(_("There is nothing at this address."))
    return int(text)


async def put_part(request: Request) -> Response:
    """Send one part: the raw bytes, with `Content-Digest: sha-256=:…:` (RFC 9530). The same part again changes nothing.

    Asked first, read afterwards; what does not have the announced digest is thrown away (409, `part-damaged`).
    """
    req = Context(request)
    session = await admitted(req, _write)
    number, announced = _number(req), digest_header.parse(request.headers.get(digest_header.NAME, ""))
    expected = actions.claim_part(session, number)
    damaged = actions.PartDamaged(
        _("Part %(n)s did not arrive as it was sent.", n=number), hint=_("Send the part again.")
    )
    try:
        async with receiving.received_body(request, expected, durable=False) as (spool, blob):
            if blob.size != expected or blob.sha256 != announced:
                raise damaged
            await asyncio.to_thread(actions.record_part, session.id, number, blob, spool.path)
    except TooLarge:
        raise damaged from None
    return JSONResponse({"number": number, "size": blob.size, "sha256": blob.sha256})


async def complete(request: Request) -> Response:
    """Put the file together: every part and the whole are hashed again, then it is a file (or an archive) of the draft.

    Completing twice answers the same. 409 with `assembling`: another request is doing it, ask again in a few seconds;
    with `parts-damaged`: ask what is missing and send it.
    """
    req = Context(request)
    session = await admitted(req, _write)
    done = await asyncio.to_thread(actions.complete, req.actor, session.id)
    return JSONResponse(session_answer(done, {}, direct=False), 202 if done.target == "archive" else 201)


router.stream(
    PARTS, guard=_write, method="PUT", schema=True, response_model=PartAnswer,
    responses=problems(401, 403, 404, 409, 422), openapi_extra={**BYTES, "parameters": [DIGEST]},
    summary="Send a part", tags=TAGS,
)(put_part)  # fmt: skip
router.stream(
    SESSION + "/complete", guard=_write, method="POST", schema=True, response_model=UploadSessionAnswer,
    status_code=201, responses={202: {"model": UploadSessionAnswer, "description": "An archive: it is being unpacked"},
                                **problems(401, 403, 404, 409, 413, 422)},
    summary="Complete an upload in parts", tags=TAGS,
)(complete)  # fmt: skip


@router.api(
    "POST",
    PARTS + "/address",
    guard=_write,
    response_model=PartAddress,
    responses=problems(401, 403, 404, 409),
    summary="Where to send a part past the portal",
    tags=TAGS,
)
def address(req: Req) -> PartAddress:
    """A presigned address of the S3 service, where the portal offers that (`direct`); report the part afterwards."""
    number = _number(req)
    actions.claim_part(req.subject, number)
    found = get_store().part_address(req.subject.handle, number, ADDRESS_S)
    if found is None:
        raise NotFound(_("This portal takes all parts itself."))
    return PartAddress(url=found, seconds=ADDRESS_S)


@router.api(
    "POST",
    PARTS,
    guard=_write,
    response_model=PartAnswer,
    responses=problems(401, 403, 404, 409, 422),
    summary="Report a part that was sent past the portal",
    tags=TAGS,
)
def report(req: Req, body: PartInput) -> PartAnswer:
    """Its size is checked at once; its digest when the file is put together."""
    number = _number(req)
    size = actions.claim_part(req.subject, number)
    actions.note_direct_part(req.db, req.subject.id, number, body.sha256)
    return PartAnswer(number=number, size=size, sha256=body.sha256)


@router.api(
    "DELETE",
    SESSION,
    guard=_write,
    status_code=204,
    response_model=None,
    responses=problems(401, 403, 404, 409),
    summary="Cancel an upload in parts",
    tags=TAGS,
)
def cancel(req: Req) -> Response:
    """What has arrived is thrown away, and no longer held against the quota."""
    actions.cancel(req.db, req.actor, session_id=req.subject.id)
    return Response(status_code=204)
