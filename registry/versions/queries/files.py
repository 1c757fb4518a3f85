"""Files, stored blobs, uploads, downloads."""

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from portal.kit.clock import now
from portal.kit.db import Session, reader_of
from portal.kit.errors import Unavailable
from portal.kit.i18n import _
from portal.kit.storage import Blob, get_store
from registry.assets.models import Asset
from registry.versions.models import (
    DownloadDay,
    NamespaceBlob,
    StoredBlob,
    UploadState,
    Version,
    VersionDownload,
    VersionFile,
    VersionUpload,
)
from registry.versions.queries.versions import files_open

STORE_LOCK = "store"


def files_of(db: Session, version_id: uuid.UUID, *, hidden: bool) -> list[Row[Any]]:
    """Path, digest, size, type and hidden mark of a version's files by path; the hidden ones only where asked.

    None at all where the session reads for somebody whom the gate does not let through.
    """
    statement: Any = (
        select(  # type: ignore[call-overload]
            col(VersionFile.path),
            col(VersionFile.sha256),
            col(VersionFile.size),
            col(VersionFile.media_type),
            col(VersionFile.hidden),
        )
        .where(col(VersionFile.version_id) == version_id, *gate(db))
        .order_by(col(VersionFile.path))
    )
    if not hidden:
        statement = statement.where(~col(VersionFile.hidden))
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
    ).where(col(VersionFile.version_id) == version_id, col(VersionFile.path) == path, *gate(db))
    return list(db.execute(statement).all())


def gate(db: Session) -> list[ColumnElement[bool]]:
    """The condition under which this session's reader may know of a ``VersionFile`` (none for the portal itself)."""
    reader = reader_of(db)
    if reader.is_system:
        return []
    version = select(Version.id).join(Asset, col(Asset.id) == col(Version.asset_id))
    return [version.where(col(Version.id) == col(VersionFile.version_id), files_open(reader)).exists()]


def remove_file(db: Session, version_id: uuid.UUID, path: str) -> bool:
    """Delete one file of a version (the blob stays for others); whether there was one."""
    statement = delete(VersionFile).where(
        col(VersionFile.version_id) == version_id, col(VersionFile.path) == path
    )
    result: Any = db.execute(statement, execution_options={"synchronize_session": False})
    return bool(result.rowcount)


def hold_store(db: Session) -> None:
    """Until this transaction ends no sweep deletes a stored file; sweeps wait for it, and it for the one under way."""
    db.execute(text("SELECT pg_advisory_xact_lock_shared(hashtextextended(:name, 0))"), {"name": STORE_LOCK})


def note_blobs(db: Session, blobs: Iterable[Blob]) -> None:
    """Note that these files are in the store; a known one stays as it is.

    A file that a sweep has taken since it was stored (it lay there for a day and nothing named it) is refused.
    """
    known = {blob.sha256: blob.size for blob in blobs}
    if not known:
        return
    hold_store(db)
    rows = [{"sha256": digest, "size": size, "created_at": now()} for digest, size in sorted(known.items())]
    fresh = insert(StoredBlob).values(rows).on_conflict_do_nothing().returning(col(StoredBlob.sha256))
    for digest in db.scalars(fresh).all():
        if not get_store().exists(digest):
            raise Unavailable(_("The file has just left the store."), hint=_("Please send it again."))


def remember_blobs(db: Session, namespace_id: uuid.UUID, blobs: Iterable[Blob]) -> None:
    """Note that these files are in the store, brought by this namespace; a known one counts as in use again."""
    known = {blob.sha256: blob.size for blob in blobs}
    if not known:
        return
    note_blobs(db, [Blob(digest, size) for digest, size in known.items()])
    rows = [
        {"namespace_id": namespace_id, "sha256": digest, "size": size}
        for digest, size in sorted(known.items())
    ]
    fresh = insert(NamespaceBlob).values(rows)
    db.execute(
        fresh.on_conflict_do_update(index_elements=["namespace_id", "sha256"], set_={"unreferenced_at": None})
    )


def owned_bytes(db: Session, namespace_id: uuid.UUID) -> int:
    """Bytes a namespace has stored; the same content counts once, replaced content too."""
    statement: Any = select(func.coalesce(func.sum(NamespaceBlob.size), 0))
    return int(db.execute(statement.where(col(NamespaceBlob.namespace_id) == namespace_id)).scalar_one())


def owned_blobs(db: Session, namespace_id: uuid.UUID, digests: Iterable[str]) -> dict[str, int]:
    """Digest -> size of those files that this namespace (and no other) already has."""
    statement = select(NamespaceBlob.sha256, NamespaceBlob.size).where(
        col(NamespaceBlob.namespace_id) == namespace_id, col(NamespaceBlob.sha256).in_(list(digests))
    )
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
    """Note a download of a version; False if this was noted today already."""
    statement = insert(VersionDownload).values(version_id=version_id, day=day, who=who)
    returning = statement.on_conflict_do_nothing().returning(col(VersionDownload.version_id))
    return db.execute(returning).first() is not None


def marked_elsewhere(db: Session, version_id: uuid.UUID, asset_id: uuid.UUID, day: dt.date, who: str) -> bool:
    """Whether the same reader has had another version of the asset that day."""
    statement = (
        select(VersionDownload.version_id)
        .join(Version, col(Version.id) == col(VersionDownload.version_id))
        .where(
            col(Version.asset_id) == asset_id,
            col(VersionDownload.version_id) != version_id,
            col(VersionDownload.day) == day,
            col(VersionDownload.who) == who,
        )
    )
    return db.exec(statement.limit(1)).first() is not None


def add_to_day(db: Session, asset_id: uuid.UUID, day: dt.date, *, automated: bool) -> None:
    """One download more of an asset on a day."""
    values = {"readers": 0 if automated else 1, "automated": 1 if automated else 0}
    name = "automated" if automated else "readers"
    statement = insert(DownloadDay).values(asset_id=asset_id, day=day, **values)
    db.execute(
        statement.on_conflict_do_update(
            index_elements=["asset_id", "day"], set_={name: getattr(DownloadDay, name) + 1}
        )
    )


def downloads_by_day(db: Session, asset_id: uuid.UUID, first: dt.date) -> list[DownloadDay]:
    """The days from ``first`` on that have downloads, oldest first."""
    statement = select(DownloadDay).where(
        col(DownloadDay.asset_id) == asset_id, col(DownloadDay.day) >= first
    )
    return list(db.exec(statement.order_by(col(DownloadDay.day))))


def forget_readers(db: Session, before: dt.date) -> int:
    """Delete who downloaded before that day; how many notes."""
    result: Any = db.execute(delete(VersionDownload).where(col(VersionDownload.day) < before))
    return int(result.rowcount)
