"""From a request to an Actor: the session cookie or a bearer token."""

import datetime as dt
import uuid
from dataclasses import replace
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from portal.accounts import queries
from portal.accounts.models import Scope
from portal.kit import i18n, limits
from portal.kit.actor import NOBODY, Actor
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.errors import Forbidden, SignInNeeded
from portal.kit.i18n import _
from portal.kit.ids import digest_secret
from portal.settings import get_settings

SEEN_EVERY = dt.timedelta(minutes=1)
LOCALE_COOKIE_S = 365 * 86400
NODES = "csponnode_"
"""How the tokens of nodes begin."""
_SAFE = {"GET", "HEAD", "OPTIONS"}


def resolve_actor(db: Session, request: Request) -> Actor:
    """Who acts in this request: one query. A bearer token that does not hold is refused; a dead cookie is nobody."""
    authorization = request.headers.get("authorization", "")
    if authorization[:7].casefold() == "bearer ":
        return _by_token(db, request, authorization[7:].strip())
    secret = request.cookies.get(cookie_name(request))
    return _by_cookie(db, request, secret) if secret else NOBODY


def actor_of(db: Session, account_id: uuid.UUID) -> Actor:
    """The actor an account would be now, for jobs and the demo; nobody if it is locked or closed."""
    row = queries.account_with_roles(db, account_id=account_id)
    return _actor(row) if row is not None else NOBODY


def _by_cookie(db: Session, request: Request, secret: str) -> Actor:
    row = queries.account_with_roles(db, session_digest=digest_secret(secret), idle_since=idle_since())
    if row is None:
        return NOBODY
    if now() - row.seen_at > SEEN_EVERY:
        queries.mark_session_seen(db, row.session_id)
    _speak(request, row.locale)
    return _proved(row, _actor(row, session_id=row.session_id))


def _proved(row: Any, actor: Actor) -> Actor:
    """What of the account's rights this session has: without a second factor those of a member only.

    Rights are taken away here, once, so that no guard, policy or query elsewhere can forget to ask.
    """
    if row.second_factor_at is not None or get_settings().second_factor == "optional":
        return replace(actor, confirmed_at=row.confirmed_at)
    return replace(
        actor,
        roles=frozenset(),
        organisations=dict.fromkeys(actor.organisations, "member"),
        namespaces=actor.namespaces & {actor.namespace_id},
        second_factor=False,
        held_back=needs_second_factor(actor),
        confirmed_at=row.confirmed_at,
    )


def needs_second_factor(actor: Actor) -> bool:
    """Whether the account may more than a member: by a platform role, or as publisher or admin of an organisation."""
    return bool(actor.roles) or any(role != "member" for role in actor.organisations.values())


def _by_token(db: Session, request: Request, secret: str) -> Actor:
    if secret.startswith(NODES):
        # Nobody's: the doors for nodes know these; at every other door their bearer is a visitor.
        return NOBODY
    row = (
        queries.account_with_roles(db, token_digest=digest_secret(secret))
        if secret.startswith("cspon_")
        else None
    )
    if row is None:
        raise SignInNeeded(
            _("This access token is unknown, expired or revoked."),
            hint=_("Make a new one under Settings, Access tokens."),
        )
    _bound(request, frozenset(row.scopes))
    if get_settings().api_per_minute:
        limits.spend_per_minute(f"token:{row.token_id}", get_settings().api_per_minute)
    if row.used_at is None or now() - row.used_at > SEEN_EVERY:
        queries.mark_token_used(db, row.token_id)
    if "accept-language" not in request.headers:
        _speak(request, row.locale)
    return _actor(row, scopes=frozenset(row.scopes))


def _bound(request: Request, scopes: frozenset[str]) -> None:
    """Whatever a route forgot to ask: a reading token changes nothing, and no token acts through the pages' forms."""
    if request.method in _SAFE:
        return
    if not request.url.path.startswith("/api/"):
        raise Forbidden(_("Access tokens work with the API only."))
    if scopes.isdisjoint({Scope.write, Scope.evaluate}):
        raise Forbidden(_("Your access token may only read."))


def _speak(request: Request, locale: str) -> None:
    """The account's language, unless this browser chose one."""
    if "locale" not in request.cookies:
        i18n.set_locale(locale)


def _actor(row: Any, *, session_id: uuid.UUID | None = None, scopes: frozenset[str] | None = None) -> Actor:
    return Actor(
        id=row.account_id,
        name=row.name,
        namespace=row.slug,
        namespace_id=row.namespace_id,
        roles=frozenset(row.roles or ()),
        organisations={uuid.UUID(key): role for key, role in (row.memberships or {}).items()},
        namespaces=frozenset([row.namespace_id, *(row.publishable or ())]),
        scopes=scopes,
        locale=row.locale,
        unread=row.unread,
        session_id=session_id,
    )


# -- the cookie ---------------------------------------------------------------------------------------------------


def idle_since() -> dt.datetime:
    """Sessions last seen before this instant have ended."""
    return now() - dt.timedelta(minutes=get_settings().session_idle_min)


def is_https(request: Request) -> bool:
    """Whether browsers reach this site by HTTPS, directly or by a proxy."""
    return request.url.scheme == "https" or get_settings().site_url.startswith("https://")


def cookie_name(request: Request) -> str:
    """``__Host-`` binds the cookie to this host and to HTTPS; browsers accept that prefix on HTTPS only."""
    return "__Host-cspon" if is_https(request) else "cspon_session"


def set_cookie(request: Request, response: Response, secret: str) -> None:
    """Give the browser its session. It ends with the browser, and on the server by idle and absolute time."""
    response.set_cookie(
        cookie_name(request), secret, path="/", secure=is_https(request), httponly=True, samesite="lax"
    )


def clear_cookie(request: Request, response: Response) -> None:
    """Take the session from the browser."""
    response.delete_cookie(
        cookie_name(request), path="/", secure=is_https(request), httponly=True, samesite="lax"
    )


def remember_locale(request: Request, response: Response, locale: str) -> None:
    """Keep the chosen language in the browser for a year."""
    response.set_cookie(
        "locale",
        locale,
        max_age=LOCALE_COOKIE_S,
        path="/",
        secure=is_https(request),
        httponly=True,
        samesite="lax",
    )
