"""The outermost layer of a request: its id, its origin, its language, and the headers of every answer."""

import base64
import json
import os
import re
from collections.abc import MutableMapping
from functools import lru_cache
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal.kit import i18n
from portal.kit.i18n import _
from portal.settings import get_settings

SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}
REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


class Frame:
    """Pure ASGI middleware; cheap, because every request pays for it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse cross-origin writes; set language, request id, nonce; add the security headers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {k: v.decode("latin-1") for k, v in scope["headers"]}
        state = scope.setdefault("state", {})
        given = headers.get(b"x-request-id", "")
        state["request_id"] = given if REQUEST_ID.fullmatch(given) else os.urandom(8).hex()
        state["nonce"] = base64.b64encode(os.urandom(12)).decode()
        i18n.set_locale(_language(headers))
        if scope["method"] not in SAFE and not same_origin(headers):
            await _refuse_origin(send, state["request_id"])
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message["headers"],
                    *_headers(message["headers"], state, scope["path"]),
                ]
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _language(headers: MutableMapping[bytes, str]) -> str:
    """The cookie decides, then the browser's wish, then Chinese."""
    cookie = headers.get(b"cookie", "")
    if "locale=" in cookie:
        try:
            chosen = SimpleCookie(cookie).get("locale")
        except CookieError:
            chosen = None
        if chosen is not None and chosen.value in i18n.LOCALES:
            return chosen.value
    accept = headers.get(b"accept-language", "")
    return i18n.negotiate(accept) if accept else i18n.DEFAULT


def same_origin(headers: MutableMapping[bytes, str]) -> bool:
    """Whether a write may come from where it comes from.

    Browsers say so in Sec-Fetch-Site; older ones in Origin. A request with neither is no browser's. A bearer token
    without a cookie is not ambient authority, so it may come from anywhere.
    """
    if b"cookie" not in headers and headers.get(b"authorization", "").startswith("Bearer "):
        return True
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = headers.get(b"origin")
    if origin is None:
        return True
    own = {headers.get(b"host", "")}
    public = get_settings().public_url
    if public:
        own.add(urlsplit(public).netloc)
    return origin != "null" and urlsplit(origin).netloc in own


async def _refuse_origin(send: Send, request_id: str) -> None:
    body = json.dumps(
        {
            "type": "about:blank",
            "title": _("A page of another site may not change anything here."),
            "status": 403,
            "code": "cross-origin",
            "request_id": request_id,
        }
    ).encode()
    await send(
        {
            "type": "http.response.start",
            "status": 403,
            "headers": [
                (b"content-type", b"application/problem+json"),
                (b"x-request-id", request_id.encode()),
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})


_POLICY = (  # {store}: where large files pass the portal by, if they do
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'{store}; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "object-src 'none'"
)
_FIXED = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
    (b"x-frame-options", b"DENY"),
]


@lru_cache(maxsize=4)
def _policy(store: str | None) -> bytes:
    """The content policy; scripts may send to the S3 service's public address, where there is one."""
    parts = urlsplit(store or "")
    return _POLICY.format(store=f" {parts.scheme}://{parts.netloc}" if parts.netloc else "").encode()


def _headers(
    present: list[tuple[bytes, bytes]], state: dict[str, Any], path: str
) -> list[tuple[bytes, bytes]]:
    """What every answer carries. A response that sets its own policy (sandboxed files) keeps it."""
    names = {name for name, _value in present}
    added = [*_FIXED, (b"x-request-id", state["request_id"].encode())]
    if b"content-security-policy" not in names:
        added.append((b"content-security-policy", _policy(get_settings().s3_public_endpoint)))
    if b"cache-control" not in names:
        forever = path.startswith("/static/")
        added.append((b"cache-control", b"public, max-age=31536000, immutable" if forever else b"no-store"))
    if get_settings().site_url.startswith("https://"):
        added.append((b"strict-transport-security", b"max-age=31536000"))
    return added
