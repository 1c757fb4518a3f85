"""Reading handovers, and moving what hangs on the owner."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import Row, delete, exists, or_, union
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from portal.accounts.models import Namespace
from portal.kit.db import Session
from portal.kit.storage import Blob
from registry.assets.models import Asset, AssetAlias
from registry.handovers.models import Handover, HandoverState
from registry.versions.models import NamespaceBlob, StoredBlob, Version, VersionFile, VersionUpload


def _rows() -> Any:
    giver, taker = (Namespace.__table__.alias(name) for name in ("giver", "taker"))  # type: ignore[attr-defined]
    return (
        select(  # type: ignore[call-overload]
            col(Handover.id),
            col(Handover.asset_id),
            col(Handover.to_id),
            col(Handover.from_id),
            col(Handover.state),
            col(Handover.message),
            col(Handover.reason),
            col(Handover.created_at),
            col(Handover.updated_at),
            col(Handover.deadline_at),
            col(Asset.name),
            col(Asset.title),
            col(Asset.title_en),
            giver.c.slug.label("giver"),
            giver.c.display_name.label("giver_name"),
            taker.c.slug.label("taker"),
            taker.c.display_name.label("taker_name"),
        )
        .join(Asset, col(Asset.id) == col(Handover.asset_id))
        .join(giver, giver.c.id == col(Handover.from_id))
        .join(taker, taker.c.id == col(Handover.to_id))
    )


def offered_to(db: Session, namespaces: frozenset[uuid.UUID], limit: int = 100) -> list[Row[Any]]:
    """Open offers to these namespaces, the longest wait first."""
    statement = _rows().where(
        col(Handover.to_id).in_(namespaces), col(Handover.state) == HandoverState.offered
    )
    return list(db.execute(statement.order_by(col(Handover.id)).limit(limit)).all())


def one(db: Session, handover_id: uuid.UUID) -> Row[Any] | None:
    """One handover with the names of its parties."""
    row: Row[Any] | None = db.execute(_rows().where(col(Handover.id) == handover_id)).first()
    return row


def open_of(db: Session, asset_id: uuid.UUID) -> Row[Any] | None:
    """The open offer of an asset."""
    statement = _rows().where(
        col(Handover.asset_id) == asset_id, col(Handover.state) == HandoverState.offered
    )
    row: Row[Any] | None = db.execute(statement).first()
    return row


def for_change(db: Session, handover_id: uuid.UUID) -> Handover | None:
    """One handover, locked."""
    statement = select(Handover).where(col(Handover.id) == handover_id).with_for_update()
    return db.exec(statement.execution_options(populate_existing=True)).first()


def overdue(db: Session, instant: dt.datetime, limit: int = 200) -> list[uuid.UUID]:
    """Open offers whose time is over."""
    statement = (
        select(Handover.id)
        .where(col(Handover.state) == HandoverState.offered, col(Handover.deadline_at) < instant)
        .limit(limit)
    )
    return list(db.exec(statement))


def name_taken(db: Session, namespace_id: uuid.UUID, name: str, asset_id: uuid.UUID) -> bool:
    """Whether the namespace has, or once had, another asset of that name."""
    asset = exists().where(
        col(Asset.namespace_id) == namespace_id, col(Asset.name) == name, col(Asset.id) != asset_id
    )
    alias = exists().where(
        col(AssetAlias.namespace_id) == namespace_id,
        col(AssetAlias.name) == name,
        col(AssetAlias.asset_id) != asset_id,
    )
    return bool(db.execute(select(or_(asset, alias))).scalar_one())


def move_alias(db: Session, asset: Asset, *, left: uuid.UUID, entered: uuid.UUID) -> None:
    """Remember the address an asset leaves; the one it enters is its own again."""
    db.execute(
        delete(AssetAlias).where(
            col(AssetAlias.namespace_id) == entered, col(AssetAlias.asset_id) == asset.id
        )
    )
    statement = insert(AssetAlias).values(namespace_id=left, name=asset.name, asset_id=asset.id)
    db.execute(
        statement.on_conflict_do_update(index_elements=["namespace_id", "name"], set_={"asset_id": asset.id})
    )


def _digests(owner: Any) -> Any:
    """Digests of all files and archives of versions of the assets that ``owner`` picks."""
    parts = [
        select(col(table.sha256))
        .join(Version, col(Version.id) == col(table.version_id))
        .join(Asset, col(Asset.id) == col(Version.asset_id))
        .where(owner)
        for table in (VersionFile, VersionUpload)
    ]
    return union(*parts)


def blobs_of(db: Session, asset_id: uuid.UUID) -> list[Blob]:
    """Every stored content of an asset, each once."""
    statement = select(col(StoredBlob.sha256), col(StoredBlob.size)).where(
        col(StoredBlob.sha256).in_(_digests(col(Asset.id) == asset_id))
    )
    return [Blob(sha256=row[0], size=row[1]) for row in db.execute(statement)]


def take_off_quota(db: Session, namespace_id: uuid.UUID, asset_id: uuid.UUID) -> int:
    """Free the giver's quota of what only this asset held there; how many contents. Call before the asset moves."""
    mine = _digests(col(Asset.id) == asset_id)
    others = _digests((col(Asset.namespace_id) == namespace_id) & (col(Asset.id) != asset_id))
    result: Any = db.execute(
        delete(NamespaceBlob).where(
            col(NamespaceBlob.namespace_id) == namespace_id,
            col(NamespaceBlob.sha256).in_(mine),
            col(NamespaceBlob.sha256).not_in(others),
        ),
        execution_options={"synchronize_session": False},
    )
    return int(result.rowcount)
