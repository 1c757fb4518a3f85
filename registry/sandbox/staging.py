"""Stages: folders where files wait to be bound into a jail."""

import os
import shutil
from pathlib import Path, PurePosixPath

from portal.kit.i18n import N_
from registry.sandbox.errors import PlatformFault


class Stage:
    """A folder that one slot may read and nobody but us may write.

    On a strong host its group is the slot's, and the set-group-id bit hands that group on to all that is
    put in, so
    hidden labels are closed to every other user of the host.
    """

    def __init__(self, path: Path, group: int | None) -> None:
        self.path = path
        path.mkdir(mode=0o700)
        if group is not None:
            os.chown(path, -1, group)
            path.chmod(0o2750)

    def put(self, relative: str, source: Path) -> Path:
        """Copy ``source`` to ``relative`` (a plain relative path) in the stage."""
        target = self._target(relative)
        shutil.copyfile(source, target)
        return self._opened(target)

    def write(self, relative: str, data: bytes) -> Path:
        """Write ``data`` to ``relative`` in the stage."""
        target = self._target(relative)
        target.write_bytes(data)
        return self._opened(target)

    def folder(self, relative: str) -> Path:
        """An empty folder in the stage, for instance for a bind of its own."""
        target = self._target(relative)
        self._folders(target)
        return target

    def _target(self, relative: str) -> Path:
        parts = PurePosixPath(relative).parts
        if not parts or relative.startswith("/") or ".." in parts or "\0" in relative or ":" in relative:
            raise PlatformFault(N_("%(path)s is no plain relative path"), path=repr(relative))
        target = self.path.joinpath(*parts)
        self._folders(target.parent)
        return target

    def _folders(self, folder: Path) -> None:
        # Our umask may be stricter than a jail can read, so modes are said, not left to chance.
        missing = [
            each for each in (folder, *folder.parents) if each.is_relative_to(self.path) and not each.exists()
        ]
        for each in reversed(missing):
            each.mkdir()
            each.chmod(0o2750 if os.geteuid() == 0 else 0o700)

    def _opened(self, target: Path) -> Path:
        target.chmod(0o640)
        return target
