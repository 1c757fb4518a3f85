"""One supervised child: how it starts, how its end is told, when it starts again."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from portal.kit.children import spawn
from portal.kit.clock import monotonic
from portal.supervisor.output import LineBuffer

FIRST_DELAY = 0.5
LONGEST_DELAY = 30.0
STEADY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Child:
    """What to run. ``once``: its end is expected; else it starts again. ``ready`` asks whether it serves."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    once: bool = False
    stop_seconds: float = 20.0
    ready: Callable[[], bool] | None = None


class Backoff:
    """Delays between restarts: 0.5 s doubling to 30 s, anew after a minute of steady running."""

    def __init__(self) -> None:
        self.count = 0

    def next_delay(self, lived: float) -> float:
        """Seconds to wait after a life of ``lived`` seconds."""
        if lived >= STEADY_SECONDS:
            self.count = 0
        self.count += 1
        return float(min(LONGEST_DELAY, FIRST_DELAY * 2 ** min(self.count - 1, 10)))


class Running:
    """A child's present life, or the wait before its next one."""

    def __init__(self, child: Child) -> None:
        self.child = child
        self.process: subprocess.Popen[bytes] | None = None
        self.lines = LineBuffer()
        self.backoff = Backoff()
        self.next_start = 0.0
        self.was_ready = False
        self.code: int | None = None
        self._since = 0.0

    @property
    def name(self) -> str:
        """The name of the part."""
        return self.child.name

    def start(self) -> int:
        """Start it and return the file descriptor its words come from."""
        self.process = spawn(
            self.child.argv,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **self.child.env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.code = None
        self._since = monotonic()
        assert self.process.stdout is not None  # noqa: S101 - PIPE was asked for
        os.set_blocking(self.process.stdout.fileno(), False)
        return self.process.stdout.fileno()

    def ended(self) -> bool:
        """Whether it has ended; then its whole process group is gone too, and ``code`` says how it ended."""
        if self.process is None:
            return False
        if os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return False
        self.signal(signal.SIGKILL)  # before it is reaped: its group's number cannot be somebody else's yet
        self.code = self.process.wait()
        return True

    def bury(self) -> float:
        """Forget the ended life; the delay before the next one, in seconds."""
        self.process = None
        delay = self.backoff.next_delay(monotonic() - self._since)
        self.next_start = monotonic() + delay
        return delay

    def signal(self, number: int) -> None:
        """Send a signal to the child and everything in its process group."""
        if self.process is not None and self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)

    def terminate(self) -> None:
        """Ask the child itself, not its group, to end in good order."""
        if self.process is not None and self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process.pid, signal.SIGTERM)


def how_it_ended(code: int) -> str:
    """An exit code in words."""
    if code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return "ended" if code == 0 else f"ended with code {code}"
