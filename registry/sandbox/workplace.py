"""The folder where jails of this host keep their files while they run."""

import os
import shutil
import stat
from pathlib import Path
from secrets import token_hex

from registry.sandbox.identity import Worker, is_stale
from registry.sandbox.mounts import mounted_under, unmount
from registry.sandbox.runtimes.places import own_folder


class Workplace:
    """Job folders that carry their worker's name; strangers may pass through them but not list them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.jobs = own_folder(own_folder(path) / "jobs", 0o711)
        self.worker = Worker.this()

    def new_job(self) -> Path:
        """A fresh folder with a name that nobody can guess."""
        folder = self.jobs / self.worker.name(token_hex(12))
        folder.mkdir(mode=0o711)
        folder.chmod(0o711)
        return folder

    def sweep(self) -> list[str]:
        """Unmount and delete the folders of workers that are gone."""
        stale = [entry for entry in self.jobs.iterdir() if is_stale(entry.name)]
        for folder in stale:
            discard(folder)
        return [str(folder) for folder in stale]


def discard(folder: Path) -> None:
    """Unmount all below ``folder``, then delete it, whatever modes a program has left there."""
    for point in mounted_under(folder):
        unmount(point)
    if os.geteuid() != 0:
        _make_removable(folder)
    shutil.rmtree(folder)


def _make_removable(folder: Path) -> None:
    """Give ourselves back the right to empty folders that a program running as ourselves has closed."""
    pending = [folder]
    while pending:
        here = pending.pop()
        here.chmod(0o700)
        with os.scandir(here) as entries:
            pending += [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]


def use_of(folder: Path, *, enough_bytes: int, enough_files: int) -> tuple[int, int]:
    """Bytes and entries below ``folder`` while a program still writes; stops counting once either is
    enough."""
    size = files = 0
    pending = [folder]
    while pending and size <= enough_bytes and files <= enough_files:
        try:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    files += 1
                    facts = entry.stat(follow_symlinks=False)
                    size += facts.st_blocks * 512
                    if stat.S_ISDIR(facts.st_mode):
                        pending.append(Path(entry.path))
                    if files > enough_files:
                        break
        except OSError:
            continue
    return size, files
