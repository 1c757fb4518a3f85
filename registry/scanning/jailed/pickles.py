"""Pickle-bearing files: never loaded, only disassembled by picklescan and fickling, and trusted only if both
say safe."""

import bz2
import gzip
import importlib
import importlib.metadata
import io
import lzma
import pickletools
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from .hits import Hits
from .pickletext import looks_like_pickle

MAX_STREAM = 256 * 1024 * 1024
MAX_MEMBERS = 20_000
# fickling's own order of severities, least first (fickling.analysis.Severity)
FICKLING_DANGEROUS = frozenset({"LIKELY_OVERTLY_MALICIOUS", "OVERTLY_MALICIOUS"})
FICKLING_KNOWN = FICKLING_DANGEROUS | {"LIKELY_SAFE", "POSSIBLY_UNSAFE", "SUSPICIOUS", "LIKELY_UNSAFE"}


class ScannerError(Exception):
    """A scanner could not judge the bytes; treated as a refusal, never as silence."""


@dataclass(frozen=True)
class Opinion:
    """What one scanner says of one stream."""

    tool: str
    level: str  # safe | unproven | dangerous
    detail: str


def check_pickle_file(root: Path, hits: Hits, container: str) -> None:
    """Findings for one file that is, or holds, pickles; `container` is pickle, zip or a compression."""
    try:
        for member, data in _streams(root / hits.path, container):
            check_pickle_bytes(data, hits, member)
    except (
        ScannerError,
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        OSError,
        EOFError,
        RuntimeError,
    ) as error:
        hits.add("pickle.scanner_error", tool="container", problem=error)
    hits.add("pickle.executable_format")


def check_pickle_bytes(data: bytes, hits: Hits, member: str = "") -> None:
    """Ask both scanners about one stream. Only two machine-readable `safe` leave no finding here."""
    try:
        _must_parse(data)
    except Exception as error:  # any failure to disassemble means broken
        hits.add("pickle.broken", member=member, problem=error)
    for ask in (ask_picklescan, ask_fickling):
        try:
            opinion = ask(data)
        except Exception as error:  # a scanner that fails has not said safe
            name = ask.__name__.removeprefix("ask_")
            hits.add("pickle.scanner_error", tool=name, problem=f"{type(error).__name__}: {error}")
            continue
        if opinion.level != "safe":
            hits.add(f"pickle.{opinion.level}", tool=opinion.tool, member=member, detail=opinion.detail)


def _must_parse(data: bytes) -> None:
    """picklescan passes over what it cannot parse, so completeness is checked here: whole pickles, nothing
    after."""
    stream = io.BytesIO(data)
    while stream.tell() < len(data):
        for _ in pickletools.genops(stream):
            pass
    if not data:
        raise ValueError("empty")


def ask_picklescan(data: bytes) -> Opinion:
    """picklescan's opinion; its `suspicious` is not proven safe, a scan error is a ScannerError unless it
    found danger."""
    scanner = importlib.import_module("picklescan.scanner")
    result = scanner.scan_pickle_bytes(io.BytesIO(data), "stream")
    unsafe = [item for item in result.globals if item.safety.value != "innocuous"]
    detail = ", ".join(sorted(f"{item.module}.{item.name}" for item in unsafe)[:8])
    if result.issues_count:
        return Opinion("picklescan", "dangerous", detail)
    if result.scan_err:
        raise ScannerError("the stream could not be read to its end")
    return Opinion("picklescan", "unproven" if result.suspicious_count or unsafe else "safe", detail)


def ask_fickling(data: bytes) -> Opinion:
    """fickling's opinion of every stacked pickle, read from its severities, the worst one counting."""
    fickle = importlib.import_module("fickling.fickle")
    analysis = importlib.import_module("fickling.analysis")
    pickles = fickle.StackedPickle.load(io.BytesIO(data), fail_on_decode_error=True)
    results = [analysis.check_safety(pickled) for pickled in pickles]
    names = {result.severity.name for result in results}
    if not names or not names <= FICKLING_KNOWN:
        raise ScannerError("no severity was given")
    detail = "; ".join(_triggers(result) for result in results if result.severity.name != "LIKELY_SAFE")
    if names & FICKLING_DANGEROUS:
        return Opinion("fickling", "dangerous", detail)
    return Opinion("fickling", "safe" if names == {"LIKELY_SAFE"} else "unproven", detail)


def _triggers(result: Any) -> str:
    causes = (item.trigger or item.analysis_name or item.severity.name for item in result.results)
    return ", ".join(dict.fromkeys(str(cause) for cause in causes if cause))[:200]


def _streams(target: Path, container: str) -> Iterator[tuple[str, bytes]]:
    if container == "zip":
        yield from _torch_members(target)
        return
    with target.open("rb") as source:
        head = source.read(2)
        source.seek(0)
        if container in ("gzip", "bzip2", "xz"):
            with _decompressed(source, container) as plain:
                yield "", _bounded(plain)
        elif head in (b"\x78\x01", b"\x78\x9c", b"\x78\xda", b"\x78\x5e"):
            yield "", _inflated(source)
        elif container == "lz4":
            raise ScannerError("lz4 is not readable here")
        else:
            yield "", _bounded(source)


def _decompressed(source: IO[bytes], container: str) -> IO[bytes]:
    """What joblib's compressors wrote; lz4 has no reader in the standard library."""
    if container == "gzip":
        return cast(IO[bytes], gzip.GzipFile(fileobj=source))
    return cast(IO[bytes], bz2.BZ2File(source) if container == "bzip2" else lzma.LZMAFile(source))


def _bounded(source: IO[bytes]) -> bytes:
    data = source.read(MAX_STREAM + 1)
    if len(data) > MAX_STREAM:
        raise ScannerError(f"larger than {MAX_STREAM} bytes")
    return data


def _inflated(source: IO[bytes]) -> bytes:
    inflater = zlib.decompressobj()
    data = inflater.decompress(source.read(), MAX_STREAM + 1)
    if len(data) > MAX_STREAM or not inflater.eof:
        raise ScannerError("larger than can be scanned, or cut off")
    return data


def _torch_members(target: Path) -> Iterator[tuple[str, bytes]]:
    """Every member of a torch zip that is a pickle by name or by content; fickling does not open these
    itself."""
    with zipfile.ZipFile(target) as archive:
        members = archive.infolist()
        if len(members) > MAX_MEMBERS:
            raise ScannerError("too many members")
        names = [member.filename for member in members]
        if len(set(names)) != len(names):
            raise ScannerError("two members have the same name")
        left = MAX_STREAM
        for member in members:
            with archive.open(member) as source:
                head = source.read(4096)
                if not _is_pickle(member.filename, head):
                    continue
                data = head + source.read(left)
            left -= len(data)
            if left < 0:
                raise ScannerError("larger than can be scanned")
            yield member.filename, data


def _is_pickle(name: str, head: bytes) -> bool:
    if name.endswith((".pkl", ".pickle")) or looks_like_pickle(head):
        return True
    return head[:1] == b"\x80" and head[1:2] <= b"\x05"


def versions() -> dict[str, str]:
    """The scanners that can be asked, with their versions."""
    found: dict[str, str] = {}
    for package in ("picklescan", "fickling", "onnx", "PyYAML"):
        try:
            found[package.lower()] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
