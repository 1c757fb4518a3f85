"""What the community holds about one person, for the person's own export."""

import uuid
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from portal.accounts.models import Namespace
from portal.kit.db import Session
from registry.assets.models import Asset
from registry.community.models import AssetLike, AssetWatch, Discussion, Post

_ASSET: tuple[Any, ...] = (col(Namespace.slug).label("namespace"), col(Asset.name).label("asset"))


def post_data(db: Session, account_id: uuid.UUID) -> list[dict[str, Any]]:
    """What somebody wrote in discussions."""
    statement = (
        select(
            *_ASSET,
            col(Discussion.number),
            col(Discussion.title),
            col(Post.at),
            col(Post.text),
            col(Post.state),
        )
        .join(Discussion, col(Discussion.id) == col(Post.discussion_id))
        .join(Asset, col(Asset.id) == col(Discussion.asset_id))
        .join(Namespace, col(Namespace.id) == col(Asset.namespace_id))
        .where(col(Post.account_id) == account_id)
        .order_by(col(Post.id))
    )
    return [dict(row) for row in db.execute(statement).mappings()]


def like_data(db: Session, account_id: uuid.UUID) -> list[dict[str, Any]]:
    """What somebody likes and watches."""
    found: list[dict[str, Any]] = []
    for kind, table in (("like", AssetLike), ("watch", AssetWatch)):
        statement = (
            select(*_ASSET)
            .join(table, col(table.asset_id) == col(Asset.id))
            .join(Namespace, col(Namespace.id) == col(Asset.namespace_id))
            .where(col(table.account_id) == account_id)
            .order_by(col(Asset.id))
        )
        found += [{"kind": kind, **row} for row in db.execute(statement).mappings()]
    return found
