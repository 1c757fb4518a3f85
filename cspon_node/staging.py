"""Where a bundle's files lie while they are verified: a folder of our own that nothing else reads."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cspon_node.durable import sync_folder, write_bytes
from cspon_node.formats import Entry, Manifest
from cspon_node.refusals import Refusal, disk

MARGIN = 64 << 20
MANIFEST_FILE = "manifest.json"


@dataclass
class Staging:
    """Takes the files of a bundle as they are verified (`verifying.Sink`)."""

    home: Path
    folder: Path
    _made: set[Path] = field(default_factory=set)
    _file: int = -1

    def expect(self, manifest: Manifest) -> None:
        """Refuse early what the disk has no room for."""
        needed = sum(each.size for each in manifest.files) + MARGIN
        free = shutil.disk_usage(self.home).free
        if free < needed:
            raise Refusal("no-room", home=self.home, needed=(needed >> 20) + 1, free=free >> 20)
        self.folder.mkdir(mode=0o700)

    def begin(self, entry: Entry) -> None:
        """A new file; its folders are ours and hold no links, so it cannot lie anywhere else."""
        path = self.folder / entry.path
        self._folders(path.parent)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        self._file = self._guarded(lambda: os.open(path, flags, 0o600))

    def write(self, chunk: memoryview) -> None:
        """The bytes, wholly."""
        while chunk:
            count = self._guarded(lambda rest=chunk: os.write(self._file, rest))  # type: ignore[misc]
            chunk = chunk[count:]

    def end(self) -> None:
        """On the disk."""
        self._guarded(lambda: os.fsync(self._file))
        self.close()

    def close(self) -> None:
        """Let go of the file under way, if any."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def finish(self, manifest: bytes) -> None:
        """The manifest beside the files, and every folder on the disk."""
        write_bytes(self.folder / MANIFEST_FILE, manifest)
        for folder in sorted({self.folder, *self._made}, reverse=True):
            sync_folder(folder)

    def _folders(self, folder: Path) -> None:
        for each in reversed([folder, *folder.parents]):
            if each not in self._made and each != self.folder and each.is_relative_to(self.folder):
                self._guarded(lambda path=each: path.mkdir(mode=0o700))  # type: ignore[misc]
                self._made.add(each)

    def _guarded(self, call: Callable[[], int | None]) -> int:
        try:
            return call() or 0
        except OSError as error:
            raise disk(self.folder, error) from error
