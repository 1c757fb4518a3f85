"""Reads what a running jail uses: exactly from its cgroup, roughly from its processes where there is none."""

from typing import Protocol

import psutil

from registry.sandbox.cgroups import JobGroup, Usage


class Meter(Protocol):
    """A running jail's use of resources."""

    def usage(self) -> Usage:
        """Present use."""

    def peak_memory(self) -> int:
        """The most bytes at once, as far as known."""

    def oom_kills(self) -> int:
        """Processes killed for want of memory, as far as known."""


class ProcessMeter:
    """Adds up the processes below the jail's supervisor. Misses what lives between two readings: weak
    grade only."""

    def __init__(self, pid: int) -> None:
        # A short program may be over before anybody looks: then there is nothing to read, and nothing wrong.
        try:
            self._supervisor: psutil.Process | None = psutil.Process(pid)
        except psutil.Error:
            self._supervisor = None
        self._cpu_s = 0.0
        self._peak = 0

    def usage(self) -> Usage:
        """Proportional memory of all processes; processor time never goes down."""
        memory, cpu, count = 0, 0.0, 0
        for process in self._processes():
            try:
                memory += _share(process)
                times = process.cpu_times()
            except (psutil.Error, OSError):
                continue
            count += 1
            cpu += times.user + times.system + times.children_user + times.children_system
        self._cpu_s = max(self._cpu_s, cpu)
        self._peak = max(self._peak, memory)
        return Usage(cpu_s=self._cpu_s, memory_bytes=memory, processes=count)

    def _processes(self) -> list[psutil.Process]:
        if self._supervisor is None:
            return []
        try:
            return self._supervisor.children(recursive=True)
        except psutil.Error:
            return []

    def peak_memory(self) -> int:
        """The largest reading."""
        return self._peak

    def oom_kills(self) -> int:
        """Nothing counts them here."""
        return 0


def _share(process: psutil.Process) -> int:
    """Bytes of a process, a page shared by n processes counted as 1/n (PSS): forks share nearly everything. Where the
    kernel does not tell, what is resident and not of a file.
    """
    try:
        return int(process.memory_full_info().pss)
    except psutil.AccessDenied:
        known = process.memory_info()
        return max(0, int(known.rss - known.shared))


def meter_for(group: JobGroup | None, pid: int) -> Meter:
    """The group itself, or a reading of the processes below ``pid``."""
    return group if group is not None else ProcessMeter(pid)
