"""One request as views see it: its transaction, its actor, its language, and the ways to answer."""

import base64
import json
import uuid
from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.datastructures import FormData, UploadFile

from portal.kit import readonly
from portal.kit.actor import NOBODY, Actor
from portal.kit.db import Session, read_as
from portal.kit.errors import NotFound, TooLarge
from portal.kit.i18n import _, get_locale
from portal.kit.ids import parse_id
from portal.kit.templates import render

T = TypeVar("T")
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
MAX_FIELDS = 2000
"""A profile of 80 criteria has 1,120."""
MAX_FILES = 20
MAX_FORM = 4 * 2**20
ActorResolver = Callable[[Session, Request], Actor]
_resolver: ActorResolver | None = None


def resolve_actors_with(resolver: ActorResolver) -> None:
    """Composition only: how a cookie or a token becomes an Actor."""
    global _resolver
    _resolver = resolver


def existing(found: T | None) -> T:
    """What was looked for. Where nothing was found: the 404 that does not tell absent from invisible."""
    if found is None:
        raise NotFound(_("There is nothing at this address."))
    return found


class Context:
    """What a view gets as ``req``."""

    db: Session

    def __init__(self, request: Request, form: FormData | None = None) -> None:
        self.request = request
        self.form = form if form is not None else FormData()
        self.actor: Actor = NOBODY
        self.subject: Any = None
        """What the route's guard loaded and allowed."""
        self._flash: tuple[str, str] | None = None

    def begin(self, db: Session) -> None:
        """Called by the door once the transaction is open."""
        self.db = db
        if _resolver is not None:
            self.actor = _resolver(db, self.request)
        read_as(db, self.actor)
        self.request.state.actor = self.actor
        self.request.state.locale = (
            get_locale()
        )  # of the account, perhaps; this thread has a context of its own

    # -- what came in ---------------------------------------------------------------------------------------------

    @property
    def path(self) -> Mapping[str, str]:
        """The parts of the address named by the route."""
        return self.request.path_params

    @property
    def query(self) -> Mapping[str, str]:
        """The query string; of a repeated name the last value."""
        return self.request.query_params

    def path_id(self, name: str = "id") -> uuid.UUID:
        """The UUID in the address; a malformed one is the same 404 as an unknown one."""
        value = parse_id(self.path[name])
        if value is None:
            raise NotFound(_("There is nothing at this address."))
        return value

    def query_list(self, name: str) -> list[str]:
        """All values of a repeated query name, without empty ones."""
        return [value for value in self.request.query_params.getlist(name) if value]

    def files(self, name: str) -> list[UploadFile]:
        """The uploaded files of a form field, without the empty entry browsers send for "none"."""
        return [item for item in self.form.getlist(name) if isinstance(item, UploadFile) and item.filename]

    @property
    def partial(self) -> bool:
        """Whether htmx asked for a part of a page."""
        return self.request.headers.get("hx-request-type") == "partial"

    @property
    def locale(self) -> str:
        """The language of this request."""
        return get_locale()

    @property
    def address(self) -> str:
        """The client's address, as the server saw it."""
        return self.request.client.host if self.request.client else ""

    # -- what goes out --------------------------------------------------------------------------------------------

    def page(
        self, template: str, *, block: str | None = None, status: int = 200, **values: Any
    ) -> HTMLResponse:
        """Render the page, or only ``block`` of it where htmx asked for a part."""
        chosen = block if block and self.partial else None
        return self.html(render(self.request, template, chosen, self.actor, values), status)

    @property
    def is_plain(self) -> bool:
        """Whether the page depends on its address and language only: nobody's, whole, no query, no message to show."""
        asked = self.request
        if readonly.known():
            return False
        return self.actor.is_anonymous and not (self.partial or asked.url.query or "flash" in asked.cookies)

    def html(self, text: str | bytes, status: int = 200) -> HTMLResponse:
        """Answer with a page that is drawn already."""
        response = HTMLResponse(text, status_code=status)
        response.headers["Vary"] = "HX-Request-Type, Cookie, Accept-Language"
        response.headers["Cache-Control"] = "private, no-cache"
        if "flash" in self.request.cookies:
            response.delete_cookie("flash", path="/")
        return response

    def redirect(self, to: str, *, flash: str | None = None, level: str = "good") -> Response:
        """303 to ``to`` (a path of this site), with a message shown once on the page that follows."""
        if not to.startswith("/") or to.startswith(("//", "/\\")):
            to = "/"
        response = RedirectResponse(to, status_code=303)
        if flash:
            packed = base64.urlsafe_b64encode(json.dumps([level, flash]).encode()).decode()
            response.set_cookie("flash", packed, max_age=120, httponly=True, samesite="lax", path="/")
        return response

    def json(self, value: Any, status: int = 200) -> JSONResponse:
        """Answer with JSON."""
        return JSONResponse(value, status_code=status)

    def url_with(self, **changes: str | None) -> str:
        """This page's address with query values replaced (None removes)."""
        return url_with(self.request, **changes)


def url_with(request: Request, **changes: str | None) -> str:
    """The request's path with its query values replaced (None removes)."""
    pairs = [(k, v) for k, v in request.query_params.multi_items() if k not in changes]
    pairs += [(k, v) for k, v in changes.items() if v is not None]
    return request.url.path + ("?" + urlencode(pairs) if pairs else "")


async def open_request(request: Request) -> Context:
    """Read the form (if one was sent) within fixed bounds; everything else happens in the door's thread.

    This is before anybody was asked who may do it, so it takes no more than typed text needs. Routes that receive
    files read their body themselves, after their guard.
    """
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method in {"POST", "PUT", "PATCH"} and content_type in FORM_TYPES:
        announced = request.headers.get("content-length", "")
        if not announced.isdigit() or int(announced) > MAX_FORM:
            raise TooLarge(_("This form is larger than the %(mb)s MiB allowed here.", mb=MAX_FORM // 2**20))
        form = await request.form(max_files=MAX_FILES, max_fields=MAX_FIELDS)
        return Context(request, form)
    return Context(request)


Req = Annotated[Context, Depends(open_request)]
