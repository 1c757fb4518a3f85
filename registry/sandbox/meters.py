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
        """Private memory of each process and the largest shared part once; processor time never goes down."""
        private = shared = 0
        cpu, count = 0.0, 0
        for process in self._processes():
            try:
                memory, times = process.memory_info(), process.cpu_times()
            except psutil.Error:
                continue
            count += 1
            private += max(0, memory.rss - memory.shared)
            shared = max(shared, memory.shared)
            cpu += times.user + times.system + times.children_user + times.children_system
        self._cpu_s = max(self._cpu_s, cpu)
        self._peak = max(self._peak, private + shared)
        return Usage(cpu_s=self._cpu_s, memory_bytes=private + shared, processes=count)

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


def meter_for(group: JobGroup | None, pid: int) -> Meter:
    """The group itself, or a reading of the processes below ``pid``."""
    return group if group is not None else ProcessMeter(pid)
