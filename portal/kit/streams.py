"""Server-Sent Events: how one is written, how long a stream lasts, and reading the database between two of them."""

from collections.abc import AsyncIterator, Callable
from typing import TypeVar

from anyio import to_thread

from portal.kit.clock import monotonic
from portal.kit.db import Session, transaction
from portal.kit.errors import Refusal
from portal.kit.events import ticks

LONGEST_S = 1800.0
QUIET_S = 15.0
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
T = TypeVar("T")


def message(data: str, event_id: int | None = None, event: str | None = None) -> str:
    """One event; line breaks of any kind inside the data stay line breaks and never end the event."""
    lines = data.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    head = (f"id: {event_id}\n" if event_id is not None else "") + (f"event: {event}\n" if event else "")
    return head + "".join(f"data: {line}\n" for line in lines) + "\n"


async def read(function: Callable[[Session], T]) -> T:
    """``function`` in a short transaction of its own, in a thread."""

    def run() -> T:
        with transaction() as db:
            return function(db)

    return await to_thread.run_sync(run)


async def changes(topic: str, draw: Callable[[Session], tuple[str, bool]]) -> AsyncIterator[str]:
    """What ``draw`` gives, whenever it is another; it also says whether more can come. ``end`` once none can, or once
    ``draw`` refuses its reader."""
    began = spoke = monotonic()
    before = ""
    yield "retry: 2000\n\n"
    async for _tick in ticks(topic):
        try:
            html, live = await read(draw)
        except Refusal:
            html, live = before, False
        here = monotonic()
        if html != before:
            before, spoke = html, here
            yield message(html)
        if not live:
            yield message("", event="end")
            return
        if here - began > LONGEST_S:
            return
        if here - spoke > QUIET_S:
            spoke = here
            yield ": still here\n\n"
