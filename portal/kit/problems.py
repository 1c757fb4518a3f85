"""How refusals and faults are shown: as a page, as a fragment, or as RFC 9457 problem+json."""

import logging
from typing import Any
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException

from portal.kit.actor import NOBODY
from portal.kit.errors import (
    ConfirmationNeeded,
    Forbidden,
    Invalid,
    NotFound,
    Refusal,
    SecondFactorNeeded,
    SignInNeeded,
    TooLarge,
)
from portal.kit.forms import explain
from portal.kit.i18n import _, get_locale, set_locale
from portal.kit.routes import allowed_methods
from portal.kit.templates import render

log = logging.getLogger(__name__)


def wants_json(request: Request) -> bool:
    """API paths always; elsewhere only who asks for JSON and not for a page."""
    accept = request.headers.get("accept", "")
    return request.url.path.startswith("/api/") or ("json" in accept and "html" not in accept)


def problem(request: Request, refusal: Refusal) -> JSONResponse:
    """RFC 9457: type, title, status, detail; ``fields`` for input errors, ``request_id`` for the operator."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": refusal.message,
        "status": refusal.status,
        "code": refusal.code,
        "request_id": getattr(request.state, "request_id", ""),
    }
    if refusal.hint:
        body["detail"] = refusal.hint
    if refusal.way_out:
        body["way_out"] = refusal.way_out
    if refusal.fields:
        body["fields"] = refusal.fields
    headers = dict(refusal.headers)
    if refusal.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(body, refusal.status, headers, "application/problem+json")


def error_page(request: Request, refusal: Refusal) -> Response:
    """The page of a refusal; htmx swaps the same page's main block."""
    values = {
        "status": refusal.status,
        "message": refusal.message,
        "hint": refusal.hint,
        "fields": refusal.fields,
        "way_out": refusal.way_out,
    }
    actor = getattr(request.state, "actor", NOBODY)
    block = "main" if request.headers.get("hx-request-type") == "partial" else None
    html = render(request, "errors/error.html", block, actor, values)
    return HTMLResponse(html, status_code=refusal.status, headers=refusal.headers)


def _explained(request: Request, refusal: Refusal) -> Refusal:
    """A session whose rights wait for the second factor is told so, wherever it was refused or found nothing."""
    actor = getattr(request.state, "actor", NOBODY)
    if isinstance(refusal, ConfirmationNeeded):
        refusal.way_out = f"/confirm?next={quote(_return_to(request), safe='')}"
    elif isinstance(refusal, SecondFactorNeeded):
        refusal.way_out = f"/second-factor?next={quote(_return_to(request), safe='')}"
    elif actor.held_back and isinstance(refusal, Forbidden | NotFound):
        hint = _("Your rights are held back until you have passed the second step of signing in.")
        told: Refusal = NotFound(refusal.message, hint=hint)
        if isinstance(refusal, Forbidden):
            told = SecondFactorNeeded(_("This needs the second step of signing in."), hint=hint)
        told.way_out = f"/second-factor?next={quote(_return_to(request), safe='')}"
        return told
    return refusal


def _return_to(request: Request) -> str:
    """The page to come back to: this one, or for a form the page it stood on."""
    if request.method == "GET":
        return request.url.path + (f"?{request.url.query}" if request.url.query else "")
    came_from = urlsplit(request.headers.get("referer", ""))
    return came_from.path if came_from.netloc == request.url.netloc and came_from.path else "/settings"


def answer(request: Request, refusal: Refusal) -> Response:
    """The right form of a refusal for whoever asked, in the language the rest of the page would have had."""
    set_locale(getattr(request.state, "locale", get_locale()))
    refusal = _explained(request, refusal)
    if wants_json(request):
        return problem(request, refusal)
    if isinstance(refusal, SignInNeeded) and request.method == "GET":
        return RedirectResponse(f"/sign-in?next={quote(_return_to(request), safe='')}", status_code=303)
    if isinstance(refusal, ConfirmationNeeded) and request.method == "GET" and refusal.way_out:
        return RedirectResponse(refusal.way_out, status_code=303)
    return error_page(request, refusal)


class _Http(Refusal):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = "http-error"


class _Unreadable(Refusal):
    code = "unreadable"


class _NotAllowed(Refusal):
    status = 405
    code = "method-not-allowed"


class _Fault(Refusal):
    status = 500
    code = "internal-error"


def install(app: FastAPI) -> None:
    """Register the handlers."""

    def on_refusal(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refusal)  # noqa: S101 - the registration below says so
        return answer(request, error)

    def on_http(request: Request, error: Exception) -> Response:
        status = getattr(error, "status_code", 500)
        if status == 404:
            return answer(request, NotFound(_("There is nothing at this address.")))
        if status == 405:
            refusal = _NotAllowed(_("This address does not take that kind of request."))
            refusal.headers["Allow"] = ", ".join(allowed_methods(app.routes, request.scope))
            return answer(request, refusal)
        if status == 400:
            # The library says this where a body or a form cannot be taken apart, and in English only.
            return answer(request, _Unreadable(_("The body of the request could not be read.")))
        if status == 413:
            return answer(request, TooLarge(str(getattr(error, "detail", ""))))
        return answer(request, _Http(status, str(getattr(error, "detail", ""))))

    def on_validation(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101
        fields = explain(error.errors(), outer=1, whole="body")
        return answer(request, Invalid(_("The request is not in the expected form."), fields=fields))

    def on_data(request: Request, error: Exception) -> Response:
        # What no text or number of the database can hold: NUL in an address, a number of thirty digits in a cursor.
        log.info("request %s: %s", getattr(request.state, "request_id", ""), type(error).__name__)
        return answer(request, Invalid(_("This value cannot be used.")))

    def on_fault(request: Request, error: Exception) -> Response:
        log.error("request %s failed", getattr(request.state, "request_id", ""), exc_info=error)
        return answer(request, _Fault(_("Something went wrong on our side."), hint=_("It has been logged.")))

    app.add_exception_handler(Refusal, on_refusal)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(DataError, on_data)
    app.add_exception_handler(Exception, on_fault)
