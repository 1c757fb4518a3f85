"""Files on their way out: ranges, digests as ETags, and headers under which no browser runs them."""

import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any, cast
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import RedirectResponse, Response, StreamingResponse

from portal.kit.clock import now, shanghai
from portal.kit.errors import Refusal
from portal.kit.i18n import _
from portal.kit.storage import get_store

DIRECT_FROM = 8 * 2**20
"""Bytes from which a file is fetched past the portal where its store offers that."""
DIRECT_S = 300
SANDBOX = "sandbox; default-src 'none'"
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def attachment(sha256: str, filename: str) -> Response:
    """A small stored file for those who may read it, as a download that no browser shows or keeps."""
    with get_store().open(sha256) as stored:
        data = stored.read()
    headers = {
        "Content-Security-Policy": SANDBOX,
        "Content-Disposition": disposition("attachment", filename),
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(data, media_type="application/octet-stream", headers=headers)


class _BadRange(Refusal):
    status = 416
    code = "range-not-satisfiable"


@dataclass(frozen=True)
class Span:
    """Which bytes were asked for: ``start`` up to and without ``end``."""

    start: int
    end: int
    partial: bool

    @property
    def is_whole(self) -> bool:
        """Whether this is a download of the file (or its first part), and not a look into its middle."""
        return self.start == 0


def span_of(request: Request, size: int, etag: str) -> Span:
    """The single range in the request, or everything. Several ranges, or one of another file, are everything."""
    asked = _RANGE.fullmatch(request.headers.get("range", "").strip())
    condition = request.headers.get("if-range")
    if asked is None or (condition is not None and condition != etag) or not any(asked.groups()):
        return Span(0, size, partial=False)
    first, last = asked.groups()
    if first == "":
        start, end = max(0, size - int(last[:18])), size
    else:
        start, end = int(first[:18]), min(size, int(last[:18]) + 1) if last else size
    if start >= size or end <= start:
        refusal = _BadRange(_("The file has only %(n)s bytes.", n=size))
        refusal.headers["Content-Range"] = f"bytes */{size}"
        raise refusal
    return Span(start, end, partial=True)


def _blocks(sha256: str, span: Span) -> Iterator[bytes]:
    return get_store().span(sha256, span.start, span.end)


def disposition(kind: str, path: str) -> str:
    """A Content-Disposition that every browser reads (RFC 6266), with the last part of the path as the name."""
    name = path.rpartition("/")[2]
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\' else "_" for c in name)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def file_response(request: Request, file: Any) -> Response:
    """The file (``path``, ``sha256``, ``size``) or the asked part of it; 304 where the client has it already."""
    etag = f'"{file.sha256}"'
    more = {"X-Checksum-Sha256": file.sha256}
    address = None if _has_it(request, etag) else _past_the_portal(request, file)
    if address is not None:
        span_of(request, file.size, etag)
        headers = {**_headers(etag, file.path), **more, "Cache-Control": "no-store"}
        return RedirectResponse(address, 307, headers)
    return ranged(request, etag, file.size, file.path, lambda span: _blocks(file.sha256, span), more)


def ranged(
    request: Request,
    etag: str,
    size: int,
    path: str,
    blocks: Callable[[Span], Iterator[bytes]],
    more: Mapping[str, str] | None = None,
) -> Response:
    """Bytes that ``blocks`` gives, or the asked part of them; 304 where the client has them already."""
    media_type = "application/octet-stream"
    headers = {**_headers(etag, path), **(more or {})}
    if _has_it(request, etag):
        return Response(status_code=304, headers=headers)
    span = span_of(request, size, etag)
    headers["Content-Length"] = str(span.end - span.start)
    if span.partial:
        headers["Content-Range"] = f"bytes {span.start}-{span.end - 1}/{size}"
    status = 206 if span.partial else 200
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=media_type)
    return StreamingResponse(blocks(span), status, headers, media_type)


def _headers(etag: str, path: str) -> dict[str, str]:
    return {
        "ETag": etag,
        "Accept-Ranges": "bytes",
        "Content-Security-Policy": SANDBOX,
        "Content-Disposition": disposition("attachment", path),
        "Cache-Control": "private, no-cache",
    }


def _has_it(request: Request, etag: str) -> bool:
    return etag in [item.strip() for item in request.headers.get("if-none-match", "").split(",")]


def _past_the_portal(request: Request, file: Any) -> str | None:
    """Where a large file is fetched from the S3 service itself, for a short time; None where the portal sends it."""
    if request.method != "GET" or file.size < DIRECT_FROM:
        return None
    return get_store().file_address(file.sha256, disposition("attachment", file.path), DIRECT_S)


def is_whole(request: Request) -> bool:
    """Whether a GET fetches a file from its beginning (what a download count means)."""
    asked = request.headers.get("range", "").strip()
    return request.method == "GET" and (not asked or asked.startswith("bytes=0-"))


def suffix(path: str) -> str:
    """The ending of a path in lower case, with its dot."""
    name = path.rpartition("/")[2]
    return "." + name.rpartition(".")[2].lower() if "." in name else ""


class _Sink:
    """What zipfile writes into; the bytes are taken out again as they come."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Keep until taken."""
        self._parts.append(bytes(data))
        return len(data)

    def seekable(self) -> bool:
        """Sizes go behind the data, as nothing can be written twice."""
        return False

    def flush(self) -> None:
        """Nothing is held back."""

    def take(self) -> bytes:
        """Everything written since the last time."""
        data, self._parts = b"".join(self._parts), []
        return data


def zip_blocks(
    files: Iterable[Any], folder: str, when: Any, *, made: Mapping[str, bytes] | None = None
) -> Iterator[bytes]:
    """A zip of the files below ``folder/``, stored and not compressed, made while it is sent.

    ``made``: files of the portal's own, by their whole path; they come first.
    """
    sink = _Sink()
    moment = shanghai(when or now()).timetuple()[:6]
    with zipfile.ZipFile(cast(IO[bytes], sink), "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for path, data in (made or {}).items():
            archive.writestr(_entry(path, moment), data)
            yield sink.take()
        for file in files:
            entry = _entry(f"{folder}/{file.path}", moment)
            with archive.open(entry, "w", force_zip64=file.size >= 2**31) as target:
                for block in _blocks(file.sha256, Span(0, file.size, partial=False)):
                    target.write(block)
                    yield sink.take()
    yield sink.take()


def _entry(path: str, moment: tuple[int, ...]) -> zipfile.ZipInfo:
    year, month, day, hour, minute, second = moment
    entry = zipfile.ZipInfo(path, date_time=(year, month, day, hour, minute, second))
    entry.external_attr = 0o644 << 16
    return entry


def zip_response(
    version: Any,
    files: Iterable[Any],
    *,
    folder: str | None = None,
    made: Mapping[str, bytes] | None = None,
    suffix: str = "",
) -> Response:
    """All these files of a version as one zip, below a folder of the version's name or the given one."""
    name = f"{version.name}-{version.number}{suffix}"
    headers = {
        "Content-Security-Policy": SANDBOX,
        "Content-Disposition": disposition("attachment", f"{name}.zip"),
        "Cache-Control": "private, no-cache",
    }
    return StreamingResponse(
        zip_blocks(files, name if folder is None else folder, version.published_at, made=made),
        headers=headers,
        media_type="application/zip",
    )
