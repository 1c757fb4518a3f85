"""What a worker lends to its runs: the sandbox, slots, threads, and the way to the database."""

import asyncio
import contextvars
import logging
import os
import shutil
import socket
import uuid
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import ParamSpec, TypeVar

from portal.kit.clock import monotonic
from portal.kit.db import Session, transaction
from portal.settings import Settings
from registry.evaluation.run.faults import OUTAGE
from registry.sandbox.backend import Jail, JailSpec, SandboxBackend
from registry.sandbox.runtimes import default_root
from registry.sandbox.slots import Slot, SlotPool
from registry.sandbox.warm import Pool

P = ParamSpec("P")
T = TypeVar("T")
GB = 1 << 30
RETRY_S = 0.5
log = logging.getLogger(__name__)


class Abandoned(Exception):  # noqa: N818 - an ending
    """The database was away for longer than the lease: whatever we hold is somebody else's now."""


@dataclass
class Place:
    """One per worker process. ``stopping`` is set when the worker shall end."""

    backend: SandboxBackend
    slots: SlotPool
    runtimes: Path
    work: Path
    settings: Settings
    pool: Pool | None = None
    """Jails that have started ahead; without it every jail is a cold one."""
    queues: tuple[str, ...] = ("cpu",)
    """Capabilities of this worker."""
    worker_id: uuid.UUID | None = None
    """Its row; None for whoever has not signed on."""
    drained: bool = False
    """This worker takes no work of any kind."""
    site_drained: bool = False
    """No worker takes an evaluation."""
    worker: str = field(default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}")
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    hands: Executor = field(default_factory=lambda: ThreadPoolExecutor(8, "evaluation"))
    beats: Executor = field(default_factory=lambda: ThreadPoolExecutor(4, "heartbeat"))
    seen_database: float = field(default_factory=monotonic)
    """When the database last answered (monotonic)."""

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do blocking work in a helper thread."""
        return await self._in(self.hands, function, *args, **kwargs)

    async def _in(self, pool: Executor, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        context = contextvars.copy_context()
        call = lambda: context.run(function, *args, **kwargs)  # noqa: E731
        return await asyncio.get_running_loop().run_in_executor(pool, call)

    async def write(self, function: Callable[[Session], T], *, beat: bool = False) -> T:
        """Run ``function`` in one transaction in a helper thread. Heartbeats have threads of their own."""
        answer = await self._in(self.beats if beat else self.hands, in_transaction, function)
        self.seen_database = monotonic()
        return answer

    async def persist(self, function: Callable[[Session], T], *, since: Callable[[], float]) -> T:
        """The same, tried again while the database is away; `Abandoned` once ``since()`` is older than the lease.

        ``function`` may run twice where a commit's answer was lost: it must be fenced by the lease.
        """
        while True:
            try:
                return await self.write(function)
            except OUTAGE as error:
                if monotonic() - since() > self.settings.lease_s:
                    raise Abandoned from error
                log.info("the database does not answer (%s); trying again", type(error).__name__)
                await asyncio.sleep(RETRY_S)

    def open(self, spec: JailSpec, slot: Slot) -> AbstractAsyncContextManager[Jail]:
        """A jail for one run: a warm one where the pool has one that fits."""
        return (self.pool or self.backend).open(spec, slot)

    def takes_evaluations(self) -> bool:
        """Whether anything may be claimed: neither the worker stops or drains, nor does the site drain."""
        return not (self.stopping.is_set() or self.drained or self.site_drained)

    def enough_disk(self) -> bool:
        """Whether there is room to run anything; below the operator's limit a worker claims nothing."""
        least = self.settings.worker_min_free_gb * GB
        return all(shutil.disk_usage(folder).free >= least for folder in (self.settings.home, self.work))


def in_transaction(function: Callable[[Session], T]) -> T:
    """``function`` within one transaction."""
    with transaction() as db:
        return function(db)


def runtime_root(settings: Settings) -> Path:
    """Where this worker finds its runtimes."""
    return settings.runtime_dir or default_root(settings.home)
