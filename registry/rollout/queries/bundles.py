"""Bundles: one, what is offered, what waits, what was withdrawn."""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, func
from sqlmodel import col, select

from cspon_node import formats
from portal.accounts.models import Namespace
from portal.kit.db import Session, lock_key
from registry.assets.models import Asset
from registry.certification.models import Certificate, CertificateState
from registry.promotion.models import Promotion, Stage
from registry.rollout.models import LIVE, BundleState, Channel, RolloutBundle
from registry.versions.models import Version, VersionState
from registry.versions.queries import about

CERTIFICATE = formats.CERTIFICATE
STOPPED = (Stage.suspended, Stage.rolled_back, Stage.retired)
CHANNEL_OF = {
    Stage.pilot: Channel.pilot,
    Stage.pilot_assessed: Channel.pilot,
    Stage.regional: Channel.regional,
    Stage.notice: Channel.regional,
    Stage.national: Channel.national,
}
"""Stage of a promotion -> the channel its bundle goes into."""


def _joined() -> Any:
    columns = RolloutBundle.__table__.c  # type: ignore[attr-defined]
    named: list[Any] = [
        col(Namespace.slug).label("namespace"), col(Asset.name), col(Asset.title), col(Asset.title_en),
        col(Asset.namespace_id), col(Version.number).label("version"), col(Version.sort_key),
        col(Version.tree_digest).label("digest"), col(Promotion.demo),
    ]  # fmt: skip
    return about.joined(RolloutBundle, *columns, *named).join(
        Promotion, col(Promotion.id) == col(RolloutBundle.promotion_id)
    )


def one(db: Session, bundle_id: uuid.UUID) -> Row[Any] | None:
    """A bundle with the names of what is in it."""
    row: Row[Any] | None = db.execute(_joined().where(col(RolloutBundle.id) == bundle_id)).first()
    return row


def offered(db: Session, *, bundle_id: uuid.UUID | None = None, limit: int = 1000) -> Sequence[Row[Any]]:
    """Ready bundles (or this one, if it is) of versions that are not stopped, the newest first."""
    statement = _joined().where(
        col(RolloutBundle.state) == BundleState.ready,
        col(Promotion.stage).in_(list(CHANNEL_OF)),
        col(Version.state) == VersionState.published,
        ~col(Asset.withheld),
    )
    if bundle_id is not None:
        statement = statement.where(col(RolloutBundle.id) == bundle_id)
    return list(db.execute(statement.order_by(col(RolloutBundle.sequence).desc()).limit(limit)))


def of_version(db: Session, version_id: uuid.UUID, limit: int = 20) -> Sequence[Row[Any]]:
    """The bundles of a version, the newest first."""
    statement = _joined().where(col(RolloutBundle.version_id) == version_id)
    return list(db.execute(statement.order_by(col(RolloutBundle.sequence).desc()).limit(limit)))


def live(
    db: Session, version_id: uuid.UUID, channel: Channel | None = None, *, lock: bool = False
) -> list[RolloutBundle]:
    """What of a version is being built, waits or is ready."""
    statement = select(RolloutBundle).where(
        col(RolloutBundle.version_id) == version_id, col(RolloutBundle.state).in_(LIVE)
    )
    if channel is not None:
        statement = statement.where(col(RolloutBundle.channel) == channel)
    if lock:
        statement = statement.with_for_update()
    return list(db.exec(statement.order_by(col(RolloutBundle.id))))


def in_state(db: Session, state: BundleState, limit: int = 200) -> list[uuid.UUID]:
    """Bundles in a state, the oldest first."""
    statement = select(RolloutBundle.id).where(col(RolloutBundle.state) == state)
    return list(db.exec(statement.order_by(col(RolloutBundle.id)).limit(limit)))


def overdue(db: Session, at: dt.datetime, limit: int = 200) -> list[uuid.UUID]:
    """Bundles whose state has passed its deadline."""
    statement = select(RolloutBundle.id).where(
        col(RolloutBundle.state).in_(LIVE), col(RolloutBundle.deadline_at) <= at
    )
    return list(db.exec(statement.order_by(col(RolloutBundle.deadline_at)).limit(limit)))


def next_sequence(db: Session) -> int:
    """One more than any bundle ever had; held until this transaction ends."""
    lock_key(db, "rollout", "sequence")
    newest = db.exec(select(func.max(RolloutBundle.sequence))).one()
    return int(newest or 0) + 1


