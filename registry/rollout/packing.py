"""A bundle: one zip whose entries are stored as they are, in a given order, written as it is read. Pure.

Nothing is held in memory but one piece of a file, and no bytes enter that are not the ones named by their digest.
"""

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cspon_node import formats

PIECE = 1 << 20
STAMP = (1980, 1, 1, 0, 0, 0)
"""One instant for all entries, so the same parts give the same bytes."""


class BadPart(ValueError):  # noqa: N818 - a refusal
    """A part that cannot be packed; the message names it and says why."""


class ChangedPart(BadPart):
    """A part whose bytes are not those of its digest."""


@dataclass(frozen=True)
class Part:
    """One entry: its name, the digest and length of its bytes, and how they are opened."""

    name: str
    sha256: str
    size: int
    open: Callable[[], BinaryIO]


def from_bytes(name: str, data: bytes) -> Part:
    """A part held in memory: metadata, statements, proofs."""
    return Part(name, hashlib.sha256(data).hexdigest(), len(data), lambda: io.BytesIO(data))


def from_file(name: str, path: Path) -> Part:
    """A part read from a file, whose digest is taken first."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Part(name, digest, path.stat().st_size, lambda: path.open("rb"))


def pack(parts: Iterable[Part], out: BinaryIO) -> None:
    """Write the bundle to a file that can seek. Refuses a name twice (or two that some file system takes for one),
    names and an order no node takes, and bytes that are not what the part says."""
    seen: set[str] = set()
    at = 0
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED, allowZip64=True, strict_timestamps=True) as made:
        for part in parts:
            at = _checked_name(part.name, at)
            if formats.folded(part.name) in seen:
                raise BadPart(f"{part.name!r} is there twice")
            seen.add(formats.folded(part.name))
            if len(seen) > formats.MAX_ENTRIES:
                raise BadPart(f"a bundle has at most {formats.MAX_ENTRIES} entries")
            info = zipfile.ZipInfo(part.name, STAMP)
            info.file_size = part.size
            info.external_attr = 0o100644 << 16
            with made.open(info, "w", force_zip64=part.size >= 1 << 31) as entry:
                for piece in _checked(part):
                    entry.write(piece)


def _checked_name(name: str, at: int) -> int:
    """The place of its folder in the order of a bundle, not before the one so far."""
    try:
        formats.check_path(name)
    except formats.BadFormat as error:
        raise BadPart(f"cannot be an entry of a bundle: {error}") from None
    place = next((n for n, folder in enumerate(formats.ORDER) if name.startswith(folder)), -1)
    if place < at:
        raise BadPart(f"{name!r}: the entries are in the order {' '.join(formats.ORDER)}")
    return place


def _checked(part: Part) -> Iterator[bytes]:
    digest, size = hashlib.sha256(), 0
    with part.open() as file:
        while piece := file.read(PIECE):
            digest.update(piece)
            size += len(piece)
            if size > part.size:
                break
            yield piece
    if size != part.size or digest.hexdigest() != part.sha256:
        raise ChangedPart(f"{part.name}: the stored bytes are not those of its digest {part.sha256}")
