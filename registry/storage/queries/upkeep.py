"""What refers to stored files, what does not, and when their bytes were last looked at."""

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Row, Table, delete, exists, func, or_, text, true, update
from sqlmodel import SQLModel, col, select

from portal.accounts.models import Namespace
from portal.audit.models import AuditEvent
from portal.kit.db import Session
from portal.kit.tables import HOLDS_BLOBS
from registry.assets.models import Asset
from registry.storage.models import StoreFinding
from registry.versions.models import NamespaceBlob, StoredBlob, Version, VersionFile, VersionUpload
from registry.versions.queries.files import STORE_LOCK


def hold_sweep(db: Session) -> None:
    """Until this transaction ends no row is written that names a stored file (see ``versions.queries.hold_store``)."""
    db.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": STORE_LOCK})


def held_by_its_namespace() -> ColumnElement[bool]:
    """Whether a version of the namespace has a file or an archive of this content."""
    conditions = []
    for table in (VersionFile, VersionUpload):
        conditions.append(
            select(table.id)
            .join(Version, col(Version.id) == col(table.version_id))
            .join(Asset, col(Asset.id) == col(Version.asset_id))
            .where(
                col(table.sha256) == col(NamespaceBlob.sha256),
                col(Asset.namespace_id) == col(NamespaceBlob.namespace_id),
            )
            .exists()
        )
    return or_(*conditions)


def _named_by_any_table() -> ColumnElement[bool]:
    """Whether a row of any table of any domain names the file: by a foreign key to ``blob.sha256``, or in a JSON column
    that is marked as holding files. A foreign key that is deleted with the file does not hold it.
    """
    conditions = []
    for table in SQLModel.metadata.sorted_tables:
        for key in _keys(table):
            conditions.append(exists().where(key.parent == col(StoredBlob.sha256)))
        for column in table.columns:
            if HOLDS_BLOBS in column.info:
                held = func.jsonb_each_text(column).table_valued("key", "value", name="held").lateral()
                rows = select(held.c.value).select_from(table.join(held, true()))
                conditions.append(
                    rows.where(held.c.value == col(StoredBlob.sha256)).correlate(StoredBlob).exists()
                )
    return or_(*conditions)


def _keys(table: Table) -> list[ForeignKey]:
    """The foreign keys of a table that keep a stored file."""
    return [
        key
        for key in table.foreign_keys
        if key.target_fullname == "blob.sha256" and key.ondelete not in {"CASCADE", "SET NULL"}
    ]


def unknown_holders(db: Session) -> list[str]:
    """Tables of the database that keep stored files although this process has not loaded their models."""
    known = {table.name for table in SQLModel.metadata.sorted_tables if _keys(table)}
    found = text(
        "SELECT DISTINCT conrelid::regclass::text FROM pg_constraint "
        "WHERE contype = 'f' AND confrelid = 'blob'::regclass AND confdeltype NOT IN ('c', 'n')"
    )
    return sorted(set(db.scalars(found)) - known)


def _changed(db: Session, statement: Any) -> int:
    result: Any = db.execute(statement, execution_options={"synchronize_session": False})
    return int(result.rowcount)


def unmark_referenced(db: Session) -> int:
    """Content that is held again counts as in use."""
    return _changed(
        db,
        update(NamespaceBlob)
        .where(col(NamespaceBlob.unreferenced_at).is_not(None), held_by_its_namespace())
        .values(unreferenced_at=None),
    )


def mark_unreferenced(db: Session, instant: dt.datetime) -> int:
    """Note of content that no version of its namespace holds since when that is so."""
    return _changed(
        db,
        update(NamespaceBlob)
        .where(col(NamespaceBlob.unreferenced_at).is_(None), ~held_by_its_namespace())
        .values(unreferenced_at=instant),
    )


def release_unreferenced(db: Session, before: dt.datetime) -> int:
    """Let go of what was marked before ``before``: it leaves the namespace's quota."""
    return _changed(
        db,
        delete(NamespaceBlob).where(col(NamespaceBlob.unreferenced_at) < before, ~held_by_its_namespace()),
    )


