"""Keeping a lease while work goes on: beats on the side, and the word to stop."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from portal.kit.clock import monotonic
from portal.kit.db import Session
from registry.evaluation.run.faults import OUTAGE
from registry.evaluation.run.place import Place

T = TypeVar("T")


class Keeper:
    """Holds one lease. ``halt`` is set when the jails must end: the lease is lost, or the worker stops."""

    def __init__(
        self, place: Place, renew: Callable[[Session], bool], *, every_s: float | None = None
    ) -> None:
        self._place = place
        self._renew = renew
        self._every_s = min(place.settings.heartbeat_s, every_s or place.settings.heartbeat_s)
        self._renewed = monotonic()
        self.halt = asyncio.Event()

    @asynccontextmanager
    async def beating(self) -> AsyncIterator[None]:
        """Renew the lease, and listen for the worker's end, as long as the block lasts."""
        tasks = [asyncio.create_task(self._beat()), asyncio.create_task(self._watch_stop())]
        try:
            yield
        finally:
            self.halt.set()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def persist(self, function: Callable[[Session], T]) -> T:
        """Write, again and again while the database is away and the lease may still hold."""
        return await self._place.persist(function, since=lambda: self._renewed)

    async def _beat(self) -> None:
        """Renew the lease; where that fails for longer than it lasts, end the jails."""
        while not self.halt.is_set():
            with contextlib.suppress(*OUTAGE):
                if not await self._place.write(self._renew, beat=True):
                    self.halt.set()
                    return
                self._renewed = monotonic()
            if monotonic() - self._renewed > self._place.settings.lease_s:
                self.halt.set()
                return
            await asyncio.sleep(self._every_s)

    async def _watch_stop(self) -> None:
        """A stopping worker ends its jails at once; whoever waits for them then gives the work back."""
        await self._place.stopping.wait()
        self.halt.set()
