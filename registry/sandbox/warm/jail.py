"""A jail that has started before its job is known: it waits, is given one job's files and limits, and runs once."""

import asyncio
import os
import resource
import shutil
import stat
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from portal.kit.i18n import N_
from registry.sandbox.backend import MIB, JailSpec, Limits
from registry.sandbox.cgroups import JobGroup, Usage
from registry.sandbox.errors import PlatformFault
from registry.sandbox.jail import NsjailJail, Prepared
from registry.sandbox.meters import Meter
from registry.sandbox.mounts import remount_tmpfs, seal_tmpfs
from registry.sandbox.options import SCRATCH_BYTES, cpu_limit_s
from registry.sandbox.warm.inside import MARK
from registry.sandbox.warm.mould import Mould, script_of

START_S = 60.0
FILES_BYTES, FILES_COUNT = 64 * MIB, 4000
"""More than this is bound into a cold jail and not copied."""
ROOM = 0.8
"""What waits may fill at most this part of the job's memory limit."""


class UnfitError(Exception):
    """This job needs a cold jail; the message says why."""


@dataclass(frozen=True)
class Waiting:
    """What the backend has set up besides the jail: the pipe, and the host's folder behind each mount point."""

    pipe: Path
    given: Path
    folders: Mapping[str, Path]
    gid: int


class SinceGo:
    """A group's meter that does not charge the job for the imports' processor time."""

    def __init__(self, group: JobGroup, cpu_s: float) -> None:
        self._group = group
        self._before = cpu_s

    def usage(self) -> Usage:
        """Present use; processor time since the job began."""
        now = self._group.usage()
        return Usage(max(0.0, now.cpu_s - self._before), now.memory_bytes, now.processes)

    def peak_memory(self) -> int:
        """The most bytes at once, imports included, as in a cold jail."""
        return self._group.peak_memory()

    def oom_kills(self) -> int:
        """The group's own count."""
        return self._group.oom_kills()


