"""The page of a dry run: its cases as they end, for the publishers of the benchmark's namespace alone."""

from collections.abc import AsyncIterator
from typing import Any

from anyio import to_thread
from fastapi.responses import Response, StreamingResponse
from markupsafe import Markup

from portal.kit.clock import monotonic
from portal.kit.db import transaction
from portal.kit.errors import Refusal
from portal.kit.events import ticks
from portal.kit.i18n import _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, admitted
from portal.kit.templates import render
from registry.assets.fragments import draw
from registry.assets.models import AssetKind
from registry.dryruns import actions, queries
from registry.dryruns.models import DryRun
from registry.dryruns.standing import own_benchmark, standing
from registry.versions import queries as versions
from registry.versions.addresses import address
from registry.versions.digests import rehearsed
from registry.versions.models import VersionState
from registry.versions.pages import show
from registry.versions.panels import PANELS

router = Doors()
BASE = "/assets/{ns}/{name}/versions/{number}/dry-run"
LONGEST_S = 1800.0
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@router.page(BASE, guard=own_benchmark)
def page(req: Req) -> Response:
    """The newest dry run, case by case."""
    return req.page("dryruns/page.html", **standing(req.db, req.subject))


@router.act(BASE, guard=own_benchmark)
def start(req: Req) -> Response:
    """Start a dry run; the same files again lead to the one under way."""
    version = req.subject
    try:
        actions.start(req.db, req.actor, version_id=version.id)
    except Refusal as refusal:
        return show(req, version, refusal=refusal)
    return req.redirect(f"{address(version)}/dry-run", flash=_("The dry run begins in a moment."))


@router.stream(f"{BASE}/events", guard=own_benchmark)
async def events(req: Req) -> StreamingResponse:
    """The table again whenever a case moves; ``end`` once the dry run is over."""
    version = await admitted(req, own_benchmark)
    return StreamingResponse(_drawn(req, version), media_type="text/event-stream", headers=HEADERS)


async def _drawn(req: Context, version: Any) -> AsyncIterator[str]:
    before, began = "", monotonic()
    yield "retry: 2000\n\n"
    async for _tick in ticks(actions.topic(version.id)):
        html, live = await to_thread.run_sync(_draw, req, version)
        if html != before:
            before = html
            yield "".join(f"data: {line}\n" for line in html.splitlines()) + "\n"
        if not live:
            yield "event: end\ndata:\n\n"
            return
        if monotonic() - began > LONGEST_S:
            return


def _draw(req: Context, version: Any) -> tuple[str, bool]:
    with transaction() as db:
        req.db = db
        values = standing(db, version)
        return render(req.request, "dryruns/page.html", "cases", req.actor, values), bool(values["live"])


def version_panel(req: Context, version: Any) -> Markup | str:
    """On the page of a benchmark's version, for its publishers: how the dry run stands."""
    if version.kind is not AssetKind.benchmark or version.namespace_id not in req.actor.namespaces:
        return ""
    run: DryRun | None = queries.newest(req.db, version.id)
    if run is None and version.state is not VersionState.draft:
        return ""
    files = [(row.path, row.sha256) for row in versions.files_of(req.db, version.id, hidden=True)]
    ready = version.rehearsed_digest == rehearsed(files)
    return draw(
        "dryruns/_panel.html",
        run=run,
        ready=ready,
        draft=version.state is VersionState.draft,
        here_url=address(version),
    )


PANELS.register("dry-run", 5, version_panel)
