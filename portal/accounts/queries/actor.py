"""The actor behind a session, a token or an id, in one query."""

import datetime as dt
import uuid
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, Text, bindparam, cast, column, func, select, table, update
from sqlmodel import col

from portal.accounts.models import (
    AccessToken,
    Account,
    AccountRole,
    AccountState,
    BrowserSession,
    Namespace,
)
from portal.kit.clock import now
from portal.kit.db import Session
from portal.notices.models import Notice

UNREAD_CAP = 100

# Organisations stand above accounts, so their table is known here by name only.
membership = table("membership", column("organisation_id"), column("account_id"), column("role"))


def _actor_columns() -> list[Any]:
    """All an Actor is made of, as columns of one row of ``account`` joined with its ``namespace``."""
    roles = (
        select(func.array_agg(cast(col(AccountRole.role), Text)))
        .where(col(AccountRole.account_id) == col(Account.id))
        .correlate(Account)
        .scalar_subquery()
    )
    memberships = (
        select(func.jsonb_object_agg(cast(membership.c.organisation_id, Text), membership.c.role))
        .where(membership.c.account_id == col(Account.id))
        .correlate(Account)
        .scalar_subquery()
    )
    other = Namespace.__table__.alias("publishable")  # type: ignore[attr-defined]
    publishable = (
        select(func.array_agg(other.c.id))
        .join(membership, membership.c.organisation_id == other.c.organisation_id)
        .where(membership.c.account_id == col(Account.id), membership.c.role.in_(["publisher", "admin"]))
        .correlate(Account)
        .scalar_subquery()
    )
    some_unread = (
        select(col(Notice.id))
        .where(col(Notice.account_id) == col(Account.id), col(Notice.read_at).is_(None))
        .correlate(Account)
        .limit(UNREAD_CAP)
        .subquery()
    )
    return [
        col(Account.id).label("account_id"),
        col(Account.name).label("name"),
        col(Account.locale).label("locale"),
        col(Namespace.id).label("namespace_id"),
        col(Namespace.slug).label("slug"),
        roles.label("roles"),
        memberships.label("memberships"),
        publishable.label("publishable"),
        select(func.count()).select_from(some_unread).scalar_subquery().label("unread"),
    ]


def _active_accounts(*more: Any) -> Select[Any]:
    return (
        select(*_actor_columns(), *more)
        .select_from(Account)
        .join(Namespace, col(Namespace.account_id) == col(Account.id))
        .where(col(Account.state) == AccountState.active)
    )


@lru_cache(maxsize=1)
def _by_session() -> Select[Any]:
    return (
        _active_accounts(
            col(BrowserSession.id).label("session_id"),
            col(BrowserSession.seen_at).label("seen_at"),
            col(BrowserSession.second_factor_at).label("second_factor_at"),
            col(BrowserSession.confirmed_at).label("confirmed_at"),
        )
        .join(BrowserSession, col(BrowserSession.account_id) == col(Account.id))
        .where(
            col(BrowserSession.secret_digest) == bindparam("digest"),
            ~col(BrowserSession.pending),
            col(BrowserSession.expires_at) > bindparam("now"),
            col(BrowserSession.seen_at) > bindparam("idle_since"),
        )
    )


@lru_cache(maxsize=1)
def _by_token() -> Select[Any]:
    return (
        _active_accounts(
            col(AccessToken.id).label("token_id"),
            col(AccessToken.used_at).label("used_at"),
            col(AccessToken.scopes).label("scopes"),
        )
        .join(AccessToken, col(AccessToken.account_id) == col(Account.id))
        .where(
            col(AccessToken.secret_digest) == bindparam("digest"),
            col(AccessToken.expires_at) > bindparam("now"),
            col(AccessToken.revoked_at).is_(None),
        )
    )


@lru_cache(maxsize=1)
def _by_id() -> Select[Any]:
    return _active_accounts().where(col(Account.id) == bindparam("id"))


def account_with_roles(
    db: Session,
    *,
    session_digest: str | None = None,
    token_digest: str | None = None,
    account_id: uuid.UUID | None = None,
    idle_since: dt.datetime | None = None,
) -> Any | None:
    """The active account of a live session, a live token or an id, with everything an Actor holds, in one query."""
    if session_digest is not None:
        values = {"digest": session_digest, "now": now(), "idle_since": idle_since}
        return db.execute(_by_session(), values).one_or_none()
    if token_digest is not None:
        return db.execute(_by_token(), {"digest": token_digest, "now": now()}).one_or_none()
    return db.execute(_by_id(), {"id": account_id}).one_or_none()


def mark_session_seen(db: Session, session_id: uuid.UUID) -> None:
    """Move ``seen_at`` unless another request of the same browser is doing so: nobody waits for this."""
    free = (
        select(col(BrowserSession.id))
        .where(col(BrowserSession.id) == session_id)
        .with_for_update(skip_locked=True)
    )
    db.execute(
        update(BrowserSession).where(col(BrowserSession.id).in_(free)).values(seen_at=now()),
        execution_options={"synchronize_session": False},
    )


def mark_token_used(db: Session, token_id: uuid.UUID) -> None:
    """Move ``used_at`` in the same way."""
    free = (
        select(col(AccessToken.id)).where(col(AccessToken.id) == token_id).with_for_update(skip_locked=True)
    )
    db.execute(
        update(AccessToken).where(col(AccessToken.id).in_(free)).values(used_at=now()),
        execution_options={"synchronize_session": False},
    )
