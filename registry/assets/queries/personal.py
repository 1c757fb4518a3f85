"""What assets hold about one person, for the person's own export."""

import uuid
from typing import Any

from sqlalchemy import func, or_, select
from sqlmodel import col

from portal.accounts.models import Namespace
from portal.kit.db import Session
from registry.assets.models import Asset


def _own(account_id: uuid.UUID) -> Any:
    return or_(col(Namespace.account_id) == account_id, col(Asset.created_by) == account_id)


def asset_data(db: Session, account_id: uuid.UUID) -> list[dict[str, Any]]:
    """Assets somebody made or that stand under the own name: their description, not their files."""
    names = ("name", "kind", "title", "title_en", "summary", "licence", "card", "is_public", "latest_version")
    columns = [getattr(Asset, name) for name in (*names, "created_at", "updated_at")]
    statement = (
        select(col(Namespace.slug).label("namespace"), *columns)
        .join(Namespace, col(Namespace.id) == col(Asset.namespace_id))
        .where(_own(account_id))
        .order_by(col(Asset.id))
    )
    return [dict(row) for row in db.execute(statement).mappings()]


def public_of(account_id: uuid.UUID) -> Any:
    """A scalar subquery: how many public assets stand under somebody's own name."""
    return (
        select(func.count())
        .select_from(Asset)
        .join(Namespace, col(Namespace.id) == col(Asset.namespace_id))
        .where(col(Namespace.account_id) == account_id, col(Asset.is_public))
        .scalar_subquery()
    )
