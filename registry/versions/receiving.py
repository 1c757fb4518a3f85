"""Files on their way in: limited and hashed while they stream, each byte written once.

The event loop only gathers blocks of 1 MiB; hashing and writing happen in a thread while the next block arrives.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from fastapi import Request
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect

from portal.kit.errors import Invalid, TooLarge
from portal.kit.i18n import _
from portal.kit.storage import BLOCK, Blob, Spool, get_store
from portal.settings import get_settings

MAX_PARTS = 1000
MAX_FIELD = 64 * 1024


def max_bytes() -> int:
    """The largest file that may be uploaded."""
    return get_settings().max_upload_mb * 2**20


def refuse_announced(request: Request, limit: int) -> None:
    """Refuse at once what already says that it is too large."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
        raise TooLarge(_("The upload is larger than the %(mb)s MiB allowed here.", mb=limit // 2**20))


async def chunks(request: Request) -> AsyncIterator[bytes]:
    """The body as it arrives; one that breaks off is the client's doing, not a fault of ours."""
    try:
        async for chunk in request.stream():
            yield chunk
    except ClientDisconnect as error:
        raise Invalid(_("The upload broke off.")) from error


def new_spool(limit: int) -> Spool:
    """A spool beside the store, so that adopting the file is a rename."""
    return Spool(get_store().incoming, limit)


class Pipe:
    """Writes blocks to a spool in a thread, at most one under way while the next is gathered."""

    def __init__(self, spool: Spool) -> None:
        self.spool = spool
        self._gathered = bytearray()
        self._writing: asyncio.Future[None] | None = None

    async def feed(self, chunk: bytes) -> None:
        """Take the next bytes; raises what writing the earlier ones raised (too large, disk full)."""
        self._gathered += chunk
        if len(self._gathered) >= BLOCK:
            await self._flush()

    async def _flush(self) -> None:
        block, self._gathered = self._gathered, bytearray()
        await self._settle()
        self._writing = asyncio.get_running_loop().run_in_executor(None, self.spool.write, cast(bytes, block))

    async def _settle(self) -> None:
        if self._writing is not None:
            writing, self._writing = self._writing, None
            await writing

    async def finish(self, *, durable: bool = True) -> Blob:
        """All bytes written (durable unless told otherwise), and their digest."""
        if self._gathered:
            await self._flush()
        await self._settle()
        return await asyncio.to_thread(self.spool.finish, durable=durable)

    async def abandon(self) -> None:
        """Wait for the write under way, so that nothing touches the file afterwards."""
        if self._writing is not None:
            await asyncio.gather(self._writing, return_exceptions=True)
            self._writing = None


@asynccontextmanager
async def received_body(
    request: Request, limit: int, *, durable: bool = True
) -> AsyncIterator[tuple[Spool, Blob]]:
    """The raw body as a finished spool; whatever the block does not adopt into the store is gone afterwards."""
    refuse_announced(request, limit)
    spool = await asyncio.to_thread(new_spool, limit)
    pipe = Pipe(spool)
    try:
        async for chunk in chunks(request):
            await pipe.feed(chunk)
        yield spool, await pipe.finish(durable=durable)
    finally:
        await pipe.abandon()
        await asyncio.to_thread(spool.drop)


def adopt(spool: Spool, blob: Blob) -> None:
    """Put a finished spool into the store (files before rows)."""
    get_store().adopt(spool.path, blob)


@dataclass
class Part:
    """One file of a form."""

    name: str
    filename: str
    spool: Spool
    blob: Blob = field(default_factory=lambda: Blob("", 0))


@dataclass
class Upload:
    """A form as it arrived: text fields and finished files."""

    fields: dict[str, str] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)

    def files(self, name: str) -> list[Part]:
        """The files of a field, without the empty entry browsers send for "none"."""
        return [part for part in self.parts if part.name == name and part.filename]


class _Form:
    """Turns the parser's callbacks into events, because callbacks cannot wait for the disk."""

    def __init__(self, boundary: bytes) -> None:
        self.events: list[tuple[str, Any]] = []
        self._name, self._value = b"", b""
        self._headers: dict[bytes, bytes] = {}
        callbacks: Any = {
            "on_part_begin": self._begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": lambda: self.events.append(("part", self._disposition())),
            "on_part_data": lambda data, start, end: self.events.append(("data", data[start:end])),
            "on_part_end": lambda: self.events.append(("end", None)),
        }
        self.parser = MultipartParser(boundary, callbacks)

    def _begin(self) -> None:
        self._headers = {}

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]
        self._bound()

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]
        self._bound()

    def _bound(self) -> None:
        if len(self._name) + len(self._value) > MAX_FIELD or len(self._headers) > 20:
            raise TooLarge(_("A field of the form is too large."))

    def _header_end(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name, self._value = b"", b""

    def _disposition(self) -> tuple[str, str | None]:
        _kind, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        filename = options.get(b"filename")
        name = options.get(b"name", b"").decode("utf-8", "replace")
        return name, None if filename is None else filename.decode("utf-8", "replace")

    def feed(self, chunk: bytes) -> list[tuple[str, Any]]:
        """The events in the next bytes."""
        try:
            self.parser.write(chunk)
        except MultipartParseError as error:
            raise Invalid(_("The form did not arrive as expected.")) from error
        events, self.events = self.events, []
        return events


class _Receiver:
    """Collects the events of one form."""

    def __init__(self, limit: int) -> None:
        self.upload = Upload()
        self._limit = limit
        self._pipe: Pipe | None = None
        self._field: tuple[str, bytearray] | None = None

    async def take(self, event: str, value: Any) -> None:
        """One event."""
        if event == "part":
            await self._part(*value)
        elif event == "data":
            await self._data(value)
        else:
            await self._end()

    async def _part(self, name: str, filename: str | None) -> None:
        if len(self.upload.parts) + len(self.upload.fields) >= MAX_PARTS:
            raise TooLarge(_("At most %(n)s files at a time.", n=MAX_PARTS))
        if filename is None:
            self._field = (name, bytearray())
            return
        spool = await asyncio.to_thread(new_spool, self._limit)
        self.upload.parts.append(Part(name, filename, spool))
        self._pipe = Pipe(spool)

    async def _data(self, data: bytes) -> None:
        if self._pipe is not None:
            await self._pipe.feed(data)
        elif self._field is not None:
            self._field[1].extend(data)
            if len(self._field[1]) > MAX_FIELD:
                raise TooLarge(_("A field of the form is too large."))

    async def _end(self) -> None:
        if self._pipe is not None:
            self.upload.parts[-1].blob = await self._pipe.finish()
        elif self._field is not None:
            self.upload.fields[self._field[0]] = self._field[1].decode("utf-8", "replace")
        self._pipe = self._field = None

    async def close(self) -> None:
        """Nothing stays that was not adopted."""
        if self._pipe is not None:
            await self._pipe.abandon()
        for part in self.upload.parts:
            await asyncio.to_thread(part.spool.drop)


@asynccontextmanager
async def received_form(request: Request, limit: int) -> AsyncIterator[Upload]:
    """A multipart form with its files spooled and hashed; files the block does not adopt are gone afterwards."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise Invalid(_("The form did not arrive as expected."))
    refuse_announced(request, limit + 2**20)
    form, receiver = _Form(options[b"boundary"]), _Receiver(limit)
    total = 0
    try:
        async for chunk in chunks(request):
            total += len(chunk)
            if total > limit + 2**20:
                raise TooLarge(_("The upload is larger than the %(mb)s MiB allowed here.", mb=limit // 2**20))
            for event, value in form.feed(chunk):
                await receiver.take(event, value)
        yield receiver.upload
    finally:
        await receiver.close()
