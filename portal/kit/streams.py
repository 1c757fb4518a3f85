"""Server-Sent Events: how one is written, how long a stream lasts, and reading the database between two of them."""

from collections.abc import Callable
from typing import TypeVar

from anyio import to_thread

from portal.kit.db import Session, transaction

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
