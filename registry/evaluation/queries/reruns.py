"""Reading what a new version of a benchmark takes over from the one before."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select

from portal.accounts.models import Namespace
from portal.kit.db import Session
from registry.assets.models import Asset
from registry.benchmarks.models import BenchmarkVersion
from registry.benchmarks.queries import AnyRow
from registry.evaluation.models import BoardEntry, Evaluation, EvaluationState, Result, ResultMetric
from registry.versions.models import Version, VersionState


def before(db: Session, benchmark_id: uuid.UUID, number: str | None = None) -> AnyRow | None:
    """The version of the same benchmark before this one, or that of a number: benchmark version, number."""
    here = (
        select(BenchmarkVersion.asset_id, Version.sort_key)
        .join(Version, col(Version.id) == BenchmarkVersion.version_id)
        .where(BenchmarkVersion.id == benchmark_id)
        .subquery()
    )
    statement = (
        select(BenchmarkVersion, Version.number)
        .join(Version, col(Version.id) == BenchmarkVersion.version_id)
        .join(here, here.c.asset_id == BenchmarkVersion.asset_id)
        .where(BenchmarkVersion.id != benchmark_id)
    )
    if number is not None:
        statement = statement.where(Version.number == number)
    else:
        statement = statement.where(col(Version.sort_key) < here.c.sort_key)
    return db.execute(statement.order_by(col(Version.sort_key).desc()).limit(1)).first()


def standing(db: Session, benchmark_id: uuid.UUID) -> list[AnyRow]:
    """The entries of a board, in its order: version, asset, who submitted it, what it is, its runtime."""
    return list(
        db.execute(
            select(  # type: ignore[call-overload]
                Evaluation.version_id,
                Evaluation.asset_id,
                Evaluation.submitted_by,
                Version.submission,
                Version.runtime,
            )
            .select_from(BoardEntry)
            .join(Result, col(Result.id) == BoardEntry.result_id)
            .join(Evaluation, col(Evaluation.id) == Result.evaluation_id)
            .join(Version, col(Version.id) == Evaluation.version_id)
            .join(Asset, col(Asset.id) == BoardEntry.asset_id)
            .where(
                col(BoardEntry.benchmark_id) == benchmark_id,
                col(Version.state) == VersionState.published,
                col(Asset.is_public),
            )
            .order_by(col(BoardEntry.position))
        ).all()
    )


def states(
    db: Session, benchmark_id: uuid.UUID, versions: Sequence[uuid.UUID]
) -> dict[uuid.UUID, EvaluationState]:
    """The state of the newest evaluation of each of these versions on a benchmark version."""
    rows = db.execute(
        select(Evaluation.version_id, Evaluation.state)
        .where(Evaluation.benchmark_id == benchmark_id, col(Evaluation.version_id).in_(versions))
        .order_by(col(Evaluation.id))
    )
    return {row[0]: row[1] for row in rows}


def ranks(db: Session, benchmark_id: uuid.UUID, metric: str) -> list[AnyRow]:
    """Every entry of a board with its rank and its value of a metric, and what its asset is called."""
    return list(
        db.execute(
            select(  # type: ignore[call-overload]
                BoardEntry.asset_id,
                BoardEntry.position,
                BoardEntry.rank,
                ResultMetric.value,
                Result.evaluation_id,
                Version.number,
                Asset.name,
                Asset.title,
                Asset.title_en,
                col(Namespace.slug).label("namespace"),
            )
            .select_from(BoardEntry)
            .join(Result, col(Result.id) == BoardEntry.result_id)
            .join(Evaluation, col(Evaluation.id) == Result.evaluation_id)
            .join(Version, col(Version.id) == Evaluation.version_id)
            .join(Asset, col(Asset.id) == BoardEntry.asset_id)
            .join(Namespace, col(Namespace.id) == Asset.namespace_id)
            .join(ResultMetric, (col(ResultMetric.result_id) == Result.id) & (ResultMetric.name == metric))
            .where(
                col(BoardEntry.benchmark_id) == benchmark_id,
                col(Version.state) == VersionState.published,
                col(Asset.is_public),
            )
            .order_by(col(BoardEntry.position))
        ).all()
    )


def replaced_at(db: Session, asset_id: uuid.UUID, benchmark_id: uuid.UUID) -> Any:
    """When the version that came after a benchmark version was registered; None for the newest."""
    own = (
        select(Version.sort_key)
        .join(BenchmarkVersion, col(BenchmarkVersion.version_id) == Version.id)
        .where(BenchmarkVersion.id == benchmark_id)
        .scalar_subquery()
    )
    return db.execute(
        select(func.min(BenchmarkVersion.created_at))
        .join(Version, col(Version.id) == BenchmarkVersion.version_id)
        .where(BenchmarkVersion.asset_id == asset_id, col(Version.sort_key) > own)
    ).scalar()
