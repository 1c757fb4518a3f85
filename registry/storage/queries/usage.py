"""What takes a namespace's room."""

import uuid
from typing import Any

from sqlalchemy import Row, func
from sqlmodel import col, select

from portal.kit.db import Session
from registry.assets.models import Asset
from registry.storage.queries.upkeep import held_by_its_namespace
from registry.versions.models import NamespaceBlob, Version, VersionFile, VersionUpload


def _held() -> Any:
    """Asset and content of every file and archive of versions, each pair once."""
    files = select(col(Version.asset_id), col(VersionFile.sha256), col(VersionFile.size)).join(
        Version, col(Version.id) == col(VersionFile.version_id)
    )
    archives = select(col(Version.asset_id), col(VersionUpload.sha256), col(VersionUpload.size)).join(
        Version, col(Version.id) == col(VersionUpload.version_id)
    )
    return files.union(archives).subquery()


def by_asset(db: Session, namespace_id: uuid.UUID, limit: int = 1000) -> list[Row[Any]]:
    """Assets with the bytes of different content they hold, the largest first. Content that two assets hold counts
    in both, so that the sum may be more than what the namespace is charged.
    """
    held = _held()
    size = func.coalesce(func.sum(held.c.size), 0).label("size")
    statement: Any = (
        select(  # type: ignore[call-overload]
            col(Asset.name), col(Asset.title), col(Asset.title_en), col(Asset.kind),
            func.count(held.c.sha256).label("files"), size,
        )
        .join(held, held.c.asset_id == col(Asset.id))
        .where(col(Asset.namespace_id) == namespace_id)
        .group_by(col(Asset.id))
        .order_by(size.desc(), col(Asset.name))
        .limit(limit)
    )  # fmt: skip
    return list(db.execute(statement).all())


def largest_versions(db: Session, namespace_id: uuid.UUID, limit: int = 20) -> list[Row[Any]]:
    """The versions with the most bytes in files."""
    size = func.sum(VersionFile.size).label("size")
    statement: Any = (
        select(  # type: ignore[call-overload]
            col(Asset.name),
            col(Asset.title),
            col(Asset.title_en),
            col(Version.number),
            col(Version.state),
            col(Version.created_at),
            size,
            func.count().label("files"),
        )
        .join(Asset, col(Asset.id) == col(Version.asset_id))
        .join(VersionFile, col(VersionFile.version_id) == col(Version.id))
        .where(col(Asset.namespace_id) == namespace_id)
        .group_by(col(Version.id), col(Asset.id))
        .order_by(size.desc(), col(Version.id))
        .limit(limit)
    )
    return list(db.execute(statement).all())


def unused(db: Session, namespace_id: uuid.UUID) -> int:
    """Bytes that are still counted although no version holds them any more: the sweep will let go of them."""
    statement: Any = select(func.coalesce(func.sum(NamespaceBlob.size), 0)).where(
        col(NamespaceBlob.namespace_id) == namespace_id, ~held_by_its_namespace()
    )
    return int(db.execute(statement).scalar_one())
