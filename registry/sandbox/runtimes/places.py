"""Folders that jails read from: every user can enter them, only the owner can change them."""

import os
import stat
from pathlib import Path

from portal.kit.i18n import N_
from registry.sandbox.errors import UnsafePlace


def enterable(path: Path) -> bool:
    """Whether a stranger's process can walk down to ``path``: each existing folder on the way has ``o+x``."""
    for folder in [path, *path.parents]:
        try:
            mode = folder.stat().st_mode
        except FileNotFoundError:
            continue
        except PermissionError:
            return False
        if not mode & stat.S_IXOTH:
            return False
    return True


def own_folder(path: Path, mode: int = 0o755) -> Path:
    """Make ``path`` if need be and promise that it is ours: no link, our owner, no other writer."""
    path.mkdir(mode=mode, exist_ok=True)
    facts = path.lstat()
    if not stat.S_ISDIR(facts.st_mode):
        raise UnsafePlace(N_("%(path)s is not a folder; remove it"), path=path)
    if facts.st_uid != os.geteuid():
        raise UnsafePlace(
            N_("%(path)s belongs to user %(owner)s, not to %(user)s; remove it or choose another"),
            path=path,
            owner=facts.st_uid,
            user=os.geteuid(),
        )
    if facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise UnsafePlace(N_("%(path)s may be written by others; run: chmod go-w %(path)s"), path=path)
    if facts.st_mode & 0o777 != mode:
        path.chmod(mode)
    return path


def shared_folder(home: Path, name: str) -> Path:
    """``home/name`` if every user can reach it, else ``/var/tmp/cspon-<uid>/name``; made, ours, checked.

    A jail's process has a user id of its own: what lies under a closed home folder cannot be mounted for it.
    """
    home = home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    if enterable(home):
        return own_folder(home / name)
    return common_folder(name)


def common_folder(name: str) -> Path:
    """``/var/tmp/cspon-<uid>/name``: reachable by every user, made, ours, checked."""
    return own_folder(own_folder(Path(f"/var/tmp/cspon-{os.geteuid()}")) / name)  # noqa: S108 (checked)


def default_root(home: Path) -> Path:
    """Where runtimes are built for the portal whose data lie in ``home``."""
    return shared_folder(home, "runtimes")
