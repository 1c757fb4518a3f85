"""Files, stored blobs, uploads, downloads."""

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, delete, func, union
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.storage import Blob
from registry.assets.models import Asset
from registry.versions.models import (
    StoredBlob,
    UploadState,
    Version,
    VersionDownload,
    VersionFile,
    VersionUpload,
)


def files_of(db: Session, version_id: uuid.UUID, *, hidden: bool) -> list[Row[Any]]:
    """Path, digest, size, type and hidden mark of a version's files by path; the hidden ones only where asked."""
    statement: Any = (
        select(  # type: ignore[call-overload]
            col(VersionFile.path),
            col(VersionFile.sha256),
            col(VersionFile.size),
            col(VersionFile.media_type),
            col(VersionFile.hidden),
        )
        .where(col(VersionFile.version_id) == version_id)
        .order_by(col(VersionFile.path))
    )
    if not hidden:
        statement = statement.where(col(VersionFile.hidden).is_(False))
    return list(db.execute(statement).all())


def stored_files(db: Session, version_id: uuid.UUID) -> list[VersionFile]:
    """The rows themselves, for changes."""
    return list(db.exec(select(VersionFile).where(col(VersionFile.version_id) == version_id)))


def file_at(db: Session, version_id: uuid.UUID, path: str, *, hidden: bool) -> Row[Any] | None:
    """One file of a version; a hidden one only where asked."""
    for row in files_of_path(db, version_id, path):
        if hidden or not row.hidden:
            return row
    return None


def files_of_path(db: Session, version_id: uuid.UUID, path: str) -> list[Row[Any]]:
    """The file at a path (none or one)."""
    statement: Any = select(  # type: ignore[call-overload]
        col(VersionFile.path),
        col(VersionFile.sha256),
        col(VersionFile.size),
        col(VersionFile.media_type),
        col(VersionFile.hidden),
    ).where(col(VersionFile.version_id) == version_id, col(VersionFile.path) == path)
    return list(db.execute(statement).all())


def remove_file(db: Session, version_id: uuid.UUID, path: str) -> bool:
    """Delete one file of a version (the blob stays for others); whether there was one."""
    statement = delete(VersionFile).where(
        col(VersionFile.version_id) == version_id, col(VersionFile.path) == path
    )
    result: Any = db.execute(statement, execution_options={"synchronize_session": False})
    return bool(result.rowcount)


def remember_blobs(db: Session, blobs: Iterable[Blob]) -> None:
    """Note that these files are in the store; a known one stays as it is."""
    rows = [{"sha256": blob.sha256, "size": blob.size, "created_at": now()} for blob in blobs]
    if rows:
        db.execute(insert(StoredBlob).values(rows).on_conflict_do_nothing())


def _owned(namespace_id: uuid.UUID) -> Any:
    """Digest and size of everything a namespace has stored, each once."""
    mine = col(Asset.namespace_id) == namespace_id
    files: Any = (
        select(col(VersionFile.sha256).label("sha256"), col(VersionFile.size).label("size"))
        .join(Version, col(Version.id) == col(VersionFile.version_id))
        .join(Asset, col(Asset.id) == col(Version.asset_id))
        .where(mine)
    )
    archives: Any = (
        select(col(VersionUpload.sha256).label("sha256"), col(VersionUpload.size).label("size"))
        .join(Version, col(Version.id) == col(VersionUpload.version_id))
        .join(Asset, col(Asset.id) == col(Version.asset_id))
        .where(mine)
    )
    return union(files, archives).subquery("owned")


def owned_bytes(db: Session, namespace_id: uuid.UUID) -> int:
    """Bytes a namespace has stored; the same content counts once."""
    owned = _owned(namespace_id)
    return int(db.execute(select(func.coalesce(func.sum(owned.c.size), 0))).scalar_one())


def owned_blobs(db: Session, namespace_id: uuid.UUID, digests: Iterable[str]) -> dict[str, int]:
    """Digest -> size of those files that this namespace (and no other) already has."""
    owned = _owned(namespace_id)
    statement: Any = select(owned.c.sha256, owned.c.size).where(owned.c.sha256.in_(list(digests)))
    return {row[0]: row[1] for row in db.execute(statement)}


def uploads_of(db: Session, version_id: uuid.UUID) -> list[VersionUpload]:
    """The archives given for a version, newest first."""
    statement = select(VersionUpload).where(col(VersionUpload.version_id) == version_id)
    return list(db.exec(statement.order_by(col(VersionUpload.id).desc()).limit(20)))


def pending_uploads(db: Session, version_id: uuid.UUID) -> int:
    """How many archives of a version are not unpacked yet."""
    statement = select(func.count()).where(
        col(VersionUpload.version_id) == version_id, col(VersionUpload.state) == UploadState.pending
    )
    return int(db.execute(statement).scalar_one())


def archived_uploads(db: Session, upload_id: uuid.UUID) -> VersionUpload | None:
    """One upload, not locked."""
    return db.get(VersionUpload, upload_id)


def get_upload_for_change(db: Session, upload_id: uuid.UUID) -> VersionUpload | None:
    """One upload, its row locked."""
    statement = select(VersionUpload).where(col(VersionUpload.id) == upload_id).with_for_update()
    return db.exec(statement.execution_options(populate_existing=True)).first()


def overdue_uploads(db: Session, instant: dt.datetime, limit: int = 50) -> list[uuid.UUID]:
    """Uploads that are not unpacked although their deadline has passed."""
    statement = (
        select(VersionUpload.id)
        .where(col(VersionUpload.state) == UploadState.pending, col(VersionUpload.deadline_at) < instant)
        .limit(limit)
    )
    return list(db.exec(statement))


def mark_download(db: Session, version_id: uuid.UUID, day: dt.date, who: str) -> bool:
    """Note a download; False if this was noted today already."""
    statement = insert(VersionDownload).values(version_id=version_id, day=day, who=who)
    returning = statement.on_conflict_do_nothing().returning(col(VersionDownload.version_id))
    return db.execute(returning).first() is not None
