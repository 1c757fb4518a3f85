"""Names what this worker makes, so that a later one can tell the leavings of the dead from the work of the
living."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

_NAME = re.compile(
    r"cspon-(?P<namespace>[0-9]+)-(?P<pid>[0-9]+)-(?P<started>[0-9]+)(?:-(?P<rest>[a-z0-9]+))?"
)


def _started(pid: int) -> int | None:
    """The process's start in clock ticks since boot; None when there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    after_name = text.rpartition(")")[2].split()
    # A zombie holds its number but does nothing any more.
    return None if after_name[0] in "ZX" else int(after_name[19])


def _namespace() -> int:
    return Path("/proc/self/ns/pid").stat().st_ino


@dataclass(frozen=True)
class Worker:
    """A process by pid *and* start time (pids come again), within its pid namespace (another container's
    are not ours)."""

    namespace: int
    pid: int
    started: int

    @classmethod
    def this(cls) -> "Worker":
        """The running process."""
        return cls(_namespace(), os.getpid(), _started(os.getpid()) or 0)

    def name(self, rest: str) -> str:
        """A name for something of this worker's."""
        return f"cspon-{self.namespace}-{self.pid}-{self.started}-{rest}"


def is_stale(name: str) -> bool:
    """Whether ``name`` was given by a worker of this pid namespace that is gone; false for every other
    name."""
    match = _NAME.fullmatch(name)
    if match is None or int(match["namespace"]) != _namespace():
        return False
    return _started(int(match["pid"])) != int(match["started"])
