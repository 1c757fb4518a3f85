"""Reading (and sweeping) sessions, tokens, reset secrets and tries."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import delete, select
from sqlmodel import col

from portal.accounts.models import (
    AccessToken,
    Account,
    AccountState,
    BrowserSession,
    ResetToken,
)
from portal.kit.clock import now
from portal.kit.db import Session


def session_by_digest(db: Session, digest: str) -> BrowserSession | None:
    """The session of a cookie, live or not."""
    return db.scalars(select(BrowserSession).where(col(BrowserSession.secret_digest) == digest)).one_or_none()


def sessions_of(
    db: Session,
    account_id: uuid.UUID,
    *,
    idle_since: dt.datetime | None = None,
    except_id: uuid.UUID | None = None,
) -> list[BrowserSession]:
    """The sessions of an account, last seen first; with ``idle_since`` only the live ones."""
    statement = select(BrowserSession).where(col(BrowserSession.account_id) == account_id)
    if except_id is not None:
        statement = statement.where(col(BrowserSession.id) != except_id)
    if idle_since is not None:
        live = (
            (col(BrowserSession.expires_at) > now())
            & (col(BrowserSession.seen_at) > idle_since)
            & ~col(BrowserSession.pending)
        )
        statement = statement.where(live)
    return list(db.scalars(statement.order_by(col(BrowserSession.seen_at).desc(), col(BrowserSession.id))))


def tokens_of(db: Session, account_id: uuid.UUID) -> list[AccessToken]:
    """The access tokens of an account that were not revoked, newest first."""
    statement = select(AccessToken).where(
        col(AccessToken.account_id) == account_id, col(AccessToken.revoked_at).is_(None)
    )
    return list(db.scalars(statement.order_by(col(AccessToken.id).desc())))


def token_of(db: Session, account_id: uuid.UUID, token_id: uuid.UUID) -> AccessToken | None:
    """One token of an account, locked."""
    statement = select(AccessToken).where(
        col(AccessToken.account_id) == account_id, col(AccessToken.id) == token_id
    )
    return db.scalars(statement.with_for_update()).one_or_none()


def live_reset(db: Session, digest: str, *, lock: bool = False) -> ResetToken | None:
    """The unused, unexpired way to set a new password behind a mailed secret, if its account can be used."""
    statement = (
        select(ResetToken)
        .join(Account, col(Account.id) == col(ResetToken.account_id))
        .where(
            col(ResetToken.secret_digest) == digest,
            col(ResetToken.expires_at) > now(),
            col(ResetToken.used_at).is_(None),
            col(Account.state) == AccountState.active,
        )
    )
    return db.scalars(statement.with_for_update(of=ResetToken) if lock else statement).one_or_none()


def open_resets(db: Session, account_id: uuid.UUID) -> list[ResetToken]:
    """The unused reset tokens of an account."""
    statement = select(ResetToken).where(
        col(ResetToken.account_id) == account_id, col(ResetToken.used_at).is_(None)
    )
    return list(db.scalars(statement))


def delete_dead(db: Session, *, idle_since: dt.datetime) -> int:
    """Delete sessions that ended, and reset tokens used up or too old; how many rows."""
    dead = [
        delete(BrowserSession).where(
            (col(BrowserSession.expires_at) < now()) | (col(BrowserSession.seen_at) < idle_since)
        ),
        delete(ResetToken).where((col(ResetToken.expires_at) < now()) | col(ResetToken.used_at).is_not(None)),
    ]
    results: list[Any] = [db.execute(one, execution_options={"synchronize_session": False}) for one in dead]
    return sum(result.rowcount for result in results)
