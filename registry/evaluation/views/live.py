"""Live parts of an evaluation's page, as Server-Sent Events. A wake-up says "look again"; truth is in the tables."""

from collections.abc import AsyncIterator

from fastapi.responses import StreamingResponse
from markupsafe import escape

from portal.kit.clock import monotonic
from portal.kit.db import Session
from portal.kit.events import ticks
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, admitted
from portal.kit.streams import HEADERS, LONGEST_S, QUIET_S, message, read
from portal.kit.templates import render
from registry.evaluation import policy
from registry.evaluation.actions.steps import topic
from registry.evaluation.guards import Seen, readable
from registry.evaluation.models import ACTIVE
from registry.evaluation.queries import lists
from registry.evaluation.views.evaluations import log_text, progress_values

router = Doors()


def last_seen(req: Context) -> int:
    """Where a reader goes on after a lost connection: the header browsers send, or ``?after=`` of the page."""
    text = req.request.headers.get("last-event-id") or req.query.get("after") or "0"
    return int(text) if text.isdigit() and len(text) < 19 else 0


@router.stream("/evaluations/{id}/events", guard=readable)
async def events(req: Req) -> StreamingResponse:
    """The progress block again whenever the evaluation moves; ``end`` once it is over."""
    seen: Seen = await admitted(req, readable)
    return StreamingResponse(_progress(req, seen), media_type="text/event-stream", headers=HEADERS)


async def _progress(req: Context, seen: Seen) -> AsyncIterator[str]:
    shown = last_seen(req)
    began = spoke = monotonic()
    yield "retry: 2000\n\n"
    async for _tick in ticks(topic(seen.row.id)):
        html, last, active = await read(lambda db: _draw(db, req, seen))
        if last > shown:
            shown, spoke = last, monotonic()
            yield message(html, last)
        if not active:
            yield message("", shown, "end")
            return
        if monotonic() - began > LONGEST_S:
            return
        if monotonic() - spoke > QUIET_S:
            spoke = monotonic()
            yield ": still here\n\n"


def _draw(db: Session, req: Context, seen: Seen) -> tuple[str, int, bool]:
    req.db = db
    fresh = Seen(lists.one(db, seen.row.id), seen.facts)
    values = progress_values(req, fresh)
    html = render(req.request, "evaluation/detail.html", "progress", req.actor, values)
    return html, values["last_event"], fresh.row.state in ACTIVE


@router.stream("/evaluations/{id}/log-events", guard=readable)
async def log_events(req: Req) -> StreamingResponse:
    """New pieces of the log, as far as the reader may see it; ``end`` once the evaluation is over."""
    seen: Seen = await admitted(req, readable)
    return StreamingResponse(_pieces(req, seen), media_type="text/event-stream", headers=HEADERS)


async def _pieces(req: Context, seen: Seen) -> AsyncIterator[str]:
    phases = policy.visible_log_phases(req.actor, seen.facts)
    shown = last_seen(req)
    began = spoke = monotonic()
    known = (
        await read(lambda db: lists.log(db, seen.row.id, phases, after=shown - 1, limit=1)) if shown else []
    )
    before = (known[0].attempt_no, known[0].phase) if known and known[0].id == shown else None
    yield "retry: 2000\n\n"
    async for _tick in ticks(topic(seen.row.id)):
        after = shown
        state = await read(lambda db: lists.state_of(db, seen.row.id))
        pieces = await read(lambda db: lists.log(db, seen.row.id, phases, after=after))  # noqa: B023
        if pieces:
            shown, spoke = pieces[-1].id, monotonic()
            text = log_text(pieces, before)
            before = (pieces[-1].attempt_no, pieces[-1].phase)
            yield message(str(escape(text)), shown)
        elif state not in ACTIVE:
            yield message("", shown, "end")
            return
        if monotonic() - began > LONGEST_S:
            return
        if monotonic() - spoke > QUIET_S:
            spoke = monotonic()
            yield ": still here\n\n"
