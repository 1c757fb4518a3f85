"""The page of a file: its preview, page by page; pictures of previews; the state while it is made."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from portal.kit.db import transaction
from portal.kit.errors import NotFound
from portal.kit.events import ticks
from portal.kit.i18n import _, set_locale
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, admitted, signed_in
from portal.kit.storage import get_store
from registry.assets.policy import can_edit
from registry.previews import actions, panels, queries
from registry.previews.kinds import kind_of
from registry.previews.models import Preview, PreviewState
from registry.previews.pages import values
from registry.previews.schema import PARTS
from registry.versions.addresses import address
from registry.versions.guards import readable_file
from registry.versions.serving import SANDBOX

router = Doors()
PANELS = (panels.documents,)
"""Registered by being imported."""
BASE = "/assets/{ns}/{name}/versions/{number}"


def _asked_by_member(req: Context) -> Any:
    """The file in the address, if the actor may read it and is signed in."""
    found = readable_file(req)
    signed_in(req)
    return found


@router.page(f"{BASE}/files/{{path:path}}", guard=readable_file)
def file_page(req: Req) -> Response:
    """A look into one file."""
    version, file = req.subject
    return req.page("previews/file.html", block="preview", **values(req, version, file))


@router.act(f"{BASE}/preview/{{path:path}}", guard=_asked_by_member)
def prepare(req: Req) -> Response:
    """Have the preview made, or a failed one made again (by the publishers of the file)."""
    version, file = req.subject
    kind = kind_of(file.path)
    found = queries.of_content(req.db, file.sha256, kind) if kind is not None else None
    if found is None:
        actions.ask(req.db, req.actor, path=file.path, sha256=file.sha256, size=file.size)
    elif found.state is PreviewState.failed and can_edit(req.actor, version.namespace_id):
        actions.again(req.db, req.actor, preview_id=found.id)
    return req.redirect(f"{address(version)}/files/{quote(file.path)}")


@router.page(f"{BASE}/preview-pictures/{{part}}/{{path:path}}", guard=readable_file)
def picture(req: Req) -> Response:
    """A picture of the preview, encoded by us. What was uploaded is only ever sent as an attachment."""
    _version, file = req.subject
    preview = _ready(req, file)
    name = req.path["part"]
    digest = preview.parts.get(name)
    rule = PARTS[preview.kind].get(name.partition("-")[0])
    if digest is None or rule is None or rule.model is not None:
        raise NotFound(_("There is nothing at this address."))
    with get_store().open(digest) as stored:
        data = stored.read()
    headers = {
        "Content-Security-Policy": SANDBOX,
        "Cache-Control": "private, no-cache",
        "ETag": f'"{digest}"',
    }
    return Response(data, media_type="image/png", headers=headers)


def _ready(req: Context, file: Any) -> Preview:
    kind = kind_of(file.path)
    preview = queries.of_content(req.db, file.sha256, kind) if kind is not None else None
    if preview is None or preview.state is not PreviewState.ready:
        raise NotFound(_("There is nothing at this address."))
    return preview


@router.stream(f"{BASE}/preview-events/{{path:path}}", guard=readable_file)
async def events(request: Request) -> Response:
    """``end`` once the preview is made, or cannot be."""
    req = Context(request)
    _version, file = await admitted(req, readable_file)
    preview_id = await asyncio.to_thread(_preview_id, file)
    stream = _states(req, preview_id)
    return StreamingResponse(stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


def _preview_id(file: Any) -> uuid.UUID | None:
    kind = kind_of(file.path)
    with transaction() as db:
        found = queries.of_content(db, file.sha256, kind) if kind is not None else None
        return found.id if found is not None else None


async def _states(req: Context, preview_id: uuid.UUID | None) -> AsyncIterator[str]:
    set_locale(req.request.state.locale)
    with contextlib.suppress(asyncio.CancelledError):
        async for _tick in ticks(actions.topic(preview_id) if preview_id else "preview:none"):
            if preview_id is None or await asyncio.to_thread(_state, preview_id) is not PreviewState.pending:
                yield "event: end\ndata: end\n\n"
                return
            yield ": still\n\n"
            if await req.request.is_disconnected():
                return


def _state(preview_id: uuid.UUID) -> PreviewState | None:
    with transaction() as db:
        return queries.state_of(db, preview_id)
