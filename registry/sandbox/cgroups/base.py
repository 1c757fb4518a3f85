"""What both versions of the kernel's interface have in common."""

import os
import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from registry.sandbox.identity import is_stale

_EMPTY_WITHIN = 200


@dataclass(frozen=True)
class Usage:
    """What a group uses now; ``cpu_s`` is its total so far. The jail's own supervisor is not counted as a
    process."""

    cpu_s: float
    memory_bytes: int
    processes: int


def read_int(path: Path, default: int = 0) -> int:
    """The number in a control file; ``default`` when it is absent or says ``max``."""
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return default


def read_field(path: Path, name: str) -> int:
    """The number after ``name`` in a control file of ``name number`` lines; 0 when absent."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    for line in lines:
        key, _, value = line.partition(" ")
        if key == name:
            return int(value)
    return 0


class JobGroup(ABC):
    """The group (one folder per hierarchy) of one jail. The jail's supervisor joins it before it becomes
    nsjail."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = tuple(dict.fromkeys(folders))

    @property
    def join_files(self) -> list[str]:
        """Files that a process writes ``0`` to in order to join."""
        return [str(folder / "cgroup.procs") for folder in self.folders]

    @abstractmethod
    def usage(self) -> Usage:
        """Present use."""

    @abstractmethod
    def limit_memory(self, memory_bytes: int) -> None:
        """Lower or raise the memory limit of a group that has members; OSError when more is in use than that."""

    @abstractmethod
    def peak_memory(self) -> int:
        """The most bytes used at once so far."""

    @abstractmethod
    def oom_kills(self) -> int:
        """How many processes the kernel has killed here for want of memory."""

    def members(self) -> list[int]:
        """Process ids inside, in any of the hierarchies."""
        return sorted({pid for folder in self.folders for pid in _members(folder)})

    def kill(self) -> bool:
        """SIGKILL every member; true when none is left to be seen."""
        left = [_kill(folder) for folder in self.folders]  # every folder, not only up to the first
        return not any(left)

    def remove(self) -> None:
        """Kill what is left and remove the folders; OSError if that does not work within two seconds."""
        for folder in self.folders:
            clear(folder)


class Tree(ABC):
    """Where job groups are made: below our own group, so that an outer limit (container, service) holds
    for jails."""

    version: int
    base: Path

    @abstractmethod
    def create(self, name: str, *, memory_bytes: int, processes: int, threads: int) -> JobGroup:
        """A group with these limits; OSError when the kernel refuses."""

    @property
    @abstractmethod
    def roots(self) -> list[Path]:
        """Where leavings of earlier workers may lie."""

    @property
    @abstractmethod
    def controllers(self) -> list[str]:
        """The limits in force: memory and pids always, cpu where it can be had."""

    def sweep(self) -> list[str]:
        """Kill and remove the groups of workers that are gone."""
        cleared = []
        for root in self.roots:
            for folder, names, _ in os.walk(root, topdown=True):
                for name in [n for n in names if is_stale(n)]:
                    clear(Path(folder, name))
                    names.remove(name)
                    cleared.append(str(Path(folder, name)))
        return cleared


def _members(folder: Path) -> list[int]:
    try:
        return [int(line) for line in (folder / "cgroup.procs").read_text(encoding="ascii").split()]
    except OSError:
        return []


def _kill(folder: Path) -> list[int]:
    whole = folder / "cgroup.kill"
    pids = [pid for pid in _members(folder) if pid > 1]
    if pids and whole.exists():
        whole.write_text("1", encoding="ascii")
        return pids
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    return pids


def clear(folder: Path) -> None:
    """Kill the members of a group until there is none, then remove it and groups within it."""
    if not folder.is_dir():
        return
    for below in [each for each in folder.iterdir() if each.is_dir()]:
        clear(below)
    for _ in range(_EMPTY_WITHIN):
        if not _kill(folder):
            break
        time.sleep(0.01)  # runs at start or in a helper thread, never in the event loop
    for attempt in range(_EMPTY_WITHIN):
        try:
            folder.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            # The kernel lets go of a killed process a moment after it has left the list.
            if attempt == _EMPTY_WITHIN - 1:
                raise
            time.sleep(0.01)
        else:
            return
