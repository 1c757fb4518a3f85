"""Guards of accounts that other domains may put before their own."""

import datetime as dt
from typing import Any

from portal.accounts import queries, sessions, throttle
from portal.accounts.models import Account, BrowserSession
from portal.accounts.throttle import Limit
from portal.kit.clock import now
from portal.kit.errors import ConfirmationNeeded, Forbidden, NotFound, SignInNeeded
from portal.kit.i18n import _
from portal.kit.ids import digest_secret
from portal.kit.pages import Context
from portal.kit.routes import Guard, signed_in

FRESH = dt.timedelta(minutes=15)


def myself(req: Context) -> Account:
    """Somebody must be signed in; gives the own account."""
    signed_in(req)
    account = queries.by_id(req.db, req.actor.id)
    if account is None:
        raise NotFound(_("There is no such account."))
    return account


def in_browser(req: Context) -> None:
    """Somebody must be signed in by a browser session: a token sees and makes no tokens and no factors."""
    signed_in(req)
    if req.actor.scopes is not None:
        raise Forbidden(_("Access tokens work with the API only."))


def confirmed(guard: Guard) -> Guard:
    """``guard``, in a browser session whose owner proved to be there within the last 15 minutes."""

    def check(req: Context) -> Any:
        subject = guard(req)
        in_browser(req)
        at = req.actor.confirmed_at
        if at is None or now() - at > FRESH:
            raise ConfirmationNeeded(
                _("Please confirm first that it is you."),
                hint=_("This is asked before sensitive changes when the last time is over 15 minutes ago."),
            )
        return subject

    check.__doc__ = f"Confirmed within 15 minutes, then: {guard.__doc__}"
    return check


def spend_use(
    req: Context, name: str, limits: tuple[Limit, ...], per_address: tuple[Limit, ...] = ()
) -> None:
    """Count one use by this account, and by this network address; ``TooMany`` above the limits."""
    throttle.spend(f"{name}:{req.actor.id}", limits)
    if per_address:
        throttle.spend(f"{name}-address:{throttle.network(req.address)}", per_address)


def limited(guard: Guard, name: str, limits: tuple[Limit, ...], per_address: tuple[Limit, ...] = ()) -> Guard:
    """``guard``, and then no more uses than the limits of this account, and of this network address, allow."""

    def check(req: Context) -> Any:
        subject = guard(req)
        spend_use(req, name, limits, per_address)
        return subject

    check.__doc__ = f"Limited uses of {name}, then: {guard.__doc__}"
    return check


def half_in(req: Context) -> tuple[BrowserSession, Account]:
    """The password was right in this browser a moment ago; the second factor is still to come."""
    secret = req.request.cookies.get(sessions.cookie_name(req.request), "")
    session = queries.pending_session(req.db, digest_secret(secret)) if secret else None
    account = queries.by_id(req.db, session.account_id) if session is not None else None
    if session is None or account is None:
        raise SignInNeeded(_("Please sign in first."))
    return session, account