def lacking(db: Session, limit: int = 50) -> list[tuple[uuid.UUID, Channel]]:
    """Promotions in a stage with a channel, of whose version no bundle was ever ordered there."""
    found: list[tuple[uuid.UUID, Channel]] = []
    for channel in Channel:
        stages = [stage for stage, each in CHANNEL_OF.items() if each is channel]
        there = (
            select(RolloutBundle.id)
            .where(
                col(RolloutBundle.promotion_id) == col(Promotion.id),
                col(RolloutBundle.channel) == channel,
            )
            .exists()
        )
        statement = (
            select(Promotion.id)
            .join(Version, col(Version.id) == col(Promotion.version_id))
            .join(Asset, col(Asset.id) == col(Promotion.asset_id))
            .where(
                col(Promotion.stage).in_(stages),
                ~there,
                col(Version.state) == VersionState.published,
                ~col(Asset.withheld),
            )
            .order_by(col(Promotion.id))
            .limit(limit)
        )
        found += [(key, channel) for key in db.exec(statement)]
    return found


def stopped(db: Session, version_ids: Collection[uuid.UUID] | None = None) -> Sequence[Row[Any]]:
    """Versions of which a bundle was ever signed for and that are not to be used now: why, since when, the reason.

    By the newest promotion of the version: suspended, rolled back, retired; a revoked certificate says so instead; and
    a version that was withdrawn or whose asset is withheld counts whatever its promotion says.
    """
    had = select(RolloutBundle.version_id).where(col(RolloutBundle.manifest_sha256).is_not(None)).distinct()
    newest = (
        select(Promotion.version_id, func.max(Promotion.stage_at).label("at"))
        .where(col(Promotion.version_id).in_(had))
        .group_by(col(Promotion.version_id))
        .subquery()
    )
    revoked = (
        select(Certificate.id)
        .where(
            col(Certificate.version_id) == col(Version.id),
            col(Certificate.state) == CertificateState.revoked,
        )
        .exists()
    )
    columns: list[Any] = [
        col(Version.id), col(Version.number).label("version"), col(Version.tree_digest).label("digest"),
        col(Version.state), col(Version.state_reason), col(Version.yanked_at), col(Namespace.slug).label("namespace"),
        col(Asset.name), col(Asset.withheld), col(Promotion.stage), col(Promotion.stage_reason),
        col(Promotion.stage_at), revoked.label("revoked"), col(Promotion.id).label("promotion_id"),
    ]  # fmt: skip
    statement = (
        select(*columns)
        .join(Asset, col(Asset.id) == col(Version.asset_id))
        .join(Namespace, col(Namespace.id) == col(Asset.namespace_id))
        .join(Promotion, col(Promotion.version_id) == col(Version.id))
        .join(newest, (newest.c.version_id == Version.id) & (newest.c.at == col(Promotion.stage_at)))
        .where(
            col(Promotion.stage).in_(STOPPED)
            | (col(Version.state) == VersionState.yanked)
            | col(Asset.withheld)
        )
        .order_by(col(Version.id))
    )
    if version_ids is not None:
        statement = statement.where(col(Version.id).in_(version_ids))
    return list(db.execute(statement))


def newest_statement(db: Session, version_id: uuid.UUID) -> str | None:
    """Digest of the statement of the certificate that was granted last and is in force."""
    statement = select(Certificate.statement_sha256).where(
        Certificate.version_id == version_id, Certificate.state == CertificateState.granted
    )
    return db.exec(statement.order_by(col(Certificate.granted_at).desc()).limit(1)).first()


def promoted(db: Session, name: str) -> uuid.UUID | None:
    """The promotion, in a stage with a channel, of ``namespace/name@version``."""
    asset, _at, number = name.rpartition("@")
    namespace, _slash, short = asset.partition("/")
    statement = (
        select(Promotion.id)
        .join(Version, col(Version.id) == col(Promotion.version_id))
        .join(Asset, col(Asset.id) == col(Promotion.asset_id))
        .join(Namespace, col(Namespace.id) == col(Asset.namespace_id))
        .where(
            Namespace.slug == namespace,
            Asset.name == short,
            Version.number == number,
            col(Promotion.stage).in_(list(CHANNEL_OF)),
        )
    )
    return db.exec(statement.order_by(col(Promotion.id).desc()).limit(1)).first()
