"""Sending a large file in parts: only those the portal lacks, each checked by its SHA-256, in any number of goes."""

import base64
import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from portal.client.errors import ClientError, RefusedError
from portal.client.folder import BLOCK, LocalFile
from portal.client.names import Name
from portal.client.portal_api import PortalApi
from portal.kit.i18n import _

IN_PARTS = 16 * 2**20
"""Files above this size go in parts."""
ROUNDS = 3
"""How often parts that arrived damaged are sent again before the file is given up for this time."""
POLL_S = 1.0
Show = Callable[[int], None]


@dataclass(frozen=True)
class _Upload:
    """An upload session of the portal."""

    api: PortalApi
    name: Name
    file: LocalFile
    id: str
    part_size: int
    direct: bool

    def block(self, number: int) -> bytes:
        """A part of the local file. Refuses a file that has become shorter."""
        with self.file.place.open("rb") as source:
            source.seek(number * self.part_size)
            found = source.read(self.part_size)
        if len(found) != min(self.part_size, self.file.size - number * self.part_size):
            raise _changed(self.file)
        return found


def send(api: PortalApi, name: Name, file: LocalFile, show: Show, said: Callable[[str], None]) -> str:
    """Send the file; the SHA-256 of what the portal then has. ``show`` is told how many of its bytes are there.

    Broken connections are tried again part by part. A run that was stopped goes on when the same command runs again,
    because the portal remembers what has arrived.
    """
    upload, missing = _begin(api, name, file, said)
    for _round in range(ROUNDS):
        _send_parts(upload, missing, show)
        answer = _complete(upload)
        if answer is not None:
            return str(answer["sha256"])
        missing = list(api.upload(name, upload.id)["missing"])
    raise ClientError(
        _("%(path)s arrived damaged.", path=file.path),
        _("Run the same command again; if it repeats, check your network."),
    )


def _begin(
    api: PortalApi, name: Name, file: LocalFile, said: Callable[[str], None]
) -> tuple[_Upload, list[int]]:
    session = api.begin_upload(name, file.path, file.size, file.sha256)
    upload = _upload(api, name, file, session)
    if not all(_is_same(upload, int(n), digest) for n, digest in session["present"].items()):
        api.cancel_upload(name, upload.id)  # the file has changed since it was begun
        session = api.begin_upload(name, file.path, file.size, file.sha256)
        upload = _upload(api, name, file, session)
    elif session["present"]:
        have, parts = len(session["present"]), int(session["parts"])
        said(_("%(path)s goes on: %(n)s of %(parts)s parts are there.", path=file.path, n=have, parts=parts))
    return upload, list(session["missing"])


def _upload(api: PortalApi, name: Name, file: LocalFile, session: dict[str, Any]) -> _Upload:
    size = int(session["part_size"])
    if not 0 < size <= 2**30:
        raise ClientError(_("%(url)s does not speak like a portal.", url=api.url))
    return _Upload(api, name, file, str(session["id"]), size, bool(session["direct"]))


def _is_same(upload: _Upload, number: int, digest: str) -> bool:
    return hashlib.sha256(upload.block(number)).hexdigest() == digest


def _send_parts(upload: _Upload, missing: list[int], show: Show) -> None:
    done = upload.file.size - sum(
        min(upload.part_size, upload.file.size - number * upload.part_size) for number in missing
    )
    for number in missing:
        block = upload.block(number)
        for last in (False, False, True):
            try:
                _send_part(upload, number, block, lambda sent, before=done: show(before + sent))  # type: ignore[misc]
                break
            except RefusedError as refused:
                if last or not refused.problem or refused.problem.code != "part-damaged":
                    raise
        done += len(block)
        show(done)


def _send_part(upload: _Upload, number: int, block: bytes, show: Show) -> None:
    def body() -> Iterator[bytes]:
        for start in range(0, len(block), BLOCK):
            yield block[start : start + BLOCK]
            show(min(len(block), start + BLOCK))

    api, digest = upload.api, hashlib.sha256(block)
    if upload.direct:
        address = api.part_address(upload.name, upload.id, number)
        api.connection.put_elsewhere(address, len(block), body)
        api.report_part(upload.name, upload.id, number, digest.hexdigest())
        return
    headers = {
        "Content-Type": "application/octet-stream",
        "Content-Length": str(len(block)),
        "Content-Digest": f"sha-256=:{base64.b64encode(digest.digest()).decode()}:",
    }
    api.put_part(upload.name, upload.id, number, headers, body)


def _complete(upload: _Upload) -> dict[str, Any] | None:
    """Have the portal put the file together, however long that takes; None where parts must be sent again."""
    while True:
        try:
            return upload.api.complete_upload(upload.name, upload.id)
        except RefusedError as refused:
            code = refused.problem.code if refused.problem else ""
            if code == "parts-damaged":
                return None
            if code != "assembling":
                raise
        time.sleep(POLL_S)


def _changed(file: LocalFile) -> ClientError:
    return ClientError(
        _("%(path)s changed while it was sent.", path=file.path), _("Run the same command again.")
    )
