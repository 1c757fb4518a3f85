"""What an earlier server left behind: a live one is stopped, a dead one's lock files are cleared."""

import contextlib
import os
import signal
import time
from pathlib import Path

from portal.kit.clock import monotonic
from portal.kit.embedded.cluster import PORT, Cluster

PATIENCE = ((signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0))


def first_line_pid(path: Path) -> int | None:
    """The process a lock file of PostgreSQL names, or None."""
    try:
        return int(path.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def is_postmaster(pid: int, data: Path) -> bool:
    """Whether ``pid`` is a live server of ``data``: a recycled pid or a zombie is not."""
    try:
        argv = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return Path(os.fsdecode(argv[0])).name == "postgres" and os.fsencode(data) in argv


def is_ready(data: Path) -> bool:
    """Whether a live server of ``data`` says that it accepts connections."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        return len(lines) >= 8 and lines[7].strip() == "ready" and is_postmaster(int(lines[0]), data)
    except (OSError, ValueError):
        return False


def stop_pid(pid: int, data: Path) -> None:
    """Stop the server ``pid`` of ``data``: fast, then at once, then by force."""
    for number, seconds in PATIENCE:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        end = monotonic() + seconds
        while is_postmaster(pid, data) and monotonic() < end:
            time.sleep(0.05)
        if not is_postmaster(pid, data):
            return


def clear(cluster: Cluster, socket_dir: Path) -> None:
    """Make way for a start; only for the holder of the home's lock."""
    pid_file = cluster.data / "postmaster.pid"
    pid = first_line_pid(pid_file)
    if pid is not None and is_postmaster(pid, cluster.data):
        stop_pid(pid, cluster.data)
    # PostgreSQL clears these itself unless the pid in them lives again as another program.
    # Its shared memory still keeps it from starting beside processes of the old server.
    pid_file.unlink(missing_ok=True)
    for name in (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
        (socket_dir / name).unlink(missing_ok=True)
