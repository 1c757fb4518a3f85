"""``cspon worker``: one process, one event loop; jails are started by its main thread only."""

import asyncio
import contextlib
import importlib
import logging
import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from psycopg_pool import PoolTimeout

from portal.audit.watching import contradicted
from portal.kit import readonly
from portal.kit.clock import monotonic, now
from portal.kit.db import raw_dsn
from portal.kit.errors import Unavailable
from portal.kit.events import hub
from portal.kit.jobs import app, pool
from portal.settings import Settings, get_settings
from portal.worker.fetching import Fetching
from portal.worker.guard import EXIT_RESTART, LoopGuard, end_within
from portal.worker.presence import Presence
from portal.worker.queries import waiting_evaluations
from portal.worker.recovery import recover_jobs
from registry.dryruns import tasks as dryruns
from registry.evaluation import actions
from registry.evaluation import tasks as evaluations
from registry.evaluation.run.faults import OUTAGE
from registry.evaluation.run.place import Place, runtime_root
from registry.evaluation.statistics import MetricSpec, bootstrap, items_from_rows
from registry.leases.queries import instant
from registry.previews import tasks as previews
from registry.sandbox.backend import MIB
from registry.sandbox.detect import detect
from registry.sandbox.errors import SandboxError
from registry.sandbox.runtimes import built
from registry.sandbox.slots import SlotPool
from registry.sandbox.warm import Pool, WarmBackend
from registry.scanning import tasks as scans
from registry.trials import actions as trial_actions
from registry.trials import tasks as trials

TASKS = (
    "portal.accounts.tasks",
    "portal.personal",
    "portal.audit.tasks",
    "portal.notices.tasks",
    "portal.organisations.tasks",
    "portal.experts.tasks",
    "portal.reviews.rounds.tasks",
    "portal.reviews.publicity.tasks",
    "portal.reviews.integrity.tasks",
    "portal.reviews.appeals.tasks",
    "portal.reviews.reviewing.tasks",
    "portal.reviews.conclusions.tasks",
    "portal.reviews.panels.tasks",
    "portal.reviews.scores.tasks",
    "portal.reviews.staffing.tasks",
    "registry.benchmarks.tasks",
    "registry.certification.tasks",
    "registry.promotion.tasks",
    "registry.rollout.tasks",
    "registry.dryruns.tasks",
    "registry.community.tasks",
    "registry.evaluation.tasks",
    "registry.gates.tasks",
    "registry.handovers.tasks",
    "registry.previews.tasks",
    "registry.scanning.tasks",
    "registry.storage.tasks",
    "registry.trials.tasks",
    "registry.versions.tasks",
    "registry.versions.ties",
)
CAPABILITIES = frozenset({"cpu", "gpu", "himem"})
"""Queues of evaluations; every other queue is served by any worker that was not told otherwise."""
OTHER_JOBS = 4
SCAN_SLOTS = 2
PREVIEW_SLOTS = 2
TRIAL_SLOTS = 1
"""Trials one worker runs at a time, beside its evaluations: neither waits for the other."""
WARM_JAILS = 16
START_S = 60.0
STOP_S = 8.0
SKEW_S = 5.0
log = logging.getLogger("portal.worker")


