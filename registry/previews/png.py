"""A PNG from a jail is looked at chunk by chunk, so that it can be nothing else besides a picture."""

import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"
ALLOWED = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
MAX_SIDE = 1200


class NotPlainPngError(ValueError):
    """The bytes are more, or less, than a plain PNG."""


def check(data: bytes) -> tuple[int, int]:
    """Width and height of a PNG that holds pixels only (ISO/IEC 15948, clauses 5 and 11): known chunks, right
    checksums, nothing after the end, no side longer than MAX_SIDE."""
    if not data.startswith(SIGNATURE):
        raise NotPlainPngError("no signature")
    position = len(SIGNATURE)
    names: list[bytes] = []
    while position < len(data):
        if names and names[-1] == b"IEND":
            raise NotPlainPngError("something follows the end")
        name, body, position = _chunk(data, position)
        names.append(name)
        if len(names) == 1:
            size = _size(name, body)
    if not names or names[-1] != b"IEND" or b"IDAT" not in names:
        raise NotPlainPngError("incomplete")
    return size


def _chunk(data: bytes, at: int) -> tuple[bytes, bytes, int]:
    if at + 12 > len(data):
        raise NotPlainPngError("a chunk is cut off")
    (length,) = struct.unpack(">I", data[at : at + 4])
    end = at + 12 + length
    name, body = data[at + 4 : at + 8], data[at + 8 : end - 4]
    if end > len(data) or name not in ALLOWED:
        raise NotPlainPngError("a chunk that has no place here")
    if struct.unpack(">I", data[end - 4 : end])[0] != zlib.crc32(name + body):
        raise NotPlainPngError("a wrong checksum")
    return name, body, end


def _size(name: bytes, body: bytes) -> tuple[int, int]:
    if name != b"IHDR" or len(body) != 13:
        raise NotPlainPngError("no header")
    width, height = struct.unpack(">II", body[:8])
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise NotPlainPngError("too large")
    return width, height
