"""Mounts the sized tmpfs behind a jail's output: a bind to disk would have no limit on its total."""

import ctypes
import os
import re
from pathlib import Path

_RDONLY, _NOSUID, _NODEV, _NOEXEC, _REMOUNT = 1, 2, 4, 8, 32
_DETACH = 2
_libc = ctypes.CDLL(None, use_errno=True)


def mount_tmpfs(target: Path, *, size: int, inodes: int, uid: int) -> None:
    """A tmpfs of ``size`` bytes and ``inodes`` files that ``uid`` alone may enter; OSError when refused."""
    data = f"size={size},nr_inodes={inodes},mode=0700,uid={uid},gid={uid}"
    _mount(target, b"cspon-output", _NOSUID | _NODEV | _NOEXEC, data)


def mount_files(target: Path, *, size: int, inodes: int, gid: int) -> None:
    """A tmpfs for files that we put in and that ``gid`` may read and, as from disk, execute; OSError when refused."""
    _mount(
        target, b"cspon-files", _NOSUID | _NODEV, f"size={size},nr_inodes={inodes},mode=0750,uid=0,gid={gid}"
    )


def remount_tmpfs(target: Path, *, size: int, inodes: int) -> None:
    """Give a tmpfs of `mount_tmpfs` other bounds, wherever else it is bound; OSError when more is in it."""
    _mount(target, b"none", _REMOUNT | _NOSUID | _NODEV | _NOEXEC, f"size={size},nr_inodes={inodes}")


def seal_tmpfs(target: Path) -> None:
    """Nobody writes to it any more, not even we; OSError while a file in it is open for writing."""
    _mount(target, b"none", _REMOUNT | _RDONLY | _NOSUID | _NODEV, "")


def _mount(target: Path, source: bytes, flags: int, data: str) -> None:
    words = (source, os.fsencode(target), b"tmpfs", ctypes.c_ulong(flags), data.encode())
    if _libc.mount(*words):
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
