"""Zips written by hand, so that any header can lie."""

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LOCAL = ("sign", "needed", "flags", "method", "time", "date", "crc", "packed", "size", "names", "extras")
CENTRAL = ("sign", "made", "needed", "flags", "method", "time", "date", "crc", "packed", "size", "names", "extras",
           "comments", "disk", "inner", "outer", "offset")  # fmt: skip


@dataclass
class Item:
    """An entry; ``local`` and ``central`` put other values into its headers."""

    name: bytes
    data: bytes
    local: dict[str, Any] = field(default_factory=dict)
    central: dict[str, Any] = field(default_factory=dict)
    before: bytes = b""


def item(name: str, data: bytes, **given: Any) -> Item:
    return Item(name.encode(), data, **given)


def zipped(
    items: Iterable[Item], *, gap: bytes = b"", comment: bytes = b"", behind: bytes = b"", **end: int
) -> bytes:
    out, directory = bytearray(), bytearray()
    count = 0
    for each in items:
        out += each.before
        facts = {
            "needed": 20, "flags": 0x800, "method": 0, "time": 0, "date": 33, "crc": zlib.crc32(each.data),
            "packed": len(each.data), "size": len(each.data), "names": len(each.name), "extras": 0, "made": 788,
            "comments": 0, "disk": 0, "inner": 0, "outer": 0o100644 << 16, "offset": len(out),
        }  # fmt: skip
        local = {"sign": b"PK\x03\x04", **facts, **each.local}
        central = {"sign": b"PK\x01\x02", **facts, **each.central}
        out += struct.pack("<4s5H3L2H", *(local[name] for name in LOCAL)) + each.name + each.data
        directory += struct.pack("<4s6H3L5H2L", *(central[name] for name in CENTRAL)) + each.name
        count += 1
    out += gap
    facts = {"count": count, "length": len(directory), "begin": len(out), **end}
    out += directory
    out += struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, facts["count"], facts["count"], facts["length"], facts["begin"],
                       len(comment))  # fmt: skip
    return bytes(out + comment + behind)


def items_of(path: Path) -> list[Item]:
    """The entries of a well-made bundle, to be changed and written again."""
    import zipfile

    with zipfile.ZipFile(path) as read:
        return [item(info.filename, read.read(info)) for info in read.infolist()]
