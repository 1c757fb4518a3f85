"""Reading namespaces and public profiles."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from portal.accounts.models import (
    Account,
    Namespace,
)
from portal.accounts.naming import is_slug
from portal.accounts.queries.actor import membership
from portal.kit.db import Session


def namespace(db: Session, slug: str) -> Namespace | None:
    """The namespace of that short name."""
    return db.scalars(select(Namespace).where(col(Namespace.slug) == slug)).one_or_none()


def namespace_of(
    db: Session, *, account_id: uuid.UUID | None = None, organisation_id: uuid.UUID | None = None
) -> Namespace:
    """The namespace of a person or of an organisation; both always have one."""
    mine = (
        col(Namespace.account_id) == account_id
        if account_id is not None
        else col(Namespace.organisation_id) == organisation_id
    )
    return db.scalars(select(Namespace).where(mine)).one()


def slugs_like(db: Session, slug: str) -> set[str]:
    """Taken short names that begin with ``slug``."""
    return set(
        db.scalars(select(col(Namespace.slug)).where(col(Namespace.slug).startswith(slug, autoescape=True)))
    )


def person(db: Session, slug: str) -> Any | None:
    """The public profile behind a short name (not for organisations), or None."""
    if not is_slug(slug):
        return None
    statement = (
        select(
            col(Account.id),
            col(Account.name),
            col(Account.state),
            col(Account.affiliation),
            col(Account.orcid),
            col(Account.bio),
            col(Account.created_at),
            col(Namespace.slug),
        )
        .join(Namespace, col(Namespace.account_id) == col(Account.id))
        .where(col(Namespace.slug) == slug)
    )
    return db.execute(statement).one_or_none()


def organisations_of(db: Session, account_id: uuid.UUID) -> Sequence[Any]:
    """(slug, name, role) of the organisations somebody belongs to."""
    statement = (
        select(col(Namespace.slug), col(Namespace.display_name).label("name"), membership.c.role)
        .join(membership, membership.c.organisation_id == col(Namespace.organisation_id))
        .where(membership.c.account_id == account_id)
        .order_by(col(Namespace.slug))
    )
    return db.execute(statement).all()


def publishable(db: Session, ids: frozenset[uuid.UUID]) -> Sequence[Any]:
    """(id, slug, display_name) of namespaces, for the choice of where to publish; pass ``actor.namespaces``."""
    statement = select(col(Namespace.id), col(Namespace.slug), col(Namespace.display_name))
    statement = statement.where(col(Namespace.id).in_(ids)).order_by(col(Namespace.slug))
    return db.execute(statement).all()
