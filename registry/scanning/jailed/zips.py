"""Zip members, read by hand: the standard reader trusts the sizes that the archive states about itself."""

import bz2
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Protocol

from .budget import Tree
from .names import ArchiveError, choose_encoding, printable

CHUNK = 256 * 1024
UTF8_FLAG = 0x800
ENCRYPTED_FLAGS = 0x1 | 0x40 | 0x2000
SIZES_FOLLOW_FLAG = 0x8
LOCAL_HEADER = struct.Struct("<4s5H3I2H")
UNICODE_PATH_FIELD = 0x7075


class Inflater(Protocol):
    """The part of zlib's and bz2's decompressors that is used here."""

    @property
    def eof(self) -> bool:
        """True at the end of the compressed data."""

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """At most `max_length` bytes more."""


def unpack_zip(archive: Path, tree: Tree) -> list[str]:
    """Write every member into the tree; returns the codes of notes to show. ArchiveError on the first broken
    rule."""
    with archive.open("rb") as source:
        try:
            members = zipfile.ZipFile(source).infolist()
        except (zipfile.BadZipFile, struct.error, ValueError, NotImplementedError) as error:
            raise ArchiveError("archive.broken", f"not a readable zip: {error}"[:200]) from error
        if len(members) > tree.budget.limits.max_entries:
            raise ArchiveError("archive.too_many_entries", f"{len(members)} entries")
        _check_layout(members, archive.stat().st_size)
        encoding = choose_encoding(
            _raw_name(member) for member in members if not member.flag_bits & UTF8_FLAG
        )
        for member in members:
            _unpack_member(source, member, _name(member, encoding), tree)
    return {"gb18030": ["archive.names_gbk"], "cp437": ["archive.names_cp437"]}.get(encoding, [])


def _raw_name(member: zipfile.ZipInfo) -> bytes:
    encoding = "utf-8" if member.flag_bits & UTF8_FLAG else "cp437"
    return member.orig_filename.encode(encoding, "surrogateescape")


def _name(member: zipfile.ZipInfo, encoding: str) -> str:
    raw = _raw_name(member)
    if member.flag_bits & UTF8_FLAG:
        return member.orig_filename
    return _unicode_path(member.extra, raw) or raw.decode(encoding)


def _unicode_path(extra: bytes, raw: bytes) -> str | None:
    """Info-ZIP's Unicode path field (APPNOTE 4.6.9), used only when its CRC matches the plain name."""
    while len(extra) >= 4:
        tag, size = struct.unpack_from("<HH", extra)
        body, extra = extra[4 : 4 + size], extra[4 + size :]
        current = tag == UNICODE_PATH_FIELD and body[:5] == b"\x01" + zlib.crc32(raw).to_bytes(4, "little")
        if current and len(body) > 5:
            try:
                return body[5:].decode("utf-8")
            except UnicodeDecodeError:
                return None
    return None


def _check_layout(members: list[zipfile.ZipInfo], size: int) -> None:
    """Members must start at byte 0 and must not share bytes (prepended programs, overlapping bombs)."""
    ordered = sorted(members, key=lambda member: member.header_offset)
    if not ordered:
        return
    if ordered[0].header_offset != 0:
        raise ArchiveError("archive.polyglot", "the zip does not start with its first member")
    ends = [member.header_offset for member in ordered[1:]] + [size]
    for member, end in zip(ordered, ends, strict=True):
        least = member.header_offset + LOCAL_HEADER.size + len(_raw_name(member)) + member.compress_size
        if least > end:
            raise ArchiveError("archive.overlap", "members share bytes", printable(member.orig_filename))


