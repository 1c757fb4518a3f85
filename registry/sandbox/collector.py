"""Reads what a jail has left in its output: hostile names, links, devices, sizes. Only after the jail has
ended.

Every step goes through a descriptor of the folder above it and follows no link, so nothing outside the output
can be
reached, whatever lies in it.
"""

import os
import stat
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath

from portal.kit.i18n import N_
from registry.sandbox.backend import MIB
from registry.sandbox.errors import OutputRefused

_CHUNK = 1 << 20
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# O_NONBLOCK: opening a fifo must not wait for a writer that will never come.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


@dataclass(frozen=True)
class CollectLimits:
    """What an output may hold at most."""

    files: int = 2000
    total_bytes: int = 64 * MIB
    depth: int = 8
    name_bytes: int = 120


@dataclass(frozen=True)
class Collected:
    """One regular file of the output: its relative path, size in bytes and SHA-256."""

    path: str
    size: int
    sha256: str


def copy_tree(output: Path, destination: Path, limits: CollectLimits | None = None) -> list[Collected]:
    """Copy all regular files to ``destination`` (a new folder) and list them by path.

    `OutputRefused` names the first thing that does not belong in an output; ``destination`` is then
    incomplete and is
    the caller's to delete.
    """
    walk = _Walk(limits or CollectLimits())
    destination.mkdir()
    with _opened(output, None, _FOLDER) as top:
        walk.folder(top, PurePosixPath(), destination)
    return sorted(walk.found, key=lambda each: each.path)


def read_file(output: Path, relative: str, max_bytes: int) -> bytes:
    """The bytes of one file of the output; refused when it is absent, a link, no regular file, or too
    large."""
    *folders, name = PurePosixPath(relative).parts
    with _opened(output, None, _FOLDER) as top:
        return _read_below(top, folders, name, relative, max_bytes)


def _read_below(folder: int, folders: list[str], name: str, shown: str, max_bytes: int) -> bytes:
    if folders:
        with _opened(folders[0], folder, _FOLDER, shown) as below:
            return _read_below(below, folders[1:], name, shown, max_bytes)
    with _opened(name, folder, _FILE, shown) as descriptor:
        facts = _regular(descriptor, shown)
        if facts.st_size > max_bytes:
            raise OutputRefused(
                N_("%(path)s is larger than %(limit)s kB"), path=shown, limit=max_bytes // 1024
            )
        data = bytearray()
        while len(data) <= max_bytes and (block := os.read(descriptor, _CHUNK)):
            data += block
        return bytes(data)


class _Walk:
    """Counts what has been taken while it descends."""

    def __init__(self, limits: CollectLimits) -> None:
        self._limits = limits
        self._entries = 0
        self._bytes = 0
        self.found: list[Collected] = []

    def folder(self, descriptor: int, path: PurePosixPath, destination: Path) -> None:
        if len(path.parts) > self._limits.depth:
            raise OutputRefused(
                N_("The output has more than %(limit)s levels of folders"), limit=self._limits.depth
            )
        seen: set[str] = set()
        for name in self._names(descriptor, path):
            shown = path / name
            folded = unicodedata.normalize("NFC", name).casefold()
            if folded in seen:
                raise OutputRefused(
                    N_("Two names in the output differ only in case or form: %(path)s"), path=shown
                )
            seen.add(folded)
            facts = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
            if stat.S_ISDIR(facts.st_mode):
                with _opened(name, descriptor, _FOLDER, str(shown)) as below:
                    (destination / name).mkdir()
                    self.folder(below, shown, destination / name)
            else:
                with _opened(name, descriptor, _FILE, str(shown)) as source:
                    self._file(source, str(shown), destination / name)

    def _names(self, descriptor: int, path: PurePosixPath) -> list[str]:
        """The names of a folder, counted while they are read: a folder may hold more than fit in memory."""
        names = []
        with os.scandir(descriptor) as entries:
            for entry in entries:
                self._entries += 1
                if self._entries > self._limits.files:
                    raise OutputRefused(
                        N_("The output has more than %(limit)s entries"), limit=self._limits.files
                    )
                names.append(self._plain(entry.name, path))
        return sorted(names)

    def _plain(self, name: str, path: PurePosixPath) -> str:
        shown = (
            (str(path / name)).encode("utf-8", "backslashreplace").decode("ascii", "backslashreplace")[:200]
        )
        try:
            size = len(name.encode("utf-8"))
        except UnicodeEncodeError as error:
            raise OutputRefused(N_("A name in the output is not UTF-8: %(path)s"), path=shown) from error
        if size > self._limits.name_bytes:
            raise OutputRefused(
                N_("A name in the output is longer than %(limit)s bytes: %(path)s"),
                limit=self._limits.name_bytes,
                path=shown,
            )
        if "\\" in name or any(unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") for c in name):
            raise OutputRefused(N_("A name in the output holds a forbidden character: %(path)s"), path=shown)
        return name

    def _file(self, source: int, shown: str, target: Path) -> None:
        facts = _regular(source, shown)
        if facts.st_size > self._limits.total_bytes - self._bytes:
            raise self._too_large()
        digest, size = sha256(), 0
        with target.open("xb") as copy:
            while block := os.read(source, _CHUNK):
                size += len(block)
                self._bytes += len(block)
                if self._bytes > self._limits.total_bytes:
                    raise self._too_large()
                digest.update(block)
                copy.write(block)
        self.found.append(Collected(shown, size, digest.hexdigest()))

    def _too_large(self) -> OutputRefused:
        return OutputRefused(
            N_("The output is larger than %(limit)s MB"), limit=self._limits.total_bytes // MIB
        )


@contextmanager
def _opened(name: str | Path, folder: int | None, flags: int, shown: str = "/output") -> Iterator[int]:
    if name == "..":
        raise OutputRefused(N_("%(path)s is no file of the output"), path=shown)
    try:
        descriptor = os.open(name, flags, dir_fd=folder)
    except FileNotFoundError as error:
        raise OutputRefused(N_("The output has no %(path)s"), path=shown) from error
    except OSError as error:  # a link (ELOOP), a socket (ENXIO), a file in place of a folder, a closed folder
        raise OutputRefused(
            N_("%(path)s is a link or a special file, or closed; an output holds plain files only"),
            path=shown,
        ) from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _regular(descriptor: int, shown: str) -> os.stat_result:
    facts = os.fstat(descriptor)
    if not stat.S_ISREG(facts.st_mode) or facts.st_nlink != 1:
        raise OutputRefused(
            N_("%(path)s is a link or a special file, or closed; an output holds plain files only"),
            path=shown,
        )
    return facts
