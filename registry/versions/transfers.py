"""Bytes in and out of versions for browsers: uploads, downloads, live state."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from typing import Any

from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from portal.accounts import throttle
from portal.accounts.guards import limited
from portal.kit.db import transaction
from portal.kit.errors import Invalid, NotFound, Refusal
from portal.kit.events import ticks
from portal.kit.i18n import _, get_locale, set_locale
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, admitted
from registry.assets.fragments import draw
from registry.versions import actions, paths, policy, queries, receiving, serving
from registry.versions.actions.common import topic
from registry.versions.actions.files import NewFile
from registry.versions.addresses import address
from registry.versions.digests import listing
from registry.versions.guards import (
    described_version,
    own_version,
    readable_file,
    readable_version,
    shows_hidden,
)
from registry.versions.models import VersionState
from registry.versions.pages import show
from registry.versions.policy import PUBLIC_STATES

router = Doors()
BASE = "/assets/{ns}/{name}/versions/{number}"
THEN = re.compile(r"[a-z-]{1,20}/[a-z-]{1,20}")
"""Where below the version's page a form wants to go on after an upload."""
ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")


_upload = limited(own_version, "upload", throttle.UPLOADS)


@router.stream(f"{BASE}/upload", guard=_upload, method="POST")
async def upload(request: Request) -> Response:
    """Files and archives of a form, streamed to the store; nothing is read before the guard has agreed."""
    req = Context(request)
    version = await admitted(req, _upload)
    if version.state is not VersionState.draft:
        raise Invalid(
            _("The files of a submitted version do not change."), hint=_("Make a new version instead.")
        )
    try:
        async with receiving.received_form(request, receiving.max_bytes()) as form:
            return await asyncio.to_thread(_keep, req, version, form)
    except Refusal as refusal:
        return await asyncio.to_thread(_show_refused, request, refusal)


def _show_refused(request: Request, refusal: Refusal) -> Response:
    """The version's page again, with what was wrong on top."""
    req = Context(request)
    with transaction() as db:
        req.begin(db)
        return show(req, own_version(req), refusal=refusal)


def _keep(req: Context, version: Any, form: receiving.Upload) -> Response:
    """Adopt the files, then write the rows, in one transaction."""
    files, archives = form.files("files"), form.files("archive")
    if not files and not archives:
        raise Invalid(_("Choose files or an archive first."))
    for part in archives:
        if not part.filename.lower().endswith(ARCHIVES):
            raise Invalid(_("An archive is a .zip or .tar file (also .tar.gz, .tar.bz2, .tar.xz)."))
    folder = form.fields.get("folder", "").strip().strip("/")
    new = [NewFile(paths.clean(_target(folder, part.filename)), part.blob) for part in files]
    with transaction() as db:
        if new:
            actions.check_files(db, version_id=version.id, files=new)
        actions.check_room(db, version_id=version.id, blobs=[part.blob for part in [*files, *archives]])
    for part in [*files, *archives]:
        receiving.adopt(part.spool, part.blob)
    with transaction() as db:
        if new:
            actions.add_files(db, req.actor, version_id=version.id, files=new)
        for part in archives:
            actions.take_upload(db, req.actor, version_id=version.id, filename=part.filename, blob=part.blob)
    text = _("The archive was received and is being unpacked.") if archives else _("The files were added.")
    then = form.fields.get("then", "")
    below = f"/{then}" if THEN.fullmatch(then) else ""
    return req.redirect(address(version) + below, flash=text)


def _target(folder: str, filename: str) -> str:
    return f"{folder}/{filename}" if folder else filename


@router.page(f"{BASE}/download/{{path:path}}", guard=readable_file)
def download(req: Req) -> Response:
    """One file, as an attachment."""
    version, file = req.subject
    return send_file(req, version, file)


def send_file(req: Context, version: Any, file: Any) -> Response:
    """The file, counted as a download where it is fetched from its beginning."""
    response = serving.file_response(req.request, file)
    if response.status_code in {200, 206, 307} and serving.is_whole(req.request):
        count(req, version)
    return response


def count(req: Context, version: Any) -> None:
    """Count a download of something public by somebody else than its publishers."""
    if version.state in PUBLIC_STATES and not policy.can_see_hidden(req.actor, version.namespace_id):
        actions.count_download(
            req.db,
            req.actor,
            version_id=version.id,
            asset_id=version.asset_id,
            address=req.address,
            agent=req.request.headers.get("user-agent", ""),
        )


@router.page(f"{BASE}/archive.zip", guard=readable_version)
def archive(req: Req) -> Response:
    """All files the reader may see, as a zip made while it is sent."""
    version = req.subject
    files = queries.files_of(req.db, version.id, hidden=shows_hidden(req, version))
    if not files:
        raise NotFound(_("There is no such file."))
    count(req, version)
    return serving.zip_response(version, files)


@router.page(f"{BASE}/sha256sums.txt", guard=readable_version)
def sums(req: Req) -> Response:
    """The digests of all files the reader may see, for ``sha256sum -c``."""
    version = req.subject
    files = queries.files_of(req.db, version.id, hidden=shows_hidden(req, version))
    text = listing((file.path, file.sha256) for file in files)
    name = serving.disposition("attachment", f"{version.name}-{version.number}.sha256")
    return Response(text, media_type="text/plain; charset=utf-8", headers={"Content-Disposition": name})


@router.stream(f"{BASE}/events", guard=described_version)
async def events(request: Request) -> Response:
    """The state while it is scanned or unpacked, live; ``end`` when it has come to rest."""
    req = Context(request)
    version = await admitted(req, described_version)
    stream = _states(req, version.id, get_locale())
    return StreamingResponse(stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


async def _states(req: Context, version_id: Any, locale: str) -> AsyncIterator[str]:
    set_locale(locale)
    last = ""
    with contextlib.suppress(asyncio.CancelledError):
        async for _tick in ticks(topic(version_id)):
            state, waiting = await asyncio.to_thread(_look, version_id)
            if state is None or (state is not VersionState.scanning and not waiting):
                yield "event: end\ndata: end\n\n"
                return
            text = draw("versions/_state.html", state=state, waiting=waiting).strip().replace("\n", " ")
            if text != last:
                last = text
                yield f"data: {text}\n\n"
            else:
                yield ": still\n\n"
            if await req.request.is_disconnected():
                return


def _look(version_id: Any) -> tuple[VersionState | None, int]:
    with transaction() as db:
        found = queries.plain(db, version_id)
        return (found[0].state, queries.pending_uploads(db, version_id)) if found else (None, 0)
