"""The queue for everyone: what runs and waits, the rule, the same as CSV, live."""

from collections.abc import AsyncIterator
from typing import Any

from fastapi.responses import Response, StreamingResponse

from portal.kit.clock import monotonic, shanghai
from portal.kit.db import Session
from portal.kit.events import ticks
from portal.kit.i18n import _, label
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, admitted, public
from portal.kit.streams import HEADERS, LONGEST_S, QUIET_S, message, read
from portal.kit.templates import render
from portal.kit.text import to_csv
from registry.evaluation.queries import queue as queries
from registry.workers import queries as workers
from registry.workers.actions import QUEUE_TOPIC

router = Doors()
QUEUES = ("cpu", "himem", "gpu")
SHOWN, EXPORTED = 100, 2000
LEAST_S = 1.0
"""The page is drawn again at most this often, however fast the queue moves."""


@router.page("/queue", guard=public)
def queue(req: Req) -> Response:
    """Running and waiting evaluations; those of others without names."""
    return req.page("evaluation/queue.html", block="queue", **values(req))


def _filters(req: Context) -> dict[str, Any]:
    group, queue = req.query.get("show", ""), req.query.get("queue", "")
    return {
        "group": group if group in queries.GROUPS else "",
        "queue": queue if queue in QUEUES else "",
        "mine": req.query.get("mine") == "1" and not req.actor.is_anonymous,
    }


def values(req: Context) -> dict[str, Any]:
    """What the block shows."""
    chosen = _filters(req)
    capacity = {row.queue: row for row in workers.capacity(req.db)}
    totals = {row.queue: row for row in queries.totals(req.db)}
    query = "&".join(
        f"{name}={value}"
        for name, value in (
            ("show", chosen["group"]),
            ("queue", chosen["queue"]),
            ("mine", int(chosen["mine"])),
        )
        if value
    )
    return {
        **chosen,
        "rows": queries.rows(req.db, req.actor, **chosen, limit=SHOWN),
        "shown": SHOWN,
        "queues": [
            (name, totals.get(name), capacity.get(name))
            for name in QUEUES
            if name == "cpu" or name in totals or name in capacity
        ],
        "all_queues": QUEUES,
        "rule": workers.rule(req.db),
        "suffix": f"?{query}" if query else "",
    }


@router.page("/queue.csv", guard=public)
def queue_csv(req: Req) -> Response:
    """The same rows for a spreadsheet; what the page does not show is not in it either."""
    header = [
        _("State"),
        _("Queue"),
        _("Class"),
        _("Benchmark"),
        _("Submission"),
        _("Waiting since"),
        _("Began"),
    ]
    rows = [_csv_row(row) for row in queries.rows(req.db, req.actor, **_filters(req), limit=EXPORTED)]
    headers = {"Content-Disposition": 'attachment; filename="queue.csv"'}
    return Response(to_csv(header, rows), media_type="text/csv; charset=utf-8", headers=headers)


def _csv_row(row: Any) -> list[object]:
    minute = "%Y-%m-%d %H:%M"  # to the minute, as the page: seconds would tell whose it is
    return [
        label(row.state),
        row.queue,
        row.priority,
        f"{row.bench_namespace}/{row.bench_name}" if row.bench_seen else "",
        f"{row.namespace}/{row.name}@{row.number}" if row.seen else "",
        shanghai(row.created_at).strftime(minute),
        shanghai(row.started_at).strftime(minute) if row.started_at else "",
    ]


@router.stream("/queue/events", guard=public)
async def events(req: Req) -> StreamingResponse:
    """The block again whenever the queue moves, at most once a second."""
    await admitted(req, public)
    return StreamingResponse(_changes(req), media_type="text/event-stream", headers=HEADERS)


async def _changes(req: Context) -> AsyncIterator[str]:
    began = spoke = monotonic()
    before = ""
    yield "retry: 3000\n\n"
    async for _tick in ticks(QUEUE_TOPIC):
        here = monotonic()
        if here - began > LONGEST_S:
            return
        if before and here - spoke < LEAST_S:
            continue
        html = await read(lambda db: _draw(db, req))
        if html != before:
            before, spoke = html, here
            yield message(html)
        elif here - spoke > QUIET_S:
            spoke = here
            yield ": still here\n\n"


def _draw(db: Session, req: Context) -> str:
    req.db = db
    return render(req.request, "evaluation/queue.html", "queue", req.actor, values(req))
