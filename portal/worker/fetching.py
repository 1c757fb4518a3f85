"""Taking jobs from the queues, again and again, whatever becomes of the database meanwhile."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from typing import Any

from procrastinate.exceptions import ProcrastinateException
from procrastinate.worker import Worker

from portal.kit.jobs import app

POLL_S = 2.0
HEARTBEAT_S = 5.0
STALLED_S = 20.0
GATE_S = 5.0
PAUSE_S = 1.0
log = logging.getLogger(__name__)


class Fetcher(Worker):
    """Procrastinate's worker, which says when it has stopped taking jobs (it does so by itself after an outage)."""

    def __init__(self, **options: Any) -> None:
        super().__init__(app=app, install_signal_handlers=False, **options)
        self.stopped = asyncio.Event()

    def stop(self) -> None:
        """See the base class."""
        self.stopped.set()
        super().stop()  # type: ignore[no-untyped-call]


class Fetching:
    """Keeps one fetcher for some queues alive. While an old one still finishes its jobs a fresh one takes new ones."""

    def __init__(
        self,
        name: str,
        queues: Sequence[str],
        concurrency: int,
        stopping: asyncio.Event,
        gate: Callable[[], str] | None = None,
    ) -> None:
        self._name = name
        self._queues = list(queues)
        self._concurrency = concurrency
        self._stopping = stopping
        self._gate = gate
        self._runs: set[asyncio.Task[None]] = set()
        self._closed = ""

    def _fetcher(self, *, wait: bool) -> Fetcher:
        return Fetcher(
            name=self._name,
            queues=self._queues,
            concurrency=self._concurrency,
            wait=wait,
            fetch_job_polling_interval=POLL_S,
            update_heartbeat_interval=HEARTBEAT_S,
            stalled_worker_timeout=STALLED_S,
            delete_jobs="successful",
        )

    async def drain(self) -> None:
        """Do what waits, then return."""
        await self._fetcher(wait=False).run()  # type: ignore[no-untyped-call]

    async def keep(self) -> None:
        """Take jobs until ``stopping``; then wait for those under way."""
        while not self._stopping.is_set():
            if not self._open():
                await self._sleep(GATE_S)
                continue
            fetcher = self._fetcher(wait=True)
            run = asyncio.create_task(fetcher.run(), name=f"fetch {self._name}")  # type: ignore[no-untyped-call]
            self._runs.add(run)
            run.add_done_callback(self._done)
            await self._until_stopped(fetcher, run)
            fetcher.stop()
            if not run.done():
                beating = asyncio.create_task(self._beat_for(fetcher, run))
                self._runs.add(beating)
                beating.add_done_callback(self._done)
            await self._sleep(PAUSE_S)
        while self._runs:
            await asyncio.wait(set(self._runs))

    async def _until_stopped(self, fetcher: Fetcher, run: asyncio.Task[None]) -> None:
        """Return when this fetcher takes no jobs any more, or shall not."""
        waits = [asyncio.create_task(event.wait()) for event in (fetcher.stopped, self._stopping)]
        try:
            while not (run.done() or fetcher.stopped.is_set() or self._stopping.is_set()) and self._open():
                await asyncio.wait({*waits, run}, timeout=GATE_S, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waits:
                task.cancel()

    async def _beat_for(self, fetcher: Fetcher, run: asyncio.Task[None]) -> None:
        """A fetcher that only finishes its jobs beats no more; without a beat others would take its jobs for lost."""
        while not run.done():
            if fetcher.worker_id is not None:
                with contextlib.suppress(ProcrastinateException):
                    await app.job_manager.update_heartbeat(fetcher.worker_id)
            await asyncio.wait({run}, timeout=HEARTBEAT_S)

    def _open(self) -> bool:
        """Whether jobs are taken: the gate says why not."""
        why = self._gate() if self._gate is not None else ""
        if why != self._closed:
            self._closed = why
            log.warning("%s: %s", self._name, f"takes no jobs: {why}" if why else "takes jobs again")
        return not why

    def _done(self, run: asyncio.Task[None]) -> None:
        self._runs.discard(run)
        if not run.cancelled() and (error := run.exception()) is not None:
            log.warning("%s: stopped fetching: %s: %s", self._name, type(error).__name__, error)

    async def _sleep(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