def delete_unreferenced(db: Session, before: dt.datetime) -> list[Row[Any]]:
    """Delete the rows of files from before ``before`` that no row of any table names; their digests and sizes."""
    statement = (
        delete(StoredBlob)
        .where(col(StoredBlob.created_at) < before, ~_named_by_any_table())
        .returning(col(StoredBlob.sha256), col(StoredBlob.size))
    )
    return list(db.execute(statement, execution_options={"synchronize_session": False}).all())


def known_digests(db: Session, digests: Iterable[str]) -> set[str]:
    """Which of these digests have a row."""
    statement = select(StoredBlob.sha256).where(col(StoredBlob.sha256).in_(list(digests)))
    return set(db.exec(statement))


def next_to_verify(db: Session, before: dt.datetime, limit: int = 100) -> list[Row[Any]]:
    """Files not looked at since ``before``, those never looked at first, then the longest unseen."""
    statement: Any = (
        select(col(StoredBlob.sha256), col(StoredBlob.size))
        .where(or_(col(StoredBlob.verified_at).is_(None), col(StoredBlob.verified_at) < before))
        .order_by(col(StoredBlob.verified_at).nulls_first(), col(StoredBlob.sha256))
        .limit(limit)
    )
    return list(db.execute(statement).all())


def note_verified(db: Session, digests: Iterable[str], instant: dt.datetime) -> None:
    """These were looked at."""
    _changed(
        db, update(StoredBlob).where(col(StoredBlob.sha256).in_(list(digests))).values(verified_at=instant)
    )


def open_finding(db: Session, sha256: str) -> StoreFinding | None:
    """The finding about a file that is not resolved."""
    statement = select(StoreFinding).where(
        col(StoreFinding.sha256) == sha256, col(StoreFinding.resolved_at).is_(None)
    )
    return db.exec(statement).first()


def open_findings(db: Session, limit: int = 100) -> list[Row[Any]]:
    """Damaged files, newest first, each with one version that holds it."""
    one: Any = (
        select(
            func.json_build_array(
                col(Namespace.slug), col(Asset.name), col(Version.number), col(VersionFile.path)
            )
        )
        .select_from(VersionFile)
        .join(Version, col(Version.id) == col(VersionFile.version_id))
        .join(Asset, col(Asset.id) == col(Version.asset_id))
        .join(Namespace, col(Namespace.id) == col(Asset.namespace_id))
        .where(col(VersionFile.sha256) == col(StoreFinding.sha256))
        .order_by(col(VersionFile.id))
        .limit(1)
        .correlate(StoreFinding)
        .scalar_subquery()
    )
    holders: Any = (
        select(func.count())
        .where(col(VersionFile.sha256) == col(StoreFinding.sha256))
        .correlate(StoreFinding)
        .scalar_subquery()
    )
    statement: Any = (
        select(  # type: ignore[call-overload]
            col(StoreFinding.id),
            col(StoreFinding.sha256),
            col(StoreFinding.size),
            col(StoreFinding.damage),
            col(StoreFinding.found_at),
            one.label("held_by"),
            holders.label("holders"),
        )
        .where(col(StoreFinding.resolved_at).is_(None))
        .order_by(col(StoreFinding.found_at).desc(), col(StoreFinding.id).desc())
        .limit(limit)
    )
    return list(db.execute(statement).all())


def figures(db: Session) -> Row[Any]:
    """Files, their bytes, what namespaces refer to in all, and how much was looked at, of which the longest ago."""
    referred = select(func.coalesce(func.sum(NamespaceBlob.size), 0)).scalar_subquery()
    verified = col(StoredBlob.verified_at)
    statement: Any = select(  # type: ignore[call-overload]
        func.count().label("files"),
        func.coalesce(func.sum(StoredBlob.size), 0).label("size"),
        referred.label("referred"),
        func.count(verified).label("verified"),
        func.min(verified).label("oldest"),
        func.count().filter(verified.is_(None)).label("unseen"),
    ).select_from(StoredBlob)
    row: Row[Any] = db.execute(statement).one()
    return row


def newest_sweep(db: Session) -> AuditEvent | None:
    """The last sweep that removed something."""
    statement = select(AuditEvent).where(col(AuditEvent.verb) == "store.swept")
    return db.exec(statement.order_by(col(AuditEvent.seq).desc()).limit(1)).first()


def finding(db: Session, finding_id: uuid.UUID) -> StoreFinding | None:
    """A finding, resolved or not."""
    return db.get(StoreFinding, finding_id)
