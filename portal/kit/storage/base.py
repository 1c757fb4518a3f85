"""What every store promises, and the spool through which files come in."""

import datetime as dt
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from portal.kit.errors import TooLarge
from portal.kit.i18n import _

BLOCK = 1024 * 1024
new_hash = hashlib.sha256
"""How a spool hashes; the benchmark puts a hash that does nothing here, to see what hashing costs."""
UPLOAD = "upload-"
"""How the name of a file begins that is put together from parts; everything else in ``incoming`` is a spool."""


@dataclass(frozen=True, slots=True)
class Blob:
    """A stored file: its SHA-256 (hex) and its size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Found:
    """Something that lies in a store: its name there, its size in bytes, and since when it is as it is."""

    name: str
    size: int
    since: dt.datetime


class Store(Protocol):
    """What the portal asks of a store. A digest that is absent raises ``FileNotFoundError``, also when read.

    Memory stays bounded whatever the size of a file: bytes pass in blocks of at most 1 MiB.
    """

    incoming: Path
    """Where files being received are spooled, so that taking them over is a rename where it can be."""
    mends: bool
    """Whether a part that turns out damaged can be sent again after ``assembled``."""

    def put(self, chunks: Iterable[bytes], *, limit: int | None = None) -> Blob:
        """Store a file; the same content twice is one file. More than ``limit`` bytes: ``TooLarge``, nothing kept."""

    def adopt(self, path: Path, blob: Blob) -> None:
        """Take over a finished local file whose digest is known; ``path`` is gone afterwards."""

    def open(self, sha256: str) -> BinaryIO:
        """A readable binary stream of the file."""

    def span(self, sha256: str, start: int, end: int) -> Iterator[bytes]:
        """The bytes from ``start`` up to and without ``end``, and no byte before them is fetched."""

    def size(self, sha256: str) -> int:
        """Bytes of the file."""

    def exists(self, sha256: str) -> bool:
        """Whether the file is there."""

    def fetch(self, sha256: str, target: Path) -> None:
        """Put the file at ``target`` (a hard link where possible: read-only use)."""

    def check(self) -> None:
        """Raise ``Unavailable`` or ``OSError`` when files could not be written now."""

    # -- keeping house ------------------------------------------------------------------------------------------------

    def files(self) -> Iterator[Found]:
        """Every stored file, named by its digest, in no order."""

    def remove(self, sha256: str) -> None:
        """Delete the file; one that is absent is no error."""

    def leftovers(self) -> Iterator[Found]:
        """What is still being received, or was when a process died; named as ``drop`` and handles name it."""

    def drop(self, name: str) -> None:
        """Delete such a leftover; one that is absent is no error."""

    # -- a file in parts ----------------------------------------------------------------------------------------------

    def begin(self) -> str:
        """Begin a file that comes in parts. The handle's text before the first ``:`` is its leftover's name."""

    def take_part(self, handle: str, number: int, offset: int, path: Path) -> None:
        """Put the local file ``path`` in as part ``number`` (from 0), whose first byte is at ``offset``.

        The same part again replaces it. Nothing is promised of its durability: ``assembled`` reads it back.
        """

    def part_size(self, handle: str, number: int) -> int | None:
        """Bytes of a part that was sent past the portal; None where the store has none, or takes none that way."""

    def assembled(self, handle: str) -> Iterator[bytes]:
        """The whole file as it lies in the store, for hashing. No part can be added afterwards where parts are S3's."""

    def keep(self, handle: str, blob: Blob) -> None:
        """The assembled file is this content: durable and under its digest from now on."""

    def abandon(self, handle: str) -> None:
        """Throw the parts away; harmless after ``keep``, and twice."""

    # -- past the portal ----------------------------------------------------------------------------------------------

    def part_address(self, handle: str, number: int, seconds: int) -> str | None:
        """Where a client may PUT a part itself for so long; None where all bytes go through the portal."""

    def file_address(self, sha256: str, disposition: str, seconds: int) -> str | None:
        """Where a client may GET the file itself for so long; None where all bytes go through the portal."""


class Spool:
    """A file being received: hashed while it is written, so that its bytes are touched once."""

    def __init__(self, folder: Path, limit: int | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder, prefix="incoming-")
        self.path = Path(name)
        self._file = os.fdopen(handle, "wb", buffering=BLOCK)
        self._hash = new_hash()
        self._limit = limit
        self.size = 0

    def write(self, chunk: bytes) -> None:
        """Append; refuses what goes past the limit."""
        self.size += len(chunk)
        if self._limit is not None and self.size > self._limit:
            raise TooLarge(_("The file is larger than %(mb)s MiB.", mb=self._limit // 2**20))
        self._hash.update(chunk)
        self._file.write(chunk)

    def finish(self, *, durable: bool = True) -> Blob:
        """Name the bytes and, where they shall be kept as they are, make them durable."""
        self._file.flush()
        if durable:
            os.fsync(self._file.fileno())
            os.fchmod(self._file.fileno(), 0o444)
        self._file.close()
        return Blob(self._hash.hexdigest(), self.size)

    def drop(self) -> None:
        """Forget it all; harmless after ``finish`` and adoption."""
        self._file.close()
        self.path.unlink(missing_ok=True)


@contextmanager
def spool(folder: Path, limit: int | None = None) -> Iterator[Spool]:
    """A spool that leaves nothing behind, whatever happens."""
    receiving = Spool(folder, limit)
    try:
        yield receiving
    finally:
        receiving.drop()


def receive(store: Store, chunks: Iterable[bytes], limit: int | None) -> Blob:
    """Spool to disk first, because the digest is the name; then hand over."""
    with spool(store.incoming, limit) as receiving:
        for chunk in chunks:
            receiving.write(chunk)
        blob = receiving.finish()
        store.adopt(receiving.path, blob)
    return blob


def blocks(file: BinaryIO, left: int | None = None) -> Iterator[bytes]:
    """The rest of an open file in blocks, or its next ``left`` bytes."""
    while (left is None or left > 0) and (block := file.read(BLOCK if left is None else min(BLOCK, left))):
        if left is not None:
            left -= len(block)
        yield block


def local_leftovers(folder: Path) -> Iterator[Found]:
    """The files of a spool folder."""
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        try:
            facts = path.stat()
        except FileNotFoundError:  # finished in this moment
            continue
        yield Found(path.name, facts.st_size, dt.datetime.fromtimestamp(facts.st_mtime, dt.UTC))
