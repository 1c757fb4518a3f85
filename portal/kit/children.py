"""Child processes that cannot outlive whoever started them."""

import ctypes
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36

_libc = ctypes.CDLL(None, use_errno=True)


def _tie(parent: int, death_signal: int) -> Callable[[], None]:
    """What the child does between fork and exec: ask the kernel to be signalled when ``parent`` ends."""

    def tie() -> None:
        if _libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0) != 0 or os.getppid() != parent:
            os._exit(127)  # the parent has gone already, or nothing would tell us when it goes

    return tie


def spawn(
    argv: Sequence[str | Path],
    *,
    death_signal: int = signal.SIGKILL,
    ids: tuple[int, int] | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: int | IO[bytes] = subprocess.DEVNULL,
    stdout: int | IO[bytes] | None = None,
    stderr: int | IO[bytes] | None = None,
) -> subprocess.Popen[bytes]:
    """Start ``argv`` in its own session, signalled by the kernel as soon as this process ends in any way.

    ``ids`` (uid, gid) drops root for good. Refuses to be called from another thread than the main one: the
    kernel watches the *thread* that forked, so a pool thread that ends would take the child with it.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("children are started from the main thread only")
    uid, gid = ids or (None, None)
    return subprocess.Popen(
        [str(part) for part in argv],
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        env=dict(env) if env is not None else None,
        cwd=cwd,
        user=uid,
        group=gid,
        extra_groups=None if ids is None else [],
        start_new_session=True,
        preexec_fn=_tie(os.getpid(), death_signal),
    )


def adopt_orphans() -> bool:
    """Become the parent of grandchildren whose parent ended, so that they can be found and ended too."""
    return bool(_libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)
