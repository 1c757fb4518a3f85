"""Mounts the sized tmpfs behind a jail's output: a bind to disk would have no limit on its total."""

import ctypes
import os
import re
from pathlib import Path

_NOSUID, _NODEV, _NOEXEC = 2, 4, 8
_DETACH = 2
_libc = ctypes.CDLL(None, use_errno=True)


def mount_tmpfs(target: Path, *, size: int, inodes: int, uid: int) -> None:
    """A tmpfs of ``size`` bytes and ``inodes`` files that ``uid`` alone may enter; OSError when refused."""
    data = f"size={size},nr_inodes={inodes},mode=0700,uid={uid},gid={uid}"
    flags = ctypes.c_ulong(_NOSUID | _NODEV | _NOEXEC)
    if _libc.mount(b"cspon-output", os.fsencode(target), b"tmpfs", flags, data.encode()):
        raise OSError(ctypes.get_errno(), "mount", str(target))


def unmount(target: Path) -> None:
    """Unmount at once, even if somebody still looks into it; OSError when it was not mounted."""
    if _libc.umount2(os.fsencode(target), _DETACH):
        raise OSError(ctypes.get_errno(), "umount", str(target))


def unescape(field: str) -> str:
    """A path of /proc/self/mountinfo, where blanks and backslashes are octal escapes."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), field)


def mounted_under(folder: Path) -> list[Path]:
    """Mount points below ``folder``, the deepest first."""
    prefix = f"{folder}/"
    points = []
    for line in (
        Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    ):
        point = unescape(line.split(" ", 5)[4])
        if point.startswith(prefix):
            points.append(Path(point))
    return sorted(points, reverse=True)
