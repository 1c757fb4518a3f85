"""The portal as an online node meets it: what it offers, bundles in pieces, the log. Nothing it says is believed."""

import json
import os
import re
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from cspon_node.durable import write_bytes
from cspon_node.formats import shown
from cspon_node.refusals import Refusal, disk, unread
from cspon_node.version import VERSION
from portal.kit.i18n import _

MAX_ANSWER = 8 << 20
PIECE = 1 << 20
TIMEOUT_S = 60
_ID = re.compile(r"[A-Za-z0-9-]{1,64}\Z")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class _Stay(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the token elsewhere."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        """Never."""
        return


class Portal:
    """One portal by its address. ``token``: the node's. Plain http only to this machine or where ``plain``."""

    def __init__(self, url: str, token: str = "", *, plain: bool = False) -> None:
        try:
            parts = urlsplit(url)
        except ValueError as error:
            why = _("“%(url)s” is no address of a portal", url=shown(url))
            raise Refusal("portal", why=why, detail=error) from error
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.username:
            raise Refusal("portal", why=_("“%(url)s” is no address of a portal", url=shown(url)))
        if parts.scheme == "http" and parts.hostname not in _LOOPBACK and not plain:
            why = _("%(url)s is not encrypted; on a network of your own add --allow-http", url=shown(url))
            raise Refusal("portal", why=why)
        self._base = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
        self._token = token
        https = urllib.request.HTTPSHandler(context=ssl.create_default_context())
        self._opener = urllib.request.build_opener(https, _Stay)

    def ask(self, path: str, **query: object) -> Any:
        """A JSON answer."""
        try:
            return json.loads(self.read(path, **query))
        except (ValueError, RecursionError) as error:
            raise unread(path, error) from error

    def read(self, path: str, **query: object) -> bytes:
        """A small answer."""
        with self._open(path + ("?" + urlencode(query) if query else "")) as answer:
            data = answer.read(MAX_ANSWER + 1)
        if len(data) > MAX_ANSWER:
            raise unread(path, f"> {MAX_ANSWER}")
        return data

    def post(self, path: str, value: object) -> Any:
        """Send JSON; the JSON answered."""
        data = json.dumps(value).encode()
        with self._open(path, data=data, headers={"Content-Type": "application/json"}) as answer:
            data = answer.read(MAX_ANSWER)
        try:
            return json.loads(data or b"null")
        except (ValueError, RecursionError) as error:
            raise unread(path, error) from error

    def download(self, path: str, target: Path, most: int, show: Callable[[int, int], None]) -> None:
        """Fetch to ``target``, never more than ``most`` bytes, going on where an earlier try was cut off.

        What was fetched before counts only while the portal has the same bytes (ETag): it sends bundles under the
        metadata of the moment.
        """
        part = target.with_name(f".{target.name}.part")
        flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            descriptor = os.open(part, flags, 0o600)
            with os.fdopen(descriptor, "wb") as out:
                self._fetch(path, out, part.with_suffix(".etag"), most, show)
                out.flush()
                os.fsync(out.fileno())
            part.replace(target)
            part.with_suffix(".etag").unlink(missing_ok=True)
        except OSError as error:
            raise disk(target, error) from error

    def _fetch(self, path: str, out: Any, kept: Path, most: int, show: Callable[[int, int], None]) -> None:
        etag = kept.read_text(encoding="ascii") if kept.exists() else ""
        begin = out.seek(0, os.SEEK_END) if etag else 0
        asked = {"Range": f"bytes={begin}-", "If-Range": etag} if begin else {}
        with self._open(path, headers=asked) as answer:
            if answer.status != 206:
                begin = 0
            out.seek(begin)
            out.truncate(begin)
            size = begin + (answer.length if answer.length is not None else most)
            if size > most:
                why = _("what it sends at %(path)s is larger than it said", path=path)
                raise Refusal("portal", why=why, detail=f"{size} > {most}")
            write_bytes(kept, (answer.headers.get("ETag") or "").encode("ascii", "ignore"))
            done = begin
            while done < size and (piece := answer.read(min(PIECE, size - done))):
                out.write(piece)
                done += len(piece)
                show(done, size)
            if answer.length:
                why = _("what it sends at %(path)s was cut off; run it again to go on", path=path)
                raise Refusal("portal", why=why, detail=f"{done} < {size}")

    @contextmanager
    def _open(
        self, path: str, *, data: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Iterator[HTTPResponse]:
        sent = {"User-Agent": f"cspon-node/{VERSION}", **(headers or {})}
        if self._token:
            sent["Authorization"] = f"Bearer {self._token}"
        request = urllib.request.Request(self._base + path, data=data, headers=sent)  # noqa: S310 - http(s) only, above
        try:
            with self._opener.open(request, timeout=TIMEOUT_S) as answer:
                yield answer
        except urllib.error.HTTPError as error:
            why, kind = _said(error)
            code = "portal-refused" if 400 <= error.code < 500 else "portal"
            raise Refusal(code, why=why, problem=kind) from error
        except (TimeoutError, ConnectionError, urllib.error.URLError, HTTPException, ssl.SSLError) as error:
            said = getattr(error, "reason", None) or error
            raise Refusal("portal", why=_("no connection could be made, or it broke"), detail=said) from error


def _said(error: urllib.error.HTTPError) -> tuple[str, str]:
    """The portal's own sentence from its problem document, made safe to show, and its code."""
    try:
        value = json.loads(error.read(65_536))
        text, kind = str(value.get("detail") or value.get("title") or ""), str(value.get("code") or "")
    except (ValueError, OSError, AttributeError, RecursionError):
        text = kind = ""
    return f"{error.code} {shown(text)}" if text else f"HTTP {error.code}", kind


def check_id(text: object) -> str:
    """A bundle's id as it may stand in an address and a file's name."""
    if not isinstance(text, str) or not _ID.match(text):
        raise Refusal("portal", why=_("it offers a bundle without an identifier"), detail=shown(str(text)))
    return text


def read_token(path: Path | None) -> str:
    """The token of a file that only its owner may read; ``CSPON_NODE_TOKEN`` where no file is named."""
    if path is None:
        return _token(os.environ.get("CSPON_NODE_TOKEN", ""))
    try:
        mode = path.stat().st_mode & 0o777
        if mode & 0o077:
            raise Refusal("unsafe-home", path=path, why=f"mode {mode:o}")
        return _token(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise disk(path, error) from error


def _token(text: str) -> str:
    """The token without white space around it; refused where it could be no token."""
    token = text.strip()
    if not token.isascii() or any(not letter.isprintable() or letter == " " for letter in token):
        raise Refusal("input", why=_("the token holds other characters than a token has"))
    return token