def _unpack_member(source: IO[bytes], member: zipfile.ZipInfo, name: str, tree: Tree) -> None:
    shown = printable(name)
    folder = name.endswith("/")
    _check_kind(member, shown, folder=folder)
    path = tree.admit(name, folder=folder)
    if path is None or folder:
        return
    crc = 0

    def checked() -> Iterator[bytes]:
        nonlocal crc
        size = 0
        for chunk in _contents(source, member, shown):
            size += len(chunk)
            if size > member.file_size:
                raise ArchiveError("archive.lying_size", "more bytes than the archive states", shown)
            crc = zlib.crc32(chunk, crc)
            yield chunk

    if tree.write(path, checked()) != member.file_size:
        raise ArchiveError("archive.lying_size", "fewer bytes than the archive states", shown)
    if crc != member.CRC:
        raise ArchiveError("archive.checksum", "checksum does not match", shown)


def _check_kind(member: zipfile.ZipInfo, shown: str, *, folder: bool) -> None:
    if member.flag_bits & ENCRYPTED_FLAGS:
        raise ArchiveError("archive.encrypted", "encrypted member", shown)
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind == stat.S_IFLNK:
        raise ArchiveError("archive.link", "symbolic link", shown)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise ArchiveError("archive.special_file", "device, pipe or socket", shown)
    if folder and member.file_size:
        raise ArchiveError("archive.lying_size", "a folder with contents", shown)


def _inflater(method: int, shown: str) -> Inflater | None:
    if method == zipfile.ZIP_STORED:
        return None
    if method == zipfile.ZIP_DEFLATED:
        return zlib.decompressobj(-zlib.MAX_WBITS)
    if method == zipfile.ZIP_BZIP2:
        return bz2.BZ2Decompressor()
    raise ArchiveError("archive.compression", f"compression method {method}", shown)


def _contents(source: IO[bytes], member: zipfile.ZipInfo, shown: str) -> Iterator[bytes]:
    """The unpacked bytes of one member, at most CHUNK at a time whatever the archive claims."""
    _seek_to_data(source, member, shown)
    inflater = _inflater(member.compress_type, shown)
    left = member.compress_size
    try:
        while left > 0:
            block = source.read(min(CHUNK, left))
            if not block:
                raise ArchiveError("archive.broken", "the archive ends too early", shown)
            left -= len(block)
            yield from _inflate(inflater, block) if inflater else (block,)
    except (zlib.error, OSError, EOFError) as error:
        raise ArchiveError("archive.broken", f"damaged data: {error}"[:200], shown) from error
    if inflater and not inflater.eof:
        raise ArchiveError("archive.broken", "the compressed data has no end", shown)


def _inflate(inflater: Inflater, block: bytes) -> Iterator[bytes]:
    while block and not inflater.eof:
        chunk = inflater.decompress(block, CHUNK)
        block = getattr(inflater, "unconsumed_tail", b"")
        if chunk:
            yield chunk
        if not block and not chunk:
            return
        if not hasattr(inflater, "unconsumed_tail"):
            yield from _drain(inflater)


def _drain(inflater: Inflater) -> Iterator[bytes]:
    """bz2 keeps its unread input inside: ask with nothing until it needs more."""
    while not inflater.eof and not getattr(inflater, "needs_input", True):
        yield inflater.decompress(b"", CHUNK)


def _seek_to_data(source: IO[bytes], member: zipfile.ZipInfo, shown: str) -> None:
    """Go to the first data byte; ArchiveError when the local header contradicts the directory at the end."""
    source.seek(member.header_offset)
    header = source.read(LOCAL_HEADER.size)
    if len(header) != LOCAL_HEADER.size or header[:4] != b"PK\x03\x04":
        raise ArchiveError("archive.broken", "local header missing", shown)
    _, _, flags, method, _, _, _, _, size, name_length, extra_length = LOCAL_HEADER.unpack(header)
    if source.read(name_length) != _raw_name(member) or method != member.compress_type:
        raise ArchiveError("archive.broken", "local header and directory differ", shown)
    if flags & ENCRYPTED_FLAGS:
        raise ArchiveError("archive.encrypted", "encrypted member", shown)
    if not flags & SIZES_FOLLOW_FLAG and size not in (member.file_size, 0xFFFFFFFF):
        raise ArchiveError("archive.lying_size", "two different sizes are stated", shown)
    source.seek(extra_length, 1)
