"""Tar members (plain, gzip, bzip2, xz), read as a stream with hard counts."""

import bz2
import gzip
import lzma
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from .budget import MIB, Budget, Tree
from .names import ArchiveError, printable

CHUNK = 256 * 1024
MAX_HEADER_BYTES = MIB
HEADER_TYPES = (b"L", b"K", b"x", b"g", b"X")
DAMAGE = (tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError)


class BoundedTarInfo(tarfile.TarInfo):
    """Refuses extended headers (long names, pax) that would be read into memory as a whole."""

    def _proc_member(self, tar: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type in HEADER_TYPES and self.size > MAX_HEADER_BYTES:
            raise ArchiveError("archive.broken", "oversized header")
        return cast(tarfile.TarInfo, super()._proc_member(tar))  # type: ignore[misc]


class CountedStream:
    """The decompressed stream; ends the read when far more comes out than any tree within limits could
    need."""

    def __init__(self, source: IO[bytes], budget: Budget) -> None:
        self._source = source
        self._left = budget.limits.max_bytes + budget.limits.max_entries * 4 * 1024 + 4 * MIB

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes; ArchiveError past the allowance."""
        chunk = self._source.read(min(size, CHUNK) if size >= 0 else CHUNK)
        self._left -= len(chunk)
        if self._left < 0:
            raise ArchiveError("archive.too_large", "the stream inside is too long")
        return chunk


def unpack_tar(archive: Path, tree: Tree, compression: str | None) -> list[str]:
    """Write every member into the tree; returns the codes of notes to show. ArchiveError on the first broken
    rule."""
    notes: set[str] = set()
    try:
        with _open(archive, compression) as source:
            stream = CountedStream(source, tree.budget)
            with tarfile.open(fileobj=cast(IO[bytes], stream), mode="r|", tarinfo=BoundedTarInfo) as tar:
                for member in tar:
                    _unpack_member(tar, member, tree, notes)
            while stream.read(CHUNK):  # to the end, so that the checksum of gzip and xz is verified
                pass
    except DAMAGE as error:
        raise ArchiveError("archive.broken", f"damaged archive: {error}"[:200]) from error
    return sorted(notes)


def _unpack_member(tar: tarfile.TarFile, member: tarfile.TarInfo, tree: Tree, notes: set[str]) -> None:
    name = _decode(member.name, notes)
    shown = printable(name)
    if member.issym() or member.islnk():
        raise ArchiveError("archive.link", "link", shown)
    if not (member.isreg() or member.isdir()) or member.sparse is not None:
        raise ArchiveError("archive.special_file", "device, pipe or sparse file", shown)
    if member.isdir() and name.strip("/") in ("", "."):
        return
    path = tree.admit(name, folder=member.isdir())
    if path is None or member.isdir():
        return
    contents = tar.extractfile(member)
    if contents is None or tree.write(path, _chunks(contents)) != member.size:
        raise ArchiveError("archive.lying_size", "fewer bytes than the archive states", shown)


def _open(archive: Path, compression: str | None) -> IO[bytes]:
    if compression == "gzip":
        return cast(IO[bytes], gzip.open(archive))
    if compression == "bzip2":
        return cast(IO[bytes], bz2.open(archive))
    return cast(IO[bytes], lzma.open(archive)) if compression == "xz" else archive.open("rb")


def _chunks(contents: IO[bytes]) -> Iterator[bytes]:
    while chunk := contents.read(CHUNK):
        yield chunk


def _decode(name: str, notes: set[str]) -> str:
    """tarfile hands over bytes that are not UTF-8 as surrogates; old Chinese tools wrote GBK there."""
    raw = name.encode("utf-8", "surrogateescape")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        decoded = raw.decode("gb18030")
    except UnicodeDecodeError as error:
        raise ArchiveError("archive.bad_name", "name in an unknown encoding", printable(name)) from error
    notes.add("archive.names_gbk")
    return decoded
