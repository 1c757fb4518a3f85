"""Live events: one LISTEN connection per web process, fanned out to the Server-Sent-Events readers it serves."""

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import AsyncIterator

import psycopg

from portal.kit.db import raw_dsn

CHANNEL = "cspon_events"
FALLBACK_S = 2.0
log = logging.getLogger(__name__)


class Hub:
    """Wakes readers of a topic. A wake-up says only "look again": truth stays in the tables."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None

    async def _listen(self) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(raw_dsn(), autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    async for notice in connection.notifies():
                        for event in self._waiting.get(notice.payload, ()):
                            event.set()
            except (psycopg.Error, OSError) as error:
                log.info(
                    "event listener lost the database (%s); readers poll meanwhile", type(error).__name__
                )
                await asyncio.sleep(FALLBACK_S)

    async def wait(self, topic: str, seconds: float = FALLBACK_S) -> None:
        """Return when the topic was touched, or after ``seconds`` at the latest (a lost notice costs only that)."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._listen())
        event = asyncio.Event()
        self._waiting[topic].add(event)
        try:
            # Not wait_for: on Python 3.11 it can swallow a cancellation.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await event.wait()
        finally:
            self._waiting[topic].discard(event)
            if not self._waiting[topic]:
                del self._waiting[topic]

    async def close(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task


hub = Hub()


async def ticks(topic: str, seconds: float = FALLBACK_S) -> AsyncIterator[None]:
    """Yield at once and then whenever the topic may have news."""
    while True:
        yield None
        await hub.wait(topic, seconds)
