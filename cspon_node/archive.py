"""A bundle's zip, read by one narrow form only: what two readers could read in two ways is refused.

Nothing is unpacked by name, decompressed or guessed. Every byte of the file belongs to a header or to an entry.
"""

import os
import stat
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from cspon_node.formats import MAX_ENTRIES, MAX_ROOTS, BadFormat, check_path, folded, shown
from cspon_node.refusals import Refusal, disk

_END, _END64, _PLACE64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_UTF8, _DOS_FOLDER, _FULL = 0x800, 0x10, 0xFFFFFFFF
_NEEDED = frozenset({20, 45})
_MADE = frozenset(system << 8 | version for system in (0, 3) for version in (20, 45))
_MODES = frozenset({0, 0o100644 << 16, 0o100600 << 16})
MOST = MAX_ENTRIES + MAX_ROOTS + 16
MAX_DIRECTORY = 64 << 20
CHUNK = 1 << 20


@dataclass(frozen=True)
class Member:
    """An entry: its bytes lie at ``begin`` in the file."""

    name: str
    size: int
    begin: int


@dataclass(frozen=True)
class _Header:
    """An entry as the central directory describes it."""

    raw: bytes
    name: str
    same: tuple[int, ...]
    """Flags, method, time, date and CRC, as in both headers. (The version needed may differ: zip64.)"""
    size: int
    offset: int


class Archive:
    """An opened bundle. Opening reads the headers only; ``read`` and ``chunks`` read entries, by position."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = _opened(path)
        try:
            self.size = os.fstat(self._file).st_size
            self.members = {each.name: each for each in self._members()}
        except BaseException:
            os.close(self._file)
            raise

    def __enter__(self) -> "Archive":
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        os.close(self._file)

    def read(self, name: str, limit: int) -> bytes:
        """The whole entry; refused above ``limit`` bytes before anything of it is read. `KeyError` when absent."""
        member = self.members[name]
        if member.size > limit:
            raise Refusal("too-large", name=name, size=member.size)
        return self._at(member.begin, member.size)

    def chunks(self, member: Member, buffer: memoryview) -> Iterator[memoryview]:
        """The entry's bytes in pieces of ``buffer``, which is used again for each."""
        at, end = member.begin, member.begin + member.size
        while at < end:
            count = os.preadv(self._file, [buffer[: min(len(buffer), end - at)]], at)
            if count == 0:
                raise Refusal("truncated", why=shown(member.name))
            at += count
            yield buffer[:count]

    def _at(self, begin: int, count: int) -> bytes:
        data = bytearray()
        while len(data) < count and (piece := os.pread(self._file, count - len(data), begin + len(data))):
            data += piece
        if len(data) < count:
            raise Refusal("truncated", why=f"{begin + count} > {self.size}")
        return bytes(data)

    # --- headers ---------------------------------------------------------------------------------------------------

    def _members(self) -> Iterator[Member]:
        begin, length, count = self._directory()
        if count > MOST:
            raise Refusal("too-many", count=count)
        if length > MAX_DIRECTORY:
            raise Refusal("too-large", name="central directory", size=length)
        headers = list(_central(self._at(begin, length), count))
        _distinct(headers)
        at = 0
        for header in headers:
            member = self._local(header, at)
            at = member.begin + member.size
            if at > begin:
                raise Refusal("lying-sizes", name=shown(header.name))
            yield member
        if at != begin:
            raise Refusal("hidden-bytes", why=f"{at} != {begin}")

    def _directory(self) -> tuple[int, int, int]:
        """Where the central directory begins, how long it is, and how many entries it has."""
        if self.size < 22:
            raise Refusal("not-a-bundle", why=f"{self.size} bytes")
        tail = self._at(self.size - 22, 22)
        if tail[:4] != _END:
            first = self._at(0, 4)
            raise Refusal("truncated" if first == b"PK\x03\x04" else "not-a-bundle", why="no end record")
        disk, start, here, count, length, begin, comment = struct.unpack("<4H2LH", tail[4:])
        if comment or disk or start or here != count:
            raise Refusal("not-a-bundle", why="comment or several volumes")
        end = self.size - 22
        if end >= 76 and self._at(end - 20, 4) == _PLACE64:
            begin, length, count = self._directory64(end - 76, end - 20)
            end -= 76
        if begin + length != end:
            raise Refusal(
                "hidden-bytes" if begin + length < end else "truncated", why=f"{begin + length} != {end}"
            )
        return begin, length, count

    def _directory64(self, record: int, locator: int) -> tuple[int, int, int]:
        disk, place, disks = struct.unpack("<LQL", self._at(locator + 4, 16))
        head = struct.unpack("<4sQ2H2L4Q", self._at(record, 56))
        sign, size, _made, _needed, number, start, here, count, length, begin = head
        if (
            (disk, place, disks) != (0, record, 1)
            or (sign, size) != (_END64, 44)
            or number
            or start
            or here != count
        ):
            raise Refusal("not-a-bundle", why="zip64")
        return begin, length, count

    def _local(self, header: _Header, at: int) -> Member:
        if header.offset != at:
            raise Refusal("hidden-bytes", why=f"{header.offset} != {at}, {shown(header.name)}")
        if at + _LOCAL.size > self.size:
            raise Refusal("truncated", why=shown(header.name))
        sign, needed, *same, packed, size, names, extras = _LOCAL.unpack(self._at(at, _LOCAL.size))
        rest = self._at(at + _LOCAL.size, names + extras)
        (size, packed), left = _wide(rest[names:], [size, packed])
        agree = (sign, tuple(same), rest[:names]) == (b"PK\x03\x04", header.same, header.raw)
        if not agree or needed not in _NEEDED or left or (size, packed) != (header.size, header.size):
            raise Refusal("lying-sizes", name=shown(header.name))
        return Member(header.name, size, at + _LOCAL.size + names + extras)


