"""Every reading of benchmarks."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, false, or_, true
from sqlalchemy import select as columns
from sqlmodel import col, select

from portal.accounts.models import Namespace
from portal.kit.actor import Actor
from portal.kit.db import Session
from portal.kit.paging import Page, keyset
from portal.kit.text import like
from registry.assets.models import Asset, AssetKind
from registry.benchmarks.digests import LABELS
from registry.benchmarks.models import BenchmarkCell, BenchmarkMetric, BenchmarkVersion
from registry.versions.models import Version, VersionFile, VersionState
from registry.versions.queries import gate

AnyRow = Row[*tuple[Any, ...]]


def visible(actor: Actor) -> ColumnElement[bool]:
    """Public assets, and those of the namespaces the actor publishes in."""
    if actor.is_system or actor.has("secretariat"):
        return true()
    own = col(Asset.namespace_id).in_(actor.namespaces) if actor.namespaces else false()
    return or_(col(Asset.is_public), own)


def page_of(
    db: Session,
    actor: Actor,
    *,
    accepts: str | None = None,
    words: str = "",
    after: str | None = None,
    before: str | None = None,
    size: int = 20,
) -> Page[Any]:
    """The newest benchmarks first; every row has what the list shows."""
    statement: Select[*tuple[Any, ...]] = (
        columns(
            col(Namespace.slug).label("namespace"),
            col(Namespace.display_name).label("owner"),
            col(Asset.name),
            col(Asset.title),
            col(Asset.title_en),
            col(Asset.summary),
            col(Asset.summary_en),
            col(Version.number),
            col(BenchmarkVersion.id).label("benchmark_id"),
            col(BenchmarkVersion.accepts),
            col(BenchmarkVersion.runtime),
            col(BenchmarkVersion.closed_at),
            col(BenchmarkMetric.title_zh).label("metric_zh"),
            col(BenchmarkMetric.title_en).label("metric_en"),
            col(BenchmarkMetric.higher_is_better),
            col(BenchmarkVersion.created_at),
            col(BenchmarkVersion.id),
        )
        .join(Asset, col(Asset.id) == BenchmarkVersion.asset_id)
        .join(Namespace, col(Namespace.id) == Asset.namespace_id)
        .join(Version, col(Version.id) == BenchmarkVersion.version_id)
        .join(
            BenchmarkMetric,
            and_(col(BenchmarkMetric.benchmark_id) == BenchmarkVersion.id, col(BenchmarkMetric.is_primary)),
        )
        .where(col(BenchmarkVersion.is_latest), col(Version.state) == VersionState.published, visible(actor))
    )
    if accepts:
        statement = statement.where(col(BenchmarkVersion.accepts).contains([accepts]))
    for word in words.split()[:5]:
        pattern = like(word)
        statement = statement.where(
            or_(
                *(
                    col(column).ilike(pattern)
                    for column in (Asset.title, Asset.title_en, Asset.summary, Asset.name)
                )
            )
        )
    keys: list[ColumnElement[Any]] = [col(BenchmarkVersion.created_at), col(BenchmarkVersion.id)]  # type: ignore[list-item]
    return keyset(db, statement, keys, after=after, before=before, size=size)


def one(db: Session, actor: Actor, namespace: str, name: str, number: str | None = None) -> AnyRow | None:
    """A benchmark with its asset, namespace and version: the latest, or the one of that number."""
    statement = (
        select(BenchmarkVersion, Asset, Namespace, Version)
        .join(Asset, col(Asset.id) == BenchmarkVersion.asset_id)
        .join(Namespace, col(Namespace.id) == Asset.namespace_id)
        .join(Version, col(Version.id) == BenchmarkVersion.version_id)
        .where(Namespace.slug == namespace, Asset.name == name, visible(actor))
    )
    if number is None:
        statement = statement.where(col(BenchmarkVersion.is_latest))
    else:
        statement = statement.where(Version.number == number)
    return db.execute(statement).first()


def by_id(db: Session, actor: Actor, benchmark_id: uuid.UUID) -> AnyRow | None:
    """The same by the id of the benchmark version."""
    return db.execute(
        select(BenchmarkVersion, Asset, Namespace, Version)
        .join(Asset, col(Asset.id) == BenchmarkVersion.asset_id)
        .join(Namespace, col(Namespace.id) == Asset.namespace_id)
        .join(Version, col(Version.id) == BenchmarkVersion.version_id)
        .where(BenchmarkVersion.id == benchmark_id, visible(actor))
    ).first()


def metrics_of(db: Session, benchmark_id: uuid.UUID) -> Sequence[BenchmarkMetric]:
    """The metrics in the order of the manifest."""
    return db.exec(
        select(BenchmarkMetric)
        .where(BenchmarkMetric.benchmark_id == benchmark_id)
        .order_by(col(BenchmarkMetric.position))
    ).all()


def cells_of(db: Session, benchmark_id: uuid.UUID) -> Sequence[BenchmarkCell]:
    """The groups of items that scores are given for, in the order of pages."""
    return db.exec(
        select(BenchmarkCell)
        .where(BenchmarkCell.benchmark_id == benchmark_id)
        .order_by(col(BenchmarkCell.position))
    ).all()


def item_table(db: Session, version_id: uuid.UUID, path: str) -> str | None:
    """Digest of the item table of a version; for jobs only: the file may be hidden."""
    return db.exec(
        select(VersionFile.sha256).where(VersionFile.version_id == version_id, VersionFile.path == path)
    ).first()


def numbers_of(db: Session, asset_id: uuid.UUID) -> list[AnyRow]:
    """The registered versions of a benchmark, newest first: number, id, whether latest."""
    return list(
        db.execute(
            select(Version.number, col(BenchmarkVersion.id), col(BenchmarkVersion.is_latest))
            .join(BenchmarkVersion, col(BenchmarkVersion.version_id) == Version.id)
            .where(BenchmarkVersion.asset_id == asset_id)
            .order_by(col(Version.sort_key).desc())
        ).all()
    )


def files_of(db: Session, version_id: uuid.UUID, *, hidden: bool | None = None) -> Sequence[VersionFile]:
    """The files of a version by path; all, only hidden, or only open ones. None where the gate keeps them from whoever
    this session reads for.
    """
    statement = select(VersionFile).where(VersionFile.version_id == version_id, *gate(db))
    if hidden is not None:
        statement = statement.where(VersionFile.hidden == hidden)
    return db.exec(statement.order_by(col(VersionFile.path))).all()


def version_and_asset(db: Session, version_id: uuid.UUID) -> AnyRow | None:
    """A version with its asset; the asset's row is locked, so that two registrations take turns."""
    return db.execute(
        select(Version, Asset)
        .join(Asset, col(Asset.id) == Version.asset_id)
        .where(Version.id == version_id)
        .with_for_update(of=Asset, key_share=True)
    ).first()


