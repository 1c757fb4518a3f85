"""Reading accepted results with their benchmarks and metrics."""

import uuid
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import and_
from sqlmodel import col, select

from portal.accounts.models import Namespace
from portal.kit.actor import Actor
from portal.kit.db import Session
from registry.assets.models import Asset
from registry.benchmarks.models import BenchmarkMetric, BenchmarkVersion
from registry.benchmarks.queries import AnyRow
from registry.evaluation.models import Evaluation, Result, ResultMetric
from registry.evaluation.queries.lists import BenchAsset, BenchBase, BenchSpace, visible
from registry.versions.models import Version

MOST = 200


def results_of(
    db: Session, actor: Actor, *, asset_id: uuid.UUID, version_ids: Collection[uuid.UUID] | None = None
) -> list[AnyRow]:
    """The results of an asset (of some of its versions) that the actor may see, newest first, at most 200."""
    statement: Any = (
        select(  # type: ignore[call-overload]
            Result,
            col(Evaluation.version_id),
            col(Version.number).label("number"),
            col(BenchSpace.slug).label("bench_namespace"),
            col(BenchAsset.name).label("bench_name"),
            col(BenchAsset.title).label("bench_title"),
            col(BenchAsset.title_en).label("bench_title_en"),
            col(BenchBase.number).label("bench_number"),
            col(BenchAsset.namespace_id).label("bench_namespace_id"),
            col(BenchAsset.created_by).label("bench_author"),
        )
        .join(Evaluation, col(Evaluation.id) == Result.evaluation_id)
        .join(Version, col(Version.id) == Evaluation.version_id)
        .join(Asset, col(Asset.id) == Evaluation.asset_id)
        .join(Namespace, col(Namespace.id) == Asset.namespace_id)
        .join(BenchmarkVersion, col(BenchmarkVersion.id) == Result.benchmark_id)
        .join(BenchAsset, col(BenchAsset.id) == BenchmarkVersion.asset_id)
        .join(BenchSpace, col(BenchSpace.id) == BenchAsset.namespace_id)
        .join(BenchBase, col(BenchBase.id) == BenchmarkVersion.version_id)
        .where(col(Evaluation.asset_id) == asset_id, visible(actor))
        .order_by(col(Result.created_at).desc(), col(Result.id))
        .limit(MOST)
    )
    if version_ids is not None:
        statement = statement.where(col(Evaluation.version_id).in_(version_ids))
    return list(db.execute(statement).all())


def metrics_of(db: Session, result_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[AnyRow]]:
    """The metrics of results with what their benchmarks say of them, in the benchmarks' order. One query."""
    wanted = list(result_ids)
    if not wanted:
        return {}
    rows = db.execute(
        select(ResultMetric, BenchmarkMetric)
        .join(Result, col(Result.id) == ResultMetric.result_id)
        .join(
            BenchmarkMetric,
            and_(
                col(BenchmarkMetric.benchmark_id) == Result.benchmark_id,
                col(BenchmarkMetric.name) == ResultMetric.name,
            ),
        )
        .where(col(ResultMetric.result_id).in_(wanted))
        .order_by(col(BenchmarkMetric.position))
    )
    found: dict[uuid.UUID, list[AnyRow]] = {}
    for row in rows:
        found.setdefault(row[0].result_id, []).append(row)
    return found