def _opened(path: Path) -> int:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise disk(path, error) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Refusal("not-a-bundle", why="not a plain file")
    return descriptor


def _central(data: bytes, count: int) -> Iterator[_Header]:
    at = 0
    for _n in range(count):
        if at + _CENTRAL.size > len(data):
            raise Refusal("truncated", why="central directory")
        (sign, made, needed, flags, method, time, date, crc, packed, size, names, extras, comments, disk, inner,
         outer, offset) = _CENTRAL.unpack_from(data, at)  # fmt: skip
        at += _CENTRAL.size
        raw, extra = data[at : at + names], data[at + names : at + names + extras]
        at += names + extras
        if sign != b"PK\x01\x02" or comments or disk or inner or len(raw) < names or len(extra) < extras:
            raise Refusal("not-a-bundle", why="central directory")
        name = _name(raw, flags)
        if method or flags & ~_UTF8:
            raise Refusal("compressed", name=shown(name))
        if outer & _DOS_FOLDER or stat.S_IFMT(outer >> 16) not in (0, stat.S_IFREG):
            raise Refusal("link", name=shown(name))
        if made not in _MADE or needed not in _NEEDED or outer not in _MODES:
            raise Refusal("not-a-bundle", why=f"{shown(name)}: {made:x} {needed} {outer:x}")
        (size, packed, offset), left = _wide(extra, [size, packed, offset])
        if left or size != packed:
            raise Refusal("lying-sizes", name=shown(name))
        yield _Header(raw, name, (flags, method, time, date, crc), size, offset)
    if at != len(data):
        raise Refusal("hidden-bytes", why="central directory")


def _name(raw: bytes, flags: int) -> str:
    try:
        return check_path(raw.decode("utf-8" if flags & _UTF8 else "ascii"))
    except UnicodeDecodeError:
        raise Refusal("bad-name", why=shown(raw.decode("utf-8", "backslashreplace"))) from None
    except BadFormat as error:
        raise Refusal("bad-name", why=error) from None


def _wide(extra: bytes, values: list[int]) -> tuple[list[int], bool]:
    """The values with those that are full replaced from the zip64 field; whether anything else is left in ``extra``."""
    wanted = [n for n, value in enumerate(values) if value == _FULL]
    if not wanted:
        return values, bool(extra)
    if len(extra) != 4 + 8 * len(wanted) or struct.unpack_from("<2H", extra) != (1, 8 * len(wanted)):
        return values, True
    for n, value in zip(wanted, struct.unpack_from(f"<{len(wanted)}Q", extra, 4), strict=True):
        values[n] = value
    return values, False


def _distinct(headers: list[_Header]) -> None:
    seen: set[str] = set()
    for header in headers:
        key = folded(header.name)
        # A file where another entry needs a folder cannot be kept either.
        if key in seen:
            raise Refusal("twice", name=shown(header.name))
        seen.add(key)
    for header in headers:
        parts = folded(header.name).split("/")
        if any("/".join(parts[:n]) in seen for n in range(1, len(parts))):
            raise Refusal("twice", name=shown(header.name))
