"""Reading previews, and the files they belong to."""

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.ids import new_id
from portal.kit.storage import Blob
from registry.assets.models import Asset
from registry.previews.models import FORMAT, Preview, PreviewKind, PreviewState
from registry.versions.models import Version, VersionFile, VersionState
from registry.versions.queries import note_blobs


def of_content(db: Session, sha256: str, kind: PreviewKind) -> Preview | None:
    """The preview of a content in the present format, if it was ever asked for."""
    statement = select(Preview).where(
        col(Preview.sha256) == sha256, col(Preview.kind) == kind, col(Preview.format) == FORMAT
    )
    return db.exec(statement).first()


def state_of(db: Session, preview_id: uuid.UUID) -> PreviewState | None:
    """The state alone, for live pages."""
    found = db.execute(select(Preview.state).where(col(Preview.id) == preview_id)).first()
    return found[0] if found is not None else None


def get_for_change(db: Session, preview_id: uuid.UUID) -> Preview | None:
    """One preview, its row locked until the transaction ends."""
    statement = select(Preview).where(col(Preview.id) == preview_id).with_for_update()
    return db.exec(statement.execution_options(populate_existing=True)).first()


def add(db: Session, values: dict[str, Any]) -> uuid.UUID | None:
    """A new row; None where the content has one already (somebody else may be first at any moment)."""
    stamped = {"id": new_id(), "created_at": now(), "updated_at": now(), "format": FORMAT, **values}
    statement = insert(Preview).values(**stamped).on_conflict_do_nothing().returning(col(Preview.id))
    found = db.execute(statement).first()
    return found[0] if found is not None else None


def keep_blobs(db: Session, blobs: Iterable[Blob]) -> None:
    """Note that parts of previews are in the store; they belong to no namespace and count for no quota."""
    note_blobs(db, blobs)


def overdue(db: Session, instant: dt.datetime, limit: int = 50) -> list[uuid.UUID]:
    """Previews that are not made although their deadline has passed."""
    statement = (
        select(Preview.id)
        .where(col(Preview.state) == PreviewState.pending, col(Preview.deadline_at) < instant)
        .limit(limit)
    )
    return list(db.exec(statement))


def public_files(db: Session, version_id: uuid.UUID, limit: int) -> list[Row[Any]]:
    """Path, digest and size of a published version's files that are not hidden."""
    statement: Any = (
        select(col(VersionFile.path), col(VersionFile.sha256), col(VersionFile.size))
        .join(Version, col(Version.id) == col(VersionFile.version_id))
        .where(
            col(Version.id) == version_id,
            col(Version.state) == VersionState.published,
            ~col(VersionFile.hidden),
        )
        .order_by(col(VersionFile.path))
        .limit(limit)
    )
    return list(db.execute(statement).all())


def newest_versions_with(db: Session, sha256: str, limit: int = 200) -> list[uuid.UUID]:
    """The newest published version of each asset that shows a content to everybody."""
    statement = (
        select(Version.id)
        .join(VersionFile, col(VersionFile.version_id) == col(Version.id))
        .join(Asset, col(Asset.id) == col(Version.asset_id))
        .where(
            col(VersionFile.sha256) == sha256,
            ~col(VersionFile.hidden),
            col(Version.state) == VersionState.published,
            col(Version.number) == col(Asset.latest_version),
        )
        .distinct()
        .limit(limit)
    )
    return list(db.exec(statement))


def papers_of(db: Session, version_id: uuid.UUID) -> list[Row[Any]]:
    """Path, facts and parts of the documents of a published version whose text is ready."""
    statement: Any = (
        select(col(VersionFile.path), col(Preview.facts), col(Preview.parts))
        .join(Preview, col(Preview.sha256) == col(VersionFile.sha256))
        .join(Version, col(Version.id) == col(VersionFile.version_id))
        .where(
            col(Version.id) == version_id,
            col(Version.state) == VersionState.published,
            ~col(VersionFile.hidden),
            col(Preview.kind) == PreviewKind.paper,
            col(Preview.format) == FORMAT,
            col(Preview.state) == PreviewState.ready,
        )
        .order_by(col(VersionFile.path))
        .limit(5)
    )
    return list(db.execute(statement).all())


def tables_of(db: Session, digests: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What is known of the columns of those contents that are tables (``schema.TableFacts``), by digest. Whoever asks
    may read the files: a preview knows no readers.
    """
    statement: Any = select(col(Preview.sha256), col(Preview.facts)).where(
        col(Preview.sha256).in_(list(digests)),
        col(Preview.kind) == PreviewKind.table,
        col(Preview.format) == FORMAT,
        col(Preview.state) == PreviewState.ready,
    )
    return {row.sha256: row.facts for row in db.execute(statement)}


def newest_version(db: Session, asset_id: uuid.UUID) -> uuid.UUID | None:
    """The version that an asset's page shows."""
    statement = (
        select(Version.id)
        .join(Asset, col(Asset.id) == col(Version.asset_id))
        .where(
            col(Version.asset_id) == asset_id,
            col(Version.number) == col(Asset.latest_version),
            col(Version.state) == VersionState.published,
        )
    )
    return db.exec(statement).first()
