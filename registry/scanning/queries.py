"""Reading scans and the queue of quarantined versions."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, case, func
from sqlmodel import col, select

from portal.accounts.models import Namespace
from portal.kit.db import Session
from portal.kit.paging import Page, keyset
from registry.assets.models import Asset
from registry.scanning.models import Scan, ScanFinding
from registry.versions.models import Version, VersionFile, VersionState


def newest(db: Session, version_id: uuid.UUID) -> Scan | None:
    """The newest scan of a version: the one that counts."""
    statement = select(Scan).where(col(Scan.version_id) == version_id).order_by(col(Scan.id).desc()).limit(1)
    return db.exec(statement).first()


def findings_of(db: Session, scan: Scan) -> list[Row[Any]]:
    """The findings of a scan, dangers first, with a mark on those in hidden files."""
    weight = case(
        (col(ScanFinding.severity) == "danger", 0), (col(ScanFinding.severity) == "warning", 1), else_=2
    )
    hidden = func.coalesce(col(VersionFile.hidden), False).label("hidden")
    statement: Any = (
        select(  # type: ignore[call-overload]
            col(ScanFinding.rule),
            col(ScanFinding.severity),
            col(ScanFinding.path),
            col(ScanFinding.line),
            col(ScanFinding.excerpt),
            col(ScanFinding.params),
            hidden,
        )
        .join(
            VersionFile,
            (col(VersionFile.version_id) == scan.version_id)
            & (col(VersionFile.path) == col(ScanFinding.path)),
            isouter=True,
        )
        .where(col(ScanFinding.scan_id) == scan.id)
        .order_by(weight, col(ScanFinding.position))
    )
    return list(db.execute(statement).all())


_QUEUE_KEY: Sequence[Any] = [col(Version.updated_at), col(Version.id)]


def queue(db: Session, *, after: str | None, before: str | None, size: int = 20) -> Page[Any]:
    """Quarantined versions, those that wait longest first."""
    dangers = (
        select(func.count())
        .select_from(ScanFinding)
        .join(Scan, col(Scan.id) == col(ScanFinding.scan_id))
        .where(col(Scan.version_id) == col(Version.id), col(ScanFinding.severity) == "danger")
        .scalar_subquery()
    )
    statement: Any = (
        select(  # type: ignore[call-overload]
            col(Version.id).label("version_id"),
            col(Version.number),
            col(Version.submitted_at),
            col(Version.state_reason),
            col(Asset.name),
            col(Asset.kind),
            col(Asset.title),
            col(Asset.title_en),
            col(Asset.namespace_id),
            col(Namespace.slug).label("namespace"),
            dangers.label("dangers"),
            *_QUEUE_KEY,
        )
        .join(Asset, col(Asset.id) == col(Version.asset_id))
        .join(Namespace, col(Namespace.id) == col(Asset.namespace_id))
        .where(col(Version.state) == VersionState.quarantined)
    )
    return keyset(db, statement, _QUEUE_KEY, descending=False, after=after, before=before, size=size)
