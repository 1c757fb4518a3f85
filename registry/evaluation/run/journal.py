"""The one voice of a running attempt: heartbeats, log and samples go out together, at most four times a second."""

import asyncio
import codecs
import contextlib
import logging
from collections.abc import Callable
from typing import Any

from portal.kit.clock import monotonic
from portal.kit.db import Session
from portal.kit.events import hub
from registry.evaluation.actions.attempts import note
from registry.evaluation.actions.steps import stop_topic
from registry.evaluation.queries import leases
from registry.evaluation.queries.leases import Lease
from registry.evaluation.run.faults import OUTAGE
from registry.evaluation.run.place import Abandoned, Place
from registry.leases.actions import LeaseLost
from registry.sandbox.backend import Sample

BATCH_S = 0.25
MOST_SAMPLES = 1000
log = logging.getLogger(__name__)


class Journal:
    """Holds the lease of one attempt. ``halt`` is set when the jails must end; `why` says whose wish that is."""

    def __init__(self, place: Place, lease: Lease) -> None:
        self._place = place
        self._lease = lease
        self._phase = "predict"
        self._text: list[tuple[str, str]] = []
        self._samples: list[list[Any]] = []
        self._kept = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._wake = asyncio.Event()
        self._lock = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self.halt = asyncio.Event()
        self.renewed = monotonic()
        self._lost: Exception | None = None
        self._over = False

    def start(self) -> None:
        """Begin to beat; the first beat marks the attempt as running."""
        for coroutine in (self._beat_on(), self._listen(), self._watch_stop()):
            self._tasks.append(asyncio.create_task(coroutine))

    async def close(self) -> None:
        """Stop beating. A cancellation may be swallowed by whatever a task just waited for, so it is repeated."""
        self._over = True
        pending = set(self._tasks)
        while pending:
            for task in pending:
                task.cancel()
            _done, pending = await asyncio.wait(pending, timeout=0.5)

    # -- what the jails tell ---------------------------------------------------------------------------------------

    def enter(self, phase: str) -> None:
        """What comes now belongs to ``predict`` or ``score``."""
        self._finish_text()
        self._phase = phase

    def printed(self, chunk: bytes) -> None:
        """A piece of output; the jail has capped it."""
        self._put(self._decoder.decode(chunk))

    def _finish_text(self) -> None:
        self._put(self._decoder.decode(b"", final=True))
        self._decoder.reset()

    def _put(self, text: str) -> None:
        if text:
            # PostgreSQL keeps no NUL.
            self._text.append((self._phase, text.replace("\0", "\N{REPLACEMENT CHARACTER}")))
            self._wake.set()

    def sampled(self, sample: Sample) -> None:
        """A measurement; beyond a thousand only every tenth is kept."""
        self._kept += 1
        if self._kept <= MOST_SAMPLES or self._kept % 10 == 0:
            self._samples.append(
                [self._phase, round(sample.t_s, 3), round(sample.cpu_s, 3), int(sample.memory_bytes)]
            )
            self._wake.set()

    # -- what the database hears -----------------------------------------------------------------------------------

    async def _beat_on(self) -> None:
        while not (self._over or self.halt.is_set()):
            with contextlib.suppress(*OUTAGE):
                await self._beat()
            if monotonic() - self.renewed > self._place.settings.lease_s:
                self._give_up(Abandoned())
                return
            with contextlib.suppress(TimeoutError):
                # While the database is away, tries come quickly: the lease is running out.
                late = monotonic() - self.renewed > self._place.settings.heartbeat_s
                pause = (
                    min(1.0, self._place.settings.heartbeat_s) if late else self._place.settings.heartbeat_s
                )
                async with asyncio.timeout(pause):
                    await self._wake.wait()
                await asyncio.sleep(BATCH_S)

    async def _beat(self) -> None:
        async with self._lock:
            self._wake.clear()
            pieces, samples = self._text, self._samples
            self._text, self._samples = [], []
            try:
                await self._place.write(lambda db: self.write(db, pieces, samples), beat=True)
                self.renewed = monotonic()
            except LeaseLost as lost:
                self._give_up(lost)
            except BaseException:
                self._text, self._samples = pieces + self._text, samples + self._samples
                raise

    def write(self, db: Session, pieces: list[tuple[str, str]], samples: list[list[Any]]) -> None:
        """One beat: renew, and with it what was printed and measured since the last."""
        joined: list[tuple[str, str]] = []
        for phase, text in pieces:
            if joined and joined[-1][0] == phase:
                joined[-1] = (phase, joined[-1][1] + text)
            else:
                joined.append((phase, text))
        first = joined[0] if joined else (self._phase, "")
        lease_s = self._place.settings.lease_s
        note(db, self._lease, lease_s=lease_s, phase=first[0], text=first[1], samples=samples)
        for phase, text in joined[1:]:
            note(db, self._lease, lease_s=lease_s, phase=phase, text=text)

    async def _listen(self) -> None:
        """Cancelled by its submitter, lost to the watchdog: look at once, not at the next beat."""
        while not (self._over or self.halt.is_set()):
            await hub.wait(stop_topic(self._lease.evaluation_id), self._place.settings.heartbeat_s)
            self._wake.set()

    async def _watch_stop(self) -> None:
        await self._place.stopping.wait()
        self.halt.set()

    def _give_up(self, error: Exception) -> None:
        self._lost = self._lost or error
        self.halt.set()

    # -- what the run asks -----------------------------------------------------------------------------------------

    async def rest(self) -> Callable[[Session], None]:
        """What was printed and measured and not yet written, as a write for the transaction of the ending."""
        self._finish_text()
        async with self._lock:
            pieces, samples = self._text, self._samples
            self._text, self._samples = [], []
        self.check()

        def write(db: Session) -> None:
            if pieces or samples:
                # Everybody locks the evaluation before its attempt; a note alone would begin with the attempt.
                if leases.held(db, self._lease) is None:
                    raise LeaseLost
                self.write(db, pieces, samples)

        return write

    def check(self) -> None:
        """Raise `LeaseLost` or `Abandoned` when this attempt is not ours any more."""
        if self._lost is not None:
            raise self._lost