def registered(db: Session, version_id: uuid.UUID) -> BenchmarkVersion | None:
    """The benchmark version made from a version, where there is one."""
    return db.exec(select(BenchmarkVersion).where(BenchmarkVersion.version_id == version_id)).first()


def siblings(db: Session, asset_id: uuid.UUID) -> list[AnyRow]:
    """All benchmark versions of an asset with the sort key of their number."""
    return list(
        db.execute(
            select(BenchmarkVersion, Version.sort_key)
            .join(Version, col(Version.id) == BenchmarkVersion.version_id)
            .where(BenchmarkVersion.asset_id == asset_id)
            .with_for_update(of=BenchmarkVersion, key_share=True)
        ).all()
    )


def ranking_with_labels_of(db: Session, benchmark: BenchmarkVersion, namespace_id: uuid.UUID) -> list[str]:
    """Which benchmarks of the namespace still take evaluations and score by a label file of this one.

    As ``name number``, by name.
    """
    own = select(VersionFile.sha256).where(
        VersionFile.version_id == benchmark.version_id,
        col(VersionFile.path).startswith(LABELS),
        VersionFile.size > 0,
    )
    rows = db.execute(
        select(Asset.name, Version.number)
        .join(BenchmarkVersion, col(BenchmarkVersion.asset_id) == Asset.id)
        .join(Version, col(Version.id) == BenchmarkVersion.version_id)
        .join(VersionFile, col(VersionFile.version_id) == Version.id)
        .where(
            Asset.namespace_id == namespace_id,
            BenchmarkVersion.id != benchmark.id,
            col(BenchmarkVersion.is_latest),
            col(BenchmarkVersion.closed_at).is_(None),
            col(VersionFile.path).startswith(LABELS),
            col(VersionFile.sha256).in_(own),
        )
        .distinct()
        .order_by(Asset.name)
    )
    return [f"{name} {number}" for name, number in rows]


def get_for_change(db: Session, benchmark_id: uuid.UUID) -> BenchmarkVersion:
    """The row itself, locked until the transaction ends."""
    statement = select(BenchmarkVersion).where(BenchmarkVersion.id == benchmark_id).with_for_update()
    return db.exec(statement.execution_options(populate_existing=True)).one()


def address(db: Session, asset_id: uuid.UUID) -> str:
    """``namespace/name`` of an asset."""
    row = db.execute(
        select(Namespace.slug, Asset.name)
        .join(Asset, col(Asset.namespace_id) == Namespace.id)
        .where(Asset.id == asset_id)
    ).one()
    return f"{row[0]}/{row[1]}"


def is_benchmark(asset: Asset) -> bool:
    """Whether an asset is of the kind this package reads."""
    return asset.kind is AssetKind.benchmark
