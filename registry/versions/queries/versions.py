"""One version, and the versions of an asset."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, or_
from sqlmodel import col, select

from portal.accounts.models import Namespace
from portal.kit.actor import Actor
from portal.kit.db import Session
from registry.assets.models import Asset
from registry.assets.policy import is_staff, sees_withheld
from registry.gates.queries import passes
from registry.versions.models import Version, VersionState
from registry.versions.policy import PUBLIC_STATES, STAFF_STATES


def visible(actor: Actor) -> ColumnElement[bool]:
    """The same rule as ``policy.can_read``, as a condition on joined versions and assets; what is withheld aside."""
    public = col(Version.state).in_(PUBLIC_STATES)
    conditions: list[ColumnElement[bool]] = [
        public if sees_withheld(actor) else and_(public, ~col(Asset.withheld))
    ]
    if actor.namespaces:
        conditions.append(col(Asset.namespace_id).in_(actor.namespaces))
    if is_staff(actor):
        conditions.append(col(Version.state).in_(STAFF_STATES))
    return or_(*conditions)


def files_open(actor: Actor) -> ColumnElement[bool]:
    """Whether the actor may have the bytes of the joined version, whose description is visible already.

    The gate decides; staff look into what is scanned or waits for a decision, gated or not.
    """
    if not is_staff(actor):
        return passes(actor)
    return or_(passes(actor), col(Version.state).in_(STAFF_STATES))


def detail(db: Session, actor: Actor, namespace: str, name: str, number: str) -> Row[Any] | None:
    """The version's columns and what pages say of its asset, if the actor may read it. One query.

    ``files_open`` says whether the actor may have its bytes.
    """
    statement: Any = (
        select(  # type: ignore[call-overload]
            *Version.__table__.c,  # type: ignore[attr-defined]
            col(Asset.namespace_id),
            col(Asset.name),
            col(Asset.kind),
            col(Asset.title),
            col(Asset.title_en),
            col(Asset.licence),
            col(Asset.latest_version),
            col(Asset.map_review_no),
            col(Asset.gated),
            files_open(actor).label("files_open"),
            col(Namespace.slug).label("namespace"),
            col(Namespace.display_name).label("owner"),
        )
        .join(Asset, col(Asset.id) == col(Version.asset_id))
        .join(Namespace, col(Namespace.id) == col(Asset.namespace_id))
        .where(
            col(Namespace.slug) == namespace,
            col(Asset.name) == name,
            col(Version.number) == number,
            visible(actor),
        )
    )
    row: Row[Any] | None = db.execute(statement).first()
    return row


def of_asset(db: Session, actor: Actor, asset_id: uuid.UUID, limit: int = 100) -> list[Row[Any]]:
    """The versions of an asset the actor may see, highest first."""
    statement: Any = (
        select(  # type: ignore[call-overload]
            col(Version.id),
            col(Version.number),
            col(Version.state),
            col(Version.submission),
            col(Version.notes),
            col(Version.created_at),
            col(Version.published_at),
            col(Version.executable_format),
        )
        .join(Asset, col(Asset.id) == col(Version.asset_id))
        .where(col(Version.asset_id) == asset_id, visible(actor))
        .order_by(col(Version.sort_key).desc(), col(Version.number).desc())
        .limit(limit)
    )
    return list(db.execute(statement).all())


def get_for_change(db: Session, version_id: uuid.UUID) -> tuple[Version, Asset] | None:
    """The version, its row locked until the transaction ends, and its asset (not locked)."""
    statement: Any = (
        select(Version, Asset)
        .join(Asset, col(Asset.id) == col(Version.asset_id))
        .where(col(Version.id) == version_id)
        .with_for_update(of=Version)
        .execution_options(populate_existing=True)
    )
    found = db.execute(statement).first()
    return (found[0], found[1]) if found is not None else None


def plain(db: Session, version_id: uuid.UUID) -> tuple[Version, Asset, str] | None:
    """The version, its asset and the namespace's short name, for jobs."""
    statement: Any = (
        select(Version, Asset, col(Namespace.slug))
        .join(Asset, col(Asset.id) == col(Version.asset_id))
        .join(Namespace, col(Namespace.id) == col(Asset.namespace_id))
        .where(col(Version.id) == version_id)
    )
    found = db.execute(statement).first()
    return (found[0], found[1], found[2]) if found is not None else None


def newest_published(db: Session, asset_id: uuid.UUID) -> str:
    """The number with the highest precedence among published versions, releases before pre-releases; or empty."""
    release = case((col(Version.sort_key).like("%~"), 1), else_=0)
    statement = (
        select(Version.number)
        .where(and_(col(Version.asset_id) == asset_id, col(Version.state) == VersionState.published))
        .order_by(release.desc(), col(Version.sort_key).desc(), col(Version.number).desc())
        .limit(1)
    )
    return db.exec(statement).first() or ""


def overdue_scans(db: Session, instant: dt.datetime, limit: int = 50) -> list[uuid.UUID]:
    """Versions that are scanned although their deadline has passed."""
    statement = (
        select(Version.id)
        .where(col(Version.state) == VersionState.scanning, col(Version.deadline_at) < instant)
        .limit(limit)
    )
    return list(db.exec(statement))
