"""The waiting jails of one worker: how many of which mould, and which job gets one."""

import asyncio
import contextlib
import logging
import math
import os
from collections.abc import AsyncIterator, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

import psutil

from portal.kit.clock import monotonic
from registry.sandbox.backend import MIB, Jail, JailSpec, SandboxBackend
from registry.sandbox.errors import SandboxError
from registry.sandbox.slots import Slot, SlotPool
from registry.sandbox.warm.jail import UnfitError, WarmJail, check_size
from registry.sandbox.warm.mould import Mould, mould_of

IDLE_S = 600.0
"""A mould that no job has asked for in this time keeps no jail."""
AGE_S = 3000.0
"""A jail is replaced when it has waited this long; its supervisor's own clock ends it later."""
TEND_S = 5.0
MOST_MOULDS = 32
FIRST_GUESS_BYTES = 256 * MIB
SHARE_OF_AVAILABLE = 0.25
MOST_PAUSE_S = 300.0
log = logging.getLogger(__name__)


class WarmBackend(SandboxBackend, Protocol):
    """A sandbox that can also start jails ahead."""

    def warm(self, mould: Mould, slot: Slot) -> AbstractAsyncContextManager[WarmJail]:
        """A jail that waits for a job of this mould; `PlatformFault` when it cannot be had."""


@dataclass
class Standing:
    """One waiting jail."""

    jail: WarmJail
    stack: AsyncExitStack
    pss_bytes: int
    since: float = field(default_factory=monotonic)


@dataclass
class Demand:
    """What is known of a mould, and its waiting jails."""

    used: float = field(default_factory=monotonic)
    bytes: int = FIRST_GUESS_BYTES
    failures: int = 0
    not_before: float = 0.0
    standing: list[Standing] = field(default_factory=list)


@dataclass(frozen=True)
class Snapshot:
    """The pool's state for a status page; ``moulds`` are name, ready jails and bytes held."""

    budget_bytes: int
    used_bytes: int
    waiting_jobs: int
    moulds: tuple[tuple[str, int, int], ...]
    warm_jobs: int
    cold_jobs: int
    failures: int


