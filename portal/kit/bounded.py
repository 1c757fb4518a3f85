"""JSON bodies are bounded while they arrive: FastAPI reads them before any guard, so by anybody.

A body of another type is refused by name, where FastAPI would take its bytes for a value of the wrong form. No address
holds a NUL, so that none reaches PostgreSQL, which cannot store it.
"""

import re
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute
from starlette.types import Message

from portal.kit.errors import NotFound, WrongType
from portal.kit.i18n import _
from portal.kit.pages import MAX_FORM

_JSON = re.compile(r"application/([\w.-]+\+)?json")


class BoundedRoute(APIRoute):
    """A route that refuses the byte after the last one allowed with 413, whatever the request announced."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's own handler; forms are bounded where they are read, and streams by their own routes."""
        handler = super().get_route_handler()
        takes_json = self.body_field is not None

        async def bounded(request: Request) -> Response:
            if "\x00" in request.scope["path"]:
                raise NotFound(_("There is nothing at this address."))
            if takes_json:
                _check_type(request)
                request = Request(request.scope, _at_most(MAX_FORM, request.receive))
            return await handler(request)

        return bounded


def _check_type(request: Request) -> None:
    """JSON by its name, or no body at all (which the model then refuses field by field)."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    sent = "transfer-encoding" in request.headers or request.headers.get("content-length", "0") != "0"
    if (kind or sent) and not _JSON.fullmatch(kind):
        raise WrongType(
            _("This address takes JSON only."), hint=_("Send the body with Content-Type: application/json.")
        )


def _at_most(limit: int, receive: Callable[[], Awaitable[Message]]) -> Callable[[], Awaitable[Message]]:
    left = limit

    async def bounded() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            # Any exception but this one becomes a 400 while FastAPI reads a body.
            raise HTTPException(413, _("The request is larger than %(mb)s MiB.", mb=limit // 2**20))
        return message

    return bounded
