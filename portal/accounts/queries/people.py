"""Reading accounts and their roles."""

import uuid

from sqlalchemy import select
from sqlmodel import col

from portal.accounts.models import (
    Account,
    AccountRole,
    AccountState,
    Namespace,
    Role,
)
from portal.accounts.queries.actor import membership
from portal.kit.db import Session


def by_email(db: Session, email: str, *, lock: bool = False) -> Account | None:
    """The account of an address, in whatever state."""
    statement = select(Account).where(col(Account.email) == email.strip().casefold())
    return db.scalars(statement.with_for_update() if lock else statement).one_or_none()


def by_id(db: Session, account_id: uuid.UUID | None, *, lock: bool = False) -> Account | None:
    """An account, fresh from the database when it is locked. Sessions may still be opened meanwhile: signing in holds
    the lock of the address, which changing the password takes second.
    """
    statement = select(Account).where(col(Account.id) == account_id)
    if lock:
        statement = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    return db.scalars(statement).one_or_none()


def with_role(db: Session, *roles: Role) -> list[Account]:
    """The active accounts that hold one of the roles, each once; for telling them something."""
    holders = select(col(AccountRole.account_id)).where(col(AccountRole.role).in_(roles))
    statement = select(Account).where(col(Account.id).in_(holders), col(Account.state) == AccountState.active)
    return list(db.scalars(statement.order_by(col(Account.id))))


def roles_of(db: Session, account_id: uuid.UUID) -> list[AccountRole]:
    """The platform roles of one account, oldest first."""
    statement = select(AccountRole).where(col(AccountRole.account_id) == account_id)
    return list(db.scalars(statement.order_by(col(AccountRole.id))))


def only_admin_of(db: Session, account_id: uuid.UUID) -> list[str]:
    """The names of organisations that would be left without an administrator if this account went."""
    other = membership.alias("other")
    others = (
        select(other.c.account_id)
        .join(Account, col(Account.id) == other.c.account_id)
        .where(
            col(Account.state) != AccountState.closed,
            other.c.organisation_id == membership.c.organisation_id,
            other.c.role == "admin",
            other.c.account_id != account_id,
        )
        .correlate(membership)
    )
    statement = (
        select(col(Namespace.display_name))
        .join(membership, membership.c.organisation_id == col(Namespace.organisation_id))
        .where(membership.c.account_id == account_id, membership.c.role == "admin", ~others.exists())
        .order_by(col(Namespace.slug))
    )
    return list(db.scalars(statement))