class WarmJail(NsjailJail):
    """`start`, then `arm` with one job, then `run` as any jail. Never used again, whatever happened."""

    warm = True

    def __init__(self, mould: Mould, spec: JailSpec, prepared: Prepared, waiting: Waiting) -> None:
        super().__init__(spec, prepared)
        if prepared.group is None or not prepared.output_is_tmpfs:
            raise PlatformFault(N_("Warm jails need a strong sandbox"))
        self.mould = mould
        self._group = prepared.group
        self._waiting = waiting
        self._process: asyncio.subprocess.Process | None = None
        self._pipe: int | None = None
        self._early = b""
        self._loaded: frozenset[str] = frozenset()
        self._armed = False
        self._before = 0.0

    # -- waiting ---------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Spawn and wait until the imports are done; `PlatformFault` when the jail ends or takes too long instead."""
        # Open at both ends, so that the word is kept until it is read, and the reader sees no end before.
        self._pipe = os.open(self._waiting.pipe, os.O_RDWR | os.O_NONBLOCK)
        self._process = await super()._spawn()
        try:
            async with asyncio.timeout(START_S):
                await self._hear_ready(self._process)
        except (TimeoutError, ValueError) as error:
            raise PlatformFault(N_("A warm jail did not become ready")) from error

    async def _hear_ready(self, process: asyncio.subprocess.Process) -> None:
        while process.stdout is not None and (line := await process.stdout.readline()):
            before, mark, names = line.partition(MARK)
            self._early += before
            if mark:
                self._loaded = frozenset(names.decode().split())
                return
        log = await asyncio.to_thread(self._prepared.log.read_text, "utf-8", "replace")
        raise PlatformFault(
            N_("A warm jail ended while it started: %(reason)s"),
            reason=(log.strip() or self._early.decode("utf-8", "replace"))[-300:],
        )

    @property
    def ready(self) -> bool:
        """Whether it waits for a job."""
        return self._process is not None and self._process.returncode is None and not self._armed

    async def ended(self) -> None:
        """Return when the process is gone."""
        if self._process is not None:
            await self._process.wait()

    def pss_bytes(self) -> int:
        """Memory held by waiting, what is shared with other processes counted by its share."""
        total = 0
        for pid in self._jailed():
            try:
                total += int(psutil.Process(pid).memory_full_info().pss)
            except psutil.Error:
                continue
        return total

    def _jailed(self) -> list[int]:
        supervisor = self._process.pid if self._process is not None else 0
        return [pid for pid in self._group.members() if pid != supervisor]

    # -- the job ---------------------------------------------------------------------------------------------------

    def arm(self, spec: JailSpec) -> None:
        """Give it a job: files, output size, memory, processor time. Blocking; call it in a helper thread.

        `UnfitError` when the job cannot be the same here as in a cold jail; the jail is of no use then either.
        """
        if not self.ready:
            raise PlatformFault(N_("A jail runs only once"))
        self._armed = True
        self._refuse_shadows(spec)
        try:
            for bind in spec.binds:
                copy_in(bind.source, self._waiting.folders[bind.target], self._waiting.gid)
            seal_tmpfs(self._waiting.given)
            self._set_limits(spec.limits)
        except OSError as error:
            raise UnfitError(str(error)) from error
        self._spec, self._limits = spec, spec.limits

    def _refuse_shadows(self, spec: JailSpec) -> None:
        """A file beside the script that is called like a loaded module would have been imported in its place."""
        script = script_of(spec)
        if script is None:
            return
        with os.scandir(script.parent) as entries:
            stems = {entry.name.partition(".")[0] for entry in entries}
        if shadows := stems & self._loaded:
            raise UnfitError(f"shadows {', '.join(sorted(shadows))}")

    def _set_limits(self, limits: Limits) -> None:
        now = self._group.usage()
        if now.memory_bytes > ROOM * limits.memory_bytes:
            raise UnfitError("the memory limit is close to what the imports take")
        remount_tmpfs(self.output, size=limits.output_bytes, inodes=limits.output_files + 1)
        self._group.limit_memory(limits.memory_bytes)
        fsize = max(limits.output_bytes, SCRATCH_BYTES)
        fsize = -(-fsize // MIB) * MIB
        for pid in self._jailed():
            spent = psutil.Process(pid).cpu_times()
            seconds = cpu_limit_s(limits) + int(spent.user + spent.system)
            # Downwards only: that needs no privilege over the host, and the hard limit follows.
            resource.prlimit(pid, resource.RLIMIT_CPU, (seconds, seconds))
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (fsize, fsize))

    async def _spawn(self) -> asyncio.subprocess.Process:
        if not self._armed or self._process is None or self._pipe is None:
            raise PlatformFault(N_("A warm jail has no job yet"))
        self._before = self._group.usage().cpu_s
        os.write(self._pipe, b"GO")
        return self._process

    def _meter(self, process: asyncio.subprocess.Process) -> Meter:  # noqa: ARG002 - the group is the jail
        return SinceGo(self._group, self._before)

    async def _chunks(self, process: asyncio.subprocess.Process) -> AsyncIterator[bytes]:
        if self._early:
            yield self._early
        async for chunk in super()._chunks(process):
            yield chunk

    async def dismiss(self) -> None:
        """End the process if it still waits or runs. Safe to call twice."""
        if self._process is not None:
            await self._end(self._process)
            await self._process.wait()
        if self._pipe is not None:
            os.close(self._pipe)
            self._pipe = None


def check_size(sources: Sequence[Path]) -> None:
    """`UnfitError` for what is better bound than copied, or is anything but plain files in folders."""
    size = count = 0
    pending = list(sources)
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                facts = entry.stat(follow_symlinks=False)
                count += 1
                if stat.S_ISDIR(facts.st_mode):
                    pending.append(Path(entry.path))
                elif not stat.S_ISREG(facts.st_mode):
                    raise UnfitError("not a plain file")
                size += facts.st_size
                if size > FILES_BYTES * ROOM or count > FILES_COUNT:
                    raise UnfitError("too large to be copied")


def copy_in(source: Path, target: Path, gid: int) -> None:
    """Copy the files below ``source`` into ``target``, readable by the group and writable by nobody but us."""
    for folder, names, files in os.walk(source):
        here = target / Path(folder).relative_to(source)
        for name in names:
            made = here / name
            made.mkdir(mode=0o750)
            os.chown(made, -1, gid)
        for name in files:
            copied = here / name
            shutil.copy2(Path(folder, name), copied, follow_symlinks=False)
            os.chown(copied, -1, gid)
            copied.chmod(0o640 | (0o110 if (Path(folder, name).stat().st_mode & 0o111) else 0))
