"""One run of one prepared jail: spawn, read, measure, stop, judge."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from portal.kit.clock import monotonic
from portal.kit.i18n import N_
from registry.sandbox.backend import JailEnd, JailOutcome, JailSpec, Sample
from registry.sandbox.cgroups import JobGroup
from registry.sandbox.denials import MOST_RECORDS, Denied, Ear, Mark
from registry.sandbox.errors import PlatformFault
from registry.sandbox.meters import Meter, meter_for
from registry.sandbox.options import cpu_limit_s
from registry.sandbox.verdict import Traces, judge, words
from registry.sandbox.workplace import use_of

_GRACE_S = 1.0
_FIRST_SAMPLE_S, _LAST_SAMPLE_S, _SLOWER = 0.25, 1.0, 1.1
_WEAK_SAMPLE_S = 0.1
_CHUNK = 1 << 16


@dataclass(frozen=True)
class Prepared:
    """What the backend has set up for a jail."""

    command: Sequence[str]
    output: Path
    log: Path
    group: JobGroup | None
    output_is_tmpfs: bool
    uid: int = -1
    ear: Ear | None = None
    """Hears what the kernel refuses to this user id, where the id is the jail's alone."""


class NsjailJail:
    """Implements `backend.Jail`."""

    warm = False

    def __init__(self, spec: JailSpec, prepared: Prepared) -> None:
        self._spec = spec
        self._limits = spec.limits
        self._prepared = prepared
        self._cut: JailEnd | None = None
        self._must_end = asyncio.Event()
        self._samples: list[Sample] = []
        self._truncated = False
        self._ran = False
        self._mark: Mark | None = None

    @property
    def output(self) -> Path:
        """The host's folder behind ``/output``; untrusted, and gone when the jail is left."""
        return self._prepared.output

    async def run(
        self,
        *,
        on_log: Callable[[bytes], None] | None = None,
        on_sample: Callable[[Sample], None] | None = None,
        stop: asyncio.Event | None = None,
    ) -> JailOutcome:
        """See `backend.Jail.run`. ``on_log`` gets at most ``limits.log_bytes`` bytes of stdout and
        stderr, merged."""
        if self._ran:
            raise PlatformFault(N_("A jail runs only once"))
        self._ran = True
        started = monotonic()
        process = await self._spawn()
        meter = self._meter(process)
        reader = asyncio.create_task(self._read_log(process, on_log))
        helpers = [asyncio.create_task(self._measure(meter, started, on_sample))]
        if stop is not None:
            helpers.append(asyncio.create_task(self._wait_for_stop(stop)))
        try:
            await self._until_end(process, [reader, *helpers])
            await self._end(process)
            wall_s = monotonic() - started
            denied = await asyncio.to_thread(self._denied)
            # The last writer is gone, so the pipe has an end; a moment is enough to read what it still holds.
            await asyncio.wait({reader}, timeout=5)
        finally:
            await asyncio.shield(self._abandon(process, [reader, *helpers]))
        for task in (reader, *helpers):
            if not task.cancelled() and (error := task.exception()) is not None:
                raise error
        made = self._outcome(process.returncode, wall_s, started, meter, on_sample)
        return replace(made, denied=denied)

    async def _spawn(self) -> asyncio.subprocess.Process:
        # The kernel's parent-death signal fires when the spawning *thread* ends.
        if threading.current_thread() is not threading.main_thread():
            raise PlatformFault(N_("Jails may only be started by the main thread of the worker"))
        if self._prepared.ear is not None:
            self._mark = self._prepared.ear.mark(self._prepared.uid)
        return await asyncio.create_subprocess_exec(
            *self._prepared.command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={},
            # Ctrl-C at the worker's terminal is for the worker, which then ends its jails.
            start_new_session=True,
        )

    def _denied(self) -> Denied | None:
        ear, mark = self._prepared.ear, self._mark
        return ear.since(mark) if ear is not None and mark is not None else None

    def _too_often_denied(self) -> bool:
        ear, mark = self._prepared.ear, self._mark
        return ear is not None and mark is not None and ear.so_far(mark) > MOST_RECORDS

    def _meter(self, process: asyncio.subprocess.Process) -> Meter:
        return meter_for(self._prepared.group, process.pid)

    async def _until_end(
        self, process: asyncio.subprocess.Process, tasks: Sequence[asyncio.Task[None]]
    ) -> None:
        """Return when the jail has ended by itself or must end: a limit, a stop, or a failed helper
        of ours."""
        ended = asyncio.create_task(process.wait())
        must_end = asyncio.create_task(self._must_end.wait())
        for task in tasks:
            task.add_done_callback(self._stop_on_error)
        try:
            done, _ = await asyncio.wait(
                {ended, must_end}, timeout=self._limits.wall_s, return_when=asyncio.FIRST_COMPLETED
            )
            if not done:
                self._cut = self._cut or JailEnd.TIMEOUT
        finally:
            ended.cancel()
            must_end.cancel()

    def _stop_on_error(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            self._must_end.set()

    def _cut_off(self, end: JailEnd) -> None:
        self._cut = self._cut or end
        self._must_end.set()

    async def _wait_for_stop(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._cut_off(JailEnd.CANCELLED)

    async def _read_log(
        self, process: asyncio.subprocess.Process, on_log: Callable[[bytes], None] | None
    ) -> None:
        left = self._limits.log_bytes
        async for chunk in self._chunks(process):
            if on_log is not None and chunk[:left]:
                on_log(chunk[:left])
            if len(chunk) > left:
                self._truncated = True
                self._cut_off(JailEnd.LOG_OVERFLOW)
            left = max(0, left - len(chunk))

    async def _chunks(self, process: asyncio.subprocess.Process) -> AsyncIterator[bytes]:
        while process.stdout is not None and (chunk := await process.stdout.read(_CHUNK)):
            yield chunk

    async def _measure(
        self, meter: Meter, started: float, on_sample: Callable[[Sample], None] | None
    ) -> None:
        """Sample at growing distances, and end the jail at the first kill for want of memory."""
        metered = self._prepared.group is not None
        pause = _FIRST_SAMPLE_S if metered else _WEAK_SAMPLE_S
        while True:
            await asyncio.sleep(pause)
            sample = self._take_sample(meter, started, on_sample)
            if meter.oom_kills() or (not metered and sample.memory_bytes > self._limits.memory_bytes):
                self._cut_off(JailEnd.OUT_OF_MEMORY)
            if not self._prepared.output_is_tmpfs and self._output_full():
                self._cut_off(JailEnd.OUTPUT_OVERFLOW)
            if self._too_often_denied():
                self._cut_off(JailEnd.DENIED_OVERFLOW)
            if metered:
                pause = min(_LAST_SAMPLE_S, pause * _SLOWER)

    def _take_sample(
        self, meter: Meter, started: float, on_sample: Callable[[Sample], None] | None
    ) -> Sample:
        now = meter.usage()
        sample = Sample(round(monotonic() - started, 3), now.cpu_s, now.memory_bytes, now.processes)
        self._samples.append(sample)
        if on_sample is not None:
            on_sample(sample)
        return sample

    def _output_full(self) -> bool:
        limits = self._limits
        if self._prepared.output_is_tmpfs:
            facts = os.statvfs(self.output)
            return facts.f_bfree == 0 or facts.f_ffree == 0
        size, files = use_of(self.output, enough_bytes=limits.output_bytes, enough_files=limits.output_files)
        return size > limits.output_bytes or files > limits.output_files

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        """SIGTERM lets nsjail kill what is in the jail; SIGKILL, a moment later, takes nsjail and so
        the jail."""
        for signalled in (process.terminate, process.kill):
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    signalled()
                with suppress(TimeoutError):
                    await asyncio.wait_for(process.wait(), _GRACE_S)
        group = self._prepared.group
        while group is not None and not group.kill():
            await asyncio.sleep(0.005)

    async def _abandon(
        self, process: asyncio.subprocess.Process, tasks: Sequence[asyncio.Task[None]]
    ) -> None:
        """Whatever happened, and even if we are being cancelled: no process, no task is left."""
        await self._end(process)
        await process.wait()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    def _outcome(
        self,
        exit_code: int | None,
        wall_s: float,
        started: float,
        meter: Meter,
        on_sample: Callable[[Sample], None] | None,
    ) -> JailOutcome:
        cpu_s = meter.usage().cpu_s
        if self._prepared.group is not None:
            self._take_sample(meter, started, on_sample)
        log = self._prepared.log.read_text(encoding="utf-8", errors="replace")
        seen = Traces(
            cut=self._cut,
            exit_code=exit_code,
            oom_kills=meter.oom_kills(),
            wall_s=wall_s,
            cpu_s=cpu_s,
            cpu_limit_s=float(cpu_limit_s(self._limits)),
            output_full=self._output_full(),
            supervisor_log=log,
        )
        end = judge(seen, self._limits)
        message, values = words(end, exit_code, self._limits, log)
        peak = max([meter.peak_memory(), *(s.memory_bytes for s in self._samples)])
        return JailOutcome(
            end,
            exit_code,
            wall_s,
            cpu_s,
            peak,
            self._truncated,
            tuple(self._samples),
            message,
            values,
            log.strip(),
            self.warm,
        )
