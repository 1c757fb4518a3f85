"""What versions hold about one person, for the person's own export."""

import uuid
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from portal.accounts.models import Namespace
from portal.kit.db import Session
from registry.assets.models import Asset
from registry.versions.models import Version


def version_data(db: Session, account_id: uuid.UUID) -> list[dict[str, Any]]:
    """Versions somebody made, without their files."""
    names = ("number", "state", "notes", "tree_digest", "size", "file_count", "created_at", "published_at")
    columns = [getattr(Version, name) for name in (*names, "yanked_at")]
    statement = (
        select(col(Namespace.slug).label("namespace"), col(Asset.name).label("asset"), *columns)
        .join(Asset, col(Asset.id) == col(Version.asset_id))
        .join(Namespace, col(Namespace.id) == col(Asset.namespace_id))
        .where(col(Version.created_by) == account_id)
        .order_by(col(Version.id))
    )
    return [dict(row) for row in db.execute(statement).mappings()]
