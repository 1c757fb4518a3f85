"""Personal access tokens."""

import datetime as dt
import uuid
from collections.abc import Collection

from portal.accounts import queries
from portal.accounts.models import AccessToken, Scope
from portal.audit.actions import record
from portal.kit.actor import Actor
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.errors import Conflict, Forbidden, NotFound, SecondFactorNeeded
from portal.kit.i18n import _
from portal.kit.ids import digest_secret, new_secret

PREFIX = "cspon_"
MAX_TOKENS = 50


def create_token(
    db: Session, actor: Actor, *, name: str, scopes: Collection[Scope], days: int
) -> tuple[AccessToken, str]:
    """A new token of the actor and its secret, shown this once. Every token may read; at most 365 days.

    A token cannot make tokens: otherwise a stolen one would never end.
    """
    if actor.id is None or actor.scopes is not None:
        raise Forbidden(_("Access tokens are made in a browser session."))
    if not actor.second_factor:
        raise SecondFactorNeeded(
            _("Access tokens are made after the second step of signing in."),
            hint=_("A token acts for you without any second factor, so making one needs it."),
        )
    if not 1 <= days <= 365:
        raise ValueError("a token lives 1 to 365 days")
    live = [token for token in queries.tokens_of(db, actor.id) if token.expires_at > now()]
    if len(live) >= MAX_TOKENS:
        raise Conflict(_("You have %(n)s access tokens; revoke one you no longer need.", n=len(live)))
    secret = new_secret(PREFIX)
    token = AccessToken(
        account_id=actor.id,
        name=name,
        secret_digest=digest_secret(secret),
        hint=secret[-4:],
        scopes=sorted({Scope.read.value, *(scope.value for scope in scopes)}),
        expires_at=now() + dt.timedelta(days=days),
    )
    db.add(token)
    db.flush()
    record(db, actor, verb="token.created", object=token, scopes=token.scopes, days=days)
    return token, secret


def revoke_token(db: Session, actor: Actor, *, token_id: uuid.UUID) -> None:
    """End one of the actor's own tokens at once."""
    token = queries.token_of(db, actor.id, token_id) if actor.id is not None else None
    if token is None:
        raise NotFound(_("There is no such access token."))
    if token.revoked_at is None:
        token.revoked_at = now()
        db.add(token)
        record(db, actor, verb="token.revoked", object=token)