class Pool:
    """Opens a warm jail where one fits and a cold one otherwise, and keeps warm ones ready meanwhile.

    ``memory_bytes`` (0: off) and a quarter of the host's available memory bound what waiting jails hold together;
    ``jails`` bounds their number. Without a strong sandbox the pool stays empty: memory and files of a waiting jail
    would not be limited by the kernel.
    """

    def __init__(self, backend: WarmBackend, slots: SlotPool, *, memory_bytes: int, jails: int) -> None:
        self._backend = backend
        self._slots = slots
        self._memory = memory_bytes if backend.grade == "strong" else 0
        self._jails = jails
        self._demands: dict[Mould, Demand] = {}
        self._waiting = 0
        self._running = 0
        self._served = {True: 0, False: 0}
        self._failures = 0
        self._wake = asyncio.Event()
        self._watchers: set[asyncio.Task[None]] = set()
        self._closed = False

    # -- for the runs ----------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def open(self, spec: JailSpec, slot: Slot) -> AsyncIterator[Jail]:
        """As `backend.SandboxBackend.open`. A warm jail has a slot of its own; ``slot`` is for the cold one."""
        standing = await self._take(spec)
        self._served[standing is not None] += 1
        self._running += 1
        try:
            if standing is not None:
                yield standing.jail
            else:
                async with self._backend.open(spec, slot) as cold:
                    yield cold
        finally:
            self._running -= 1
            if standing is not None:
                await asyncio.shield(self._dismiss(standing))
            self._wake.set()

    async def _take(self, spec: JailSpec) -> Standing | None:
        if not self._memory:
            return None
        try:
            mould = await asyncio.to_thread(_fitting_mould, spec)
        except (UnfitError, OSError):
            return None
        if mould is None:
            return None
        demand = self._asked(mould)
        while demand.standing:
            standing = demand.standing.pop(0)
            if not standing.jail.ready:
                self._fail(mould, demand, "ended while it waited")
                self._retire([standing])
                continue
            try:
                await asyncio.to_thread(standing.jail.arm, spec)
            except (UnfitError, OSError, psutil.Error) as error:
                log.debug("cold: %s: %s", mould.name, error)
                await asyncio.shield(self._dismiss(standing))
                if isinstance(error, UnfitError):
                    return None
            except BaseException:
                await asyncio.shield(self._dismiss(standing))
                raise
            else:
                return standing
        return None

    def _asked(self, mould: Mould) -> Demand:
        """Note that a job of this mould has come; the least recently used mould makes room for a new one."""
        demand = self._demands.pop(mould, None) or Demand()
        demand.used = monotonic()
        self._demands[mould] = demand  # last: dicts keep the order
        while len(self._demands) > MOST_MOULDS:
            oldest = next(iter(self._demands))
            forgotten = self._demands.pop(oldest)
            standing, forgotten.standing = forgotten.standing, []
            self._retire(standing)
        return demand

    def expect(self, jobs: int) -> None:
        """How many jobs wait in the queue: the more, the more jails are kept of what was used last."""
        if jobs != self._waiting:
            self._waiting = jobs
            self._wake.set()

    # -- upkeep ----------------------------------------------------------------------------------------------------

    async def tend(self) -> None:
        """Start and retire jails until cancelled; in the main thread's loop, as every start of a jail."""
        if not self._memory:
            return
        while not self._closed:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), TEND_S)
            self._wake.clear()
            await self.settle()

    async def settle(self) -> None:
        """Retire what is no longer wanted and start what is missing, one by one."""
        self._expire()
        while not self._closed and (mould := self._missing()) is not None:
            await self._start(mould)

    def _missing(self) -> Mould | None:
        """The mould to start a jail of next; None when all is well, or the processors are better left to the jobs."""
        if self._running >= (os.cpu_count() or 1) and not self._waiting:
            return None
        now = monotonic()
        for mould in reversed(self._demands):
            demand = self._demands[mould]
            if len(demand.standing) < self._target(demand, now) and now >= demand.not_before:
                return mould if self._make_room(mould) else None
        return None

    def _target(self, demand: Demand, now: float) -> int:
        if now - demand.used > IDLE_S:
            return 0
        recent = max(1, sum(now - each.used <= IDLE_S for each in self._demands.values()))
        # One to answer at once, and of what waits an equal share; a jail in use is replaced as soon as it is taken.
        return 1 + min(math.ceil(self._waiting / recent), max(0, (os.cpu_count() or 1) - 1))

    def _make_room(self, mould: Mould) -> bool:
        """Whether another jail fits; jails of moulds that were used longer ago give way."""
        needed = self._demands[mould].bytes
        for other, demand in list(self._demands.items()):
            if self._fits(needed):
                return True
            if other == mould:
                break
            while demand.standing and not self._fits(needed):
                self._retire([demand.standing.pop()])
        return self._fits(needed)

    def _fits(self, needed: int) -> bool:
        standing = [one for demand in self._demands.values() for one in demand.standing]
        return (
            len(standing) < self._jails
            and sum(one.pss_bytes for one in standing) + needed <= self.budget_bytes()
        )

    def budget_bytes(self) -> int:
        """What waiting jails may hold now: the setting, or a quarter of what the host has left and they hold."""
        held = sum(one.pss_bytes for demand in self._demands.values() for one in demand.standing)
        share = int(SHARE_OF_AVAILABLE * (psutil.virtual_memory().available + held))
        return min(self._memory, share)

    async def _start(self, mould: Mould) -> None:
        demand = self._demands[mould]
        stack = AsyncExitStack()
        try:
            slot = await stack.enter_async_context(self._slots.take())
            jail = await stack.enter_async_context(self._backend.warm(mould, slot))
            pss = await asyncio.to_thread(jail.pss_bytes)
        except (SandboxError, OSError) as error:
            await asyncio.shield(stack.aclose())
            self._fail(mould, demand, str(error))
            return
        except BaseException:
            await asyncio.shield(stack.aclose())
            raise
        standing = Standing(jail, stack, pss)
        if self._closed or self._demands.get(mould) is not demand:
            await asyncio.shield(stack.aclose())
            return
        demand.bytes = pss
        demand.standing.append(standing)
        self._spawn(self._watch(mould, demand, standing))

    def _fail(self, mould: Mould, demand: Demand, reason: str) -> None:
        """Try again later, and later still: 2 s, 4 s ... 5 minutes."""
        self._failures += 1
        demand.failures += 1
        demand.not_before = monotonic() + min(MOST_PAUSE_S, 2.0**demand.failures)
        log.warning("warm jail %s: %s", mould.name, reason)

    async def _watch(self, mould: Mould, demand: Demand, standing: Standing) -> None:
        """A jail that dies while it waits is cleared away and, after a pause, replaced."""
        await standing.jail.ended()
        if standing in demand.standing:
            demand.standing.remove(standing)
            self._fail(mould, demand, "ended while it waited")
            await self._dismiss(standing)
        elif not self._closed:
            demand.failures = 0

    def _expire(self) -> None:
        now = monotonic()
        for demand in self._demands.values():
            old = [one for one in demand.standing if now - one.since > AGE_S]
            keep = [one for one in demand.standing if one not in old]
            target = self._target(demand, now)
            # Fewer in the queue is no reason to throw work away; only idleness and age are.
            old += keep if target == 0 else []
            demand.standing = keep if target else []
            self._retire(old)

    def _retire(self, standing: list[Standing]) -> None:
        for one in standing:
            self._spawn(self._dismiss(one))

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._watchers.add(task)
        task.add_done_callback(self._watchers.discard)

    async def _dismiss(self, standing: Standing) -> None:
        await standing.stack.aclose()

    async def close(self) -> None:
        """End every waiting jail."""
        self._closed = True
        for demand in self._demands.values():
            standing, demand.standing = demand.standing, []
            self._retire(standing)
        self._demands.clear()
        while self._watchers:
            await asyncio.wait(set(self._watchers))

    def snapshot(self) -> Snapshot:
        """The state now."""
        rows = tuple(
            (mould.name, len(demand.standing), sum(one.pss_bytes for one in demand.standing))
            for mould, demand in reversed(self._demands.items())
        )
        return Snapshot(
            budget_bytes=self.budget_bytes() if self._memory else 0,
            used_bytes=sum(row[2] for row in rows),
            waiting_jobs=self._waiting,
            moulds=rows,
            warm_jobs=self._served[True],
            cold_jobs=self._served[False],
            failures=self._failures,
        )


def _fitting_mould(spec: JailSpec) -> Mould | None:
    mould = mould_of(spec)
    if mould is not None:
        check_size([bind.source for bind in spec.binds])
    return mould