def main(queues: Sequence[str] | None = None, once: bool = False) -> None:
    """Run a worker until SIGTERM or Ctrl-C; ``once``: until nothing waits.

    Ends with EX_CONFIG where this machine cannot run jails as the settings ask, and with EX_TEMPFAIL (75) when the
    database stays away: the supervisor then starts a fresh one.
    """
    settings = get_settings()
    logging.basicConfig(level=settings.log_level.upper(), format="%(levelname)s %(name)s: %(message)s")
    for noisy in ("procrastinate", "psycopg.pool"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    os.umask(0o022)  # what is laid into a jail must be readable there
    try:
        backend = detect(weak_allowed=settings.sandbox_weak)
    except SandboxError as error:
        log.error("%s", error)  # noqa: TRY400 - words for the operator, no trace
        raise SystemExit(os.EX_CONFIG) from error
    for line in backend.sweep():
        log.info("swept %s", line)
    load_tasks()
    warm_up()
    code = asyncio.run(Process(settings, backend).run(queues, once=once))
    if code:
        raise SystemExit(code)


def load_tasks() -> None:
    """Import every module that registers jobs."""
    for name in TASKS:
        importlib.import_module(name)


def warm_up() -> None:
    """Pay for late imports of the statistics now, not in somebody's evaluation."""
    metric = MetricSpec("warm", "mean", "higher", "v")
    bootstrap(
        metric,
        items_from_rows(metric, [{"id": str(n), "v": float(n)} for n in range(8)]),
        seed=1,
        resamples=50,
    )


def split(queues: Sequence[str] | None) -> tuple[list[str], list[str]]:
    """The queues of evaluations and the other ones to serve."""
    known = {task.queue for task in app.tasks.values()} | {"default"}
    if queues is None:
        return ["cpu"], sorted(known - CAPABILITIES)
    return [name for name in queues if name in CAPABILITIES], [
        name for name in queues if name not in CAPABILITIES
    ]


class Process:
    """The parts of one worker process."""

    def __init__(self, settings: Settings, backend: WarmBackend) -> None:
        self._settings = settings
        self._folder = detect_work(backend)
        self._backend = backend
        self._skewed = False

    async def run(self, queues: Sequence[str] | None, *, once: bool) -> int:
        """Work; the exit code."""
        place = self._place = Place(
            backend=self._backend,
            slots=SlotPool(self._folder / "slots", self._settings.worker_slots),
            runtimes=runtime_root(self._settings),
            work=self._folder,
            settings=self._settings,
            pool=Pool(
                self._backend,
                SlotPool(self._folder / "slots", 2 * WARM_JAILS),
                memory_bytes=self._settings.worker_warm * MIB,
                jails=WARM_JAILS,
            ),
            queues=tuple(split(queues)[0]),
        )
        self._presence = Presence(place)
        evaluations.work_in(place)
        dryruns.work_in(place)
        trials.work_in(place, SlotPool(self._folder / "slots", TRIAL_SLOTS))
        trees = self._settings.home / "scans"
        trees.mkdir(parents=True, exist_ok=True)
        slots = SlotPool(self._folder / "slots", SCAN_SLOTS)  # a long evaluation does not hold up an upload
        scans.work_in(scans.Place(self._backend, slots, place.runtimes, trees))
        slots = SlotPool(self._folder / "slots", PREVIEW_SLOTS)
        previews.work_in(scans.Place(self._backend, slots, place.runtimes, trees))
        try:
            async with self._opened():
                readonly.look_with(contradicted)
                shut = await asyncio.to_thread(readonly.closed)
                await self._presence.beat()
                self._say_ready()
                if once and shut:
                    log.error("%s", readonly.words())
                    return EXIT_RESTART
                if once:
                    await self._once(queues)
                else:
                    async with self._kept_warm():
                        await self._serve(queues)
        except (PoolTimeout, OSError) as error:
            log.error("the database does not answer: %s", error)  # noqa: TRY400
            return EXIT_RESTART
        finally:
            await hub.close()
            await self._presence.leave()
        return 0

    @asynccontextmanager
    async def _kept_warm(self) -> AsyncIterator[None]:
        """Jails that start ahead, by this thread; none is left at the end."""
        pool = self._place.pool
        if pool is None:
            yield
            return
        tending = asyncio.create_task(pool.tend())
        try:
            yield
        finally:
            tending.cancel()
            await asyncio.gather(tending, return_exceptions=True)
            await pool.close()

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[None]:
        connections = pool(raw_dsn())
        await connections.open(wait=True, timeout=START_S)
        try:
            async with app.open_async(connections):
                yield
        finally:
            with contextlib.suppress(Exception):
                await connections.close(timeout=1)

    def _say_ready(self) -> None:
        runtimes = ", ".join(runtime.name for runtime in built(self._place.runtimes)) or "none"
        log.info(
            "sandbox %s; runtimes: %s; %s slots", self._backend.grade, runtimes, self._settings.worker_slots
        )

    async def _once(self, queues: Sequence[str] | None) -> None:
        capable, others = split(queues)
        place = self._place
        while True:
            await asyncio.gather(
                *(
                    Fetching(name, names, count, place.stopping).drain()
                    for name, names, count in self._parts(capable, others)
                )
            )
            served = {*capable, *others}
            waiting = await app.job_manager.list_jobs_async(status="todo")
            if not any(job.queue in served and (job.scheduled_at or now()) <= now() for job in waiting):
                return

    def _parts(self, capable: list[str], others: list[str]) -> list[tuple[str, list[str], int]]:
        parts = [
            ("evaluations", capable, self._settings.worker_slots),
            ("trials", [name for name in others if name == trial_actions.QUEUE], TRIAL_SLOTS),
            ("other jobs", [name for name in others if name != trial_actions.QUEUE], OTHER_JOBS),
        ]
        return [part for part in parts if part[1]]

    async def _serve(self, queues: Sequence[str] | None) -> None:
        place = self._place
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        guard = LoopGuard(self._verdict)
        guard.start()
        fetchings = [
            Fetching(
                name,
                names,
                count,
                place.stopping,
                self._closed_for if name == "evaluations" else self._drains,
            ).keep()
            for name, names, count in self._parts(*split(queues))
        ]
        watching = asyncio.create_task(self._watch(guard))
        try:
            await asyncio.gather(*fetchings)
        finally:
            guard.release()
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        log.info("stopped")

    def _closed_for(self) -> str:
        """Why no evaluation is taken, or an empty text."""
        if self._place.site_drained:
            return "the site drains"
        return self._drains() or ("" if self._place.enough_disk() else "the disk is full")

    def _drains(self) -> str:
        if readonly.known():
            return "the site is read-only, see cspon verify"
        return "this worker drains" if self._place.drained else ""

    def _stop(self) -> None:
        """Take nothing more; give back what runs; be gone soon."""
        if not self._place.stopping.is_set():
            log.info("stopping")
            self._place.stopping.set()
            end_within(STOP_S)

    def _verdict(self) -> str | None:
        """Why this process should not go on: its leases have run out, and its fetchers may be half dead."""
        away = monotonic() - self._place.seen_database
        if away > self._settings.lease_s:
            return f"the database has been away for {away:.0f} s"
        return None

    async def _watch(self, guard: LoopGuard) -> None:
        """Every few seconds: watchdog, recovery of jobs, clocks. Also what keeps ``seen_database`` fresh when idle."""
        pause = min(5.0, max(0.5, self._settings.heartbeat_s / 2))
        hub_primed = asyncio.create_task(hub.wait("worker", 0.1))
        while True:
            guard.beat()
            try:
                await self._presence.beat()
                watched = await self._place.write(actions.watch, beat=True)
                if watched:
                    log.warning("watchdog: %s", watched)
                await self._place.write(trial_actions.watch, beat=True)
                await self._look_ahead()
                await self._compare_clocks()
                await asyncio.to_thread(readonly.closed)
                await self._place.write(recover_jobs, beat=True)
            except OUTAGE as error:
                log.warning("the database does not answer: %s", type(error).__name__)
            except Exception as error:
                log.warning("watch: %s: %s", type(error).__name__, error)
            for _ in range(max(1, round(pause / 0.5))):
                await asyncio.sleep(0.5)
                guard.beat()
            await hub_primed

    async def _look_ahead(self) -> None:
        if self._place.pool is not None:
            self._place.pool.expect(await self._place.write(waiting_evaluations, beat=True))

    async def _compare_clocks(self) -> None:
        there = await self._place.write(instant, beat=True)
        skew = abs((there - now()).total_seconds())
        if (skew > SKEW_S) != self._skewed:
            self._skewed = skew > SKEW_S
            if self._skewed:
                log.warning("this machine's clock and the database's differ by %.0f s: set the time", skew)


def detect_work(backend: WarmBackend) -> Path:
    """The folder jails' files lie under, for slots and for the disk check."""
    work = getattr(backend, "work", None)
    if not isinstance(work, Path):
        raise Unavailable("this sandbox names no work folder")
    return work
