"""Doors: routers whose every route names its guard and runs in one thread hop inside one transaction."""

import functools
import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from anyio import to_thread
from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from starlette.routing import BaseRoute, Match
from starlette.types import Scope

from portal.kit import readonly
from portal.kit.bounded import BoundedRoute
from portal.kit.db import transaction
from portal.kit.errors import Forbidden, SignInNeeded
from portal.kit.i18n import _, set_locale
from portal.kit.pages import Context

View = TypeVar("View", bound=Callable[..., Any])
Guard = Callable[[Context], Any]


def public(_req: Context) -> None:
    """Anyone may; the view itself shows only what ``visible(actor)`` gives."""


def signed_in(req: Context) -> None:
    """Somebody must be signed in."""
    if req.actor.is_anonymous:
        raise SignInNeeded(_("Please sign in first."))


def scope(name: str, guard: Guard = signed_in) -> Guard:
    """``guard``, and a token must carry the scope ``name`` (a browser session carries all)."""

    def check(req: Context) -> Any:
        if not req.actor.is_anonymous and not req.actor.may(name):
            raise Forbidden(_("Your access token lacks the scope “%(scope)s”.", scope=name))
        return guard(req)

    check.__doc__ = f"Scope {name}, then: {guard.__doc__}"
    return check


def role(*names: str) -> Guard:
    """Somebody with one of these roles must be signed in."""

    def check(req: Context) -> None:
        signed_in(req)
        if not req.actor.has(*names):
            raise Forbidden(_("This page is for other roles than yours."))

    check.__doc__ = f"One of the roles {', '.join(names)}."
    return check


def _door(view: View, guard: Guard) -> View:
    """Transaction, actor, guard, view, commit: in this order, in the thread the endpoint runs in."""

    @functools.wraps(view)
    def run(*args: Any, **kwargs: Any) -> Any:
        req: Context = kwargs["req"]
        with transaction() as db:
            req.begin(db)
            readonly.refuse_changes(req.request.method)
            req.subject = guard(req)
            return view(*args, **kwargs)

    run.guard = guard  # type: ignore[attr-defined]
    return run  # type: ignore[return-value]


def leaves(routes: Iterable[BaseRoute]) -> Iterator[BaseRoute]:
    """The routes themselves, also those of included routers, which FastAPI keeps apart."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is None:
            yield route
        else:
            yield from leaves(inner.routes)


def allowed_methods(routes: Iterable[BaseRoute], scope: Scope) -> list[str]:
    """What may be asked of the address in ``scope``, over all routes that stand there (for ``Allow``)."""
    found: set[str] = set()
    for route in leaves(routes):
        methods = getattr(route, "methods", None)
        if methods and route.matches(scope)[0] is not Match.NONE:
            found |= methods
    return sorted(found)


def _beginnings(routes: Iterable[BaseRoute]) -> tuple[frozenset[str], tuple[str, ...]]:
    """The whole addresses of routes without parameters, and how the addresses of the others begin."""
    exact: set[str] = set()
    open_ended: set[str] = set()
    for route in leaves(routes):
        path = str(getattr(route, "path", "{"))
        head, parameter, _rest = path.partition("{")
        (open_ended if parameter else exact).add(head)
    return frozenset(exact), tuple(sorted(open_ended))


class Doors(APIRouter):
    """An APIRouter whose routes cannot be declared without a guard.

    Views are plain functions with a parameter ``req: Req``. They may not be coroutines: those would hold the event
    loop while the database answers. Streams (SSE, large downloads) register with ``stream`` and open their own
    short transactions.
    """

    _known: tuple[int, frozenset[str], tuple[str, ...]] | None = None

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"route_class": BoundedRoute, **options})

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Pass by at once what none of these routes begins like: most requests are for another router."""
        count = len(self.routes)
        if self._known is None or self._known[0] != count:
            self._known = (count, *_beginnings(self.routes))
        _count, exact, open_ended = self._known
        path = scope.get("path", "")
        if path not in exact and not path.startswith(open_ended):
            return Match.NONE, {}
        return super().matches(scope)

    def _add(
        self, method: str, path: str, guard: Guard, schema: bool, extra: dict[str, Any]
    ) -> Callable[[View], View]:
        def register(view: View) -> View:
            if inspect.iscoroutinefunction(view):
                raise TypeError(f"{view.__name__}: a door's view is a plain function")
            self.add_api_route(path, _door(view, guard), methods=[method], include_in_schema=schema, **extra)
            return view

        return register

    def page(self, path: str, *, guard: Guard, **extra: Any) -> Callable[[View], View]:
        """A GET that shows a page."""
        return self._add(
            "GET", path, guard, False, {"response_class": HTMLResponse, "response_model": None, **extra}
        )

    def act(self, path: str, *, guard: Guard, **extra: Any) -> Callable[[View], View]:
        """A POST of a form that changes something and answers 303 or a block."""
        return self._add(
            "POST", path, guard, False, {"response_class": HTMLResponse, "response_model": None, **extra}
        )

    def api(self, method: str, path: str, *, guard: Guard, **extra: Any) -> Callable[[View], View]:
        """A JSON route, shown in OpenAPI."""
        return self._add(method, path, guard, True, extra)

    def stream(
        self, path: str, *, guard: Guard, method: str = "GET", schema: bool = False, **extra: Any
    ) -> Callable[[View], View]:
        """A coroutine endpoint. It must itself call ``admit`` with ``guard`` before the first byte."""

        def register(view: View) -> View:
            view.guard = guard  # type: ignore[attr-defined]
            self.add_api_route(
                path, view, methods=[method], include_in_schema=schema, **{"response_model": None, **extra}
            )
            return view

        return register


def admit(req: Context, guard: Guard) -> Any:
    """For streams: run the guard in a transaction of its own and keep what it loaded."""
    with transaction() as db:
        req.begin(db)
        readonly.refuse_changes(req.request.method)
        req.subject = guard(req)
        return req.subject


async def admitted(req: Context, guard: Guard) -> Any:
    """``admit`` in a thread, for coroutines; what they send speaks the language of the account."""
    subject = await to_thread.run_sync(admit, req, guard)
    set_locale(req.request.state.locale)
    return subject


def guard_of(route: BaseRoute) -> Guard | None:
    """The guard a route declared, for the test that walks all routes."""
    return getattr(getattr(route, "endpoint", None), "guard", None)
