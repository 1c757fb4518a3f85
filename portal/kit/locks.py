"""Locks between processes, by files; the kernel lets go of them however the holder ends."""

import fcntl
import os
from pathlib import Path
from typing import IO


def take(path: Path, *, shared: bool = False, wait: bool = False) -> IO[str]:
    """Lock the file at ``path`` until the returned file is closed; an exclusive holder leaves its pid in it.

    Raises ``BlockingIOError`` when somebody else holds it and ``wait`` is off.
    """
    path.parent.mkdir(mode=0o700, exist_ok=True)
    file = path.open("a+")
    try:
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        fcntl.flock(file, kind | (0 if wait else fcntl.LOCK_NB))
        if not shared:
            file.truncate(0)
            file.write(f"{os.getpid()}\n")
            file.flush()
    except BaseException:
        file.close()
        raise
    return file


def holder(path: Path) -> int | None:
    """The process that holds the lock exclusively; None when nobody does."""
    if not path.exists():
        return None
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            words = file.read().strip()
            return int(words) if words.isdigit() else 0
    return None
