"""A packed bundle under the metadata that is served now, without writing it again.

A node that has seen newer metadata refuses a bundle with older ones (that is what it keeps them for), and metadata is
signed anew every day. Only the first entries of the zip hold metadata; what follows is sent as it lies in the store,
and the directory at the end is made for it. The same bundle under the same metadata is the same bytes.
"""

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from cspon_node import formats
from portal.kit.storage import get_store

LIMIT = 0x7FFFFFFF
"""Above it the zip says sizes and places in 64 bits, as ``packing`` does."""
FULL, FULL16 = 0xFFFFFFFF, 0xFFFF
UTF8 = 0x800
DAY = 1 << 5 | 1
"""1 January 1980, the instant of all entries."""
MODE = 0o100644 << 16
FRONT = (formats.METADATA_DIR, formats.TARGETS_DIR)
_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")


@dataclass(frozen=True)
class _Entry:
    """What the directory says of an entry."""

    name: str
    crc: int
    size: int
    offset: int


@dataclass(frozen=True)
class _Packed:
    """A stored zip: what lies between its metadata and its directory."""

    begin: int
    end: int
    entries: tuple[_Entry, ...]


@dataclass(frozen=True)
class Composed:
    """``head``, then the stored zip's bytes from ``begin`` to ``end``, then ``tail``."""

    head: bytes
    sha256: str
    begin: int
    end: int
    tail: bytes

    @property
    def size(self) -> int:
        """Bytes in all."""
        return len(self.head) + self.end - self.begin + len(self.tail)

    @property
    def etag(self) -> str:
        """The same for the same bytes."""
        made = hashlib.sha256(self.sha256.encode() + hashlib.sha256(self.head).digest())
        return f'"{made.hexdigest()}"'

    def span(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes from ``start`` up to and without ``end``."""
        middle = len(self.head) + self.end - self.begin
        if start < len(self.head):
            yield self.head[start:end]
        low, high = max(start, len(self.head)), min(end, middle)
        if low < high:
            shift = self.begin - len(self.head)
            yield from get_store().span(self.sha256, low + shift, high + shift)
        if end > middle:
            yield self.tail[max(0, start - middle) : end - middle]


def compose(sha256: str, size: int, front: Sequence[tuple[str, bytes]]) -> Composed:
    """The stored zip with these entries in the place of its metadata and targets. ``front`` is in its order."""
    packed = _packed(sha256, size)
    head = bytearray()
    entries = []
    for name, data in front:
        crc = zlib.crc32(data)
        entries.append(_Entry(name, crc, len(data), len(head)))
        head += _local(name, crc, len(data)) + data
    shift = len(head) - packed.begin
    entries += [_Entry(each.name, each.crc, each.size, each.offset + shift) for each in packed.entries]
    directory = b"".join(map(_central, entries))
    begin = len(head) + packed.end - packed.begin
    tail = directory + _end(begin, len(directory), len(entries))
    return Composed(bytes(head), sha256, packed.begin, packed.end, tail)


class _Ranged(io.RawIOBase):
    """A stored file that can be sought in, whatever keeps it."""

    def __init__(self, sha256: str, size: int) -> None:
        self._sha256, self._size, self._at = sha256, size, 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = max(0, offset + (0, self._at, self._size)[whence])
        return self._at

    def read(self, size: int = -1) -> bytes:
        end = self._size if size < 0 else min(self._size, self._at + size)
        data = b"".join(get_store().span(self._sha256, self._at, end)) if end > self._at else b""
        self._at += len(data)
        return data


@lru_cache(maxsize=256)
def _packed(sha256: str, size: int) -> _Packed:
    """Read from the zip's directory; a digest never means other bytes."""
    with zipfile.ZipFile(_Ranged(sha256, size)) as archive:
        rows = sorted(archive.infolist(), key=lambda each: each.header_offset)
    kept = [each for each in rows if not each.filename.startswith(FRONT)]
    if not kept:
        raise ValueError(f"{sha256} is no bundle")
    last = kept[-1]
    (header,) = [b"".join(get_store().span(sha256, last.header_offset, last.header_offset + _LOCAL.size))]
    *_rest, names, extras = _LOCAL.unpack(header)
    end = last.header_offset + _LOCAL.size + names + extras + last.file_size
    entries = tuple(_Entry(each.filename, each.CRC, each.file_size, each.header_offset) for each in kept)
    return _Packed(kept[0].header_offset, end, entries)


def _flags(name: str) -> int:
    return 0 if name.isascii() else UTF8


def _local(name: str, crc: int, size: int) -> bytes:
    """Only what is small stands in front, so sizes fit."""
    raw = name.encode()
    return _LOCAL.pack(b"PK\x03\x04", 20, _flags(name), 0, 0, DAY, crc, size, size, len(raw), 0) + raw


def _central(entry: _Entry) -> bytes:
    raw = entry.name.encode()
    wide = [entry.size, entry.size] if entry.size > LIMIT else []
    size = FULL if wide else entry.size
    offset = entry.offset
    if offset > LIMIT:
        wide, offset = [*wide, offset], FULL
    extra = struct.pack(f"<2H{len(wide)}Q", 1, 8 * len(wide), *wide) if wide else b""
    version = 45 if wide else 20
    return (
        _CENTRAL.pack(
            b"PK\x01\x02", 3 << 8 | version, version, _flags(entry.name), 0, 0, DAY, entry.crc, size, size,
            len(raw), len(extra), 0, 0, 0, MODE, offset,
        )
        + raw
        + extra
    )  # fmt: skip


def _end(begin: int, length: int, count: int) -> bytes:
    wide = b""
    if count > FULL16 or begin > LIMIT or length > LIMIT:
        wide = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, length, begin)
        wide += struct.pack("<4sLQL", b"PK\x06\x07", 0, begin + length, 1)
    small, low, place = min(count, FULL16), min(length, FULL), min(begin, FULL) if not wide else FULL
    return wide + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, small, small, low, place, 0)
