"""JSON bodies are bounded while they arrive: FastAPI reads them before any guard, so by anybody."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute
from starlette.types import Message

from portal.kit.i18n import _
from portal.kit.pages import MAX_FORM


class BoundedRoute(APIRoute):
    """A route that refuses the byte after the last one allowed with 413, whatever the request announced."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's own handler; forms are bounded where they are read, and streams by their own routes."""
        handler = super().get_route_handler()
        if self.body_field is None:
            return handler

        async def bounded(request: Request) -> Response:
            return await handler(Request(request.scope, _at_most(MAX_FORM, request.receive)))

        return bounded


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
