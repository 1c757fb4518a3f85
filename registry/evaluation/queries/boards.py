"""Reading leaderboards and what they are made of."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Float, and_, delete, exists, func, literal
from sqlalchemy import select as columns
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from portal.accounts.models import Namespace
from portal.kit.db import Session
from portal.kit.paging import Page, keyset
from registry.assets.models import Asset
from registry.benchmarks.models import BenchmarkVersion
from registry.benchmarks.queries import AnyRow
from registry.evaluation.models import BoardEntry, Evaluation, Result, ResultCell, ResultMetric
from registry.evaluation.queries import cells
from registry.versions.models import Version, VersionState

Primary = aliased(ResultMetric)


@dataclass(frozen=True)
class Candidate:
    """The best result of an asset by the primary metric."""

    asset_id: uuid.UUID
    result_id: uuid.UUID
    value: float
    low: float
    high: float
    per_item_sha256: str
    seed_digest: str


@dataclass(frozen=True)
class Standing:
    """By which score a board is ordered: of a metric in a cell, or (no cell) in the weakest slice of each entry."""

    metric: str
    higher_is_better: bool
    cell_id: uuid.UUID | None


def manifest(db: Session, benchmark_id: uuid.UUID) -> dict[str, Any] | None:
    """The manifest of a benchmark version; its row is locked, so that two refreshes take turns."""
    return db.execute(
        select(BenchmarkVersion.manifest)
        .where(BenchmarkVersion.id == benchmark_id)
        .with_for_update(key_share=True)
    ).scalar()


def candidates(db: Session, benchmark_id: uuid.UUID, metric: str, *, higher: bool) -> list[Candidate]:
    """Per public asset the best result of a version that is not withdrawn; equal values: the earlier one."""
    order = Primary.value.desc() if higher else Primary.value.asc()  # type: ignore[attr-defined]
    rows = db.execute(
        select(  # type: ignore[call-overload]
            Evaluation.asset_id,
            Result.id,
            Primary.value,
            Primary.low,
            Primary.high,
            Result.per_item_sha256,
            Result.benchmark_digest,
        )
        .join(Evaluation, col(Evaluation.id) == Result.evaluation_id)
        .join(Primary, col(Primary.result_id) == Result.id)
        .join(Version, col(Version.id) == Evaluation.version_id)
        .join(Asset, col(Asset.id) == Evaluation.asset_id)
        .where(
            col(Result.benchmark_id) == benchmark_id,
            col(Primary.name) == metric,
            col(Version.state) == VersionState.published,
            col(Asset.is_public),
        )
        .ext(distinct_on(col(Evaluation.asset_id)))
        .order_by(col(Evaluation.asset_id), order, col(Result.created_at))
    )
    return [Candidate(*row) for row in rows]


def ranking(db: Session, version_id: uuid.UUID) -> list[uuid.UUID]:
    """The benchmark versions that have a result of this version, always in the same order (their rows get locked)."""
    found = select(Result.benchmark_id).join(Evaluation, col(Evaluation.id) == Result.evaluation_id)
    found = found.where(Evaluation.version_id == version_id).distinct()
    return list(db.exec(found.order_by(col(Result.benchmark_id))))


def replace(db: Session, benchmark_id: uuid.UUID, entries: Sequence[BoardEntry]) -> None:
    """Put these lines in the place of all lines of the board."""
    db.execute(delete(BoardEntry).where(col(BoardEntry.benchmark_id) == benchmark_id))
    db.add_all(entries)
    db.flush()


def _lines(*more: Any) -> Any:
    """What a line of a board shows, and ``more`` columns after it; only public assets and published versions."""
    other = aliased(BoardEntry)
    # The members of a tie group stand next to each other, so a neighbour tells.
    tied = exists().where(
        col(other.benchmark_id) == BoardEntry.benchmark_id,
        col(other.position).in_([col(BoardEntry.position) - 1, col(BoardEntry.position) + 1]),
        col(other.tie_group) == BoardEntry.tie_group,
    )
    return (
        select(  # type: ignore[call-overload]
            BoardEntry.position,
            BoardEntry.rank,
            BoardEntry.rank_low,
            BoardEntry.rank_high,
            BoardEntry.tie_group,
            tied.label("is_tied"),
            col(Namespace.slug).label("namespace"),
            col(Namespace.display_name).label("owner"),
            Asset.name,
            Asset.title,
            Asset.title_en,
            Asset.kind,
            Version.number,
            Version.submission,
            Result.id.label("result_id"),  # type: ignore[attr-defined]
            Result.evaluation_id,
            Result.created_at,
            Result.sandbox_grade,
            Result.predict_s,
            Result.peak_memory_bytes,
            Result.item_count,
            Result.resamples,
            *more,
        )
        .select_from(BoardEntry)
        .join(Result, col(Result.id) == BoardEntry.result_id)
        .join(Evaluation, col(Evaluation.id) == Result.evaluation_id)
        .join(Version, col(Version.id) == Evaluation.version_id)
        .join(Asset, col(Asset.id) == BoardEntry.asset_id)
        .join(Namespace, col(Namespace.id) == Asset.namespace_id)
        .where(col(Asset.is_public), col(Version.state) == VersionState.published)
    )


def lines(db: Session, benchmark_id: uuid.UUID) -> list[AnyRow]:
    """The whole board in its order, for exports; metrics are read by ``values``."""
    statement = _lines().where(col(BoardEntry.benchmark_id) == benchmark_id)
    return list(db.execute(statement.order_by(col(BoardEntry.position))).all())


def page(
    db: Session,
    benchmark_id: uuid.UUID,
    *,
    sort: str = "",
    by: Standing | None = None,
    after: str | None = None,
    before: str | None = None,
    size: int = 100,
) -> Page[Any]:
    """A page of the board in its order, by the metric ``sort`` (``-`` before it: largest first), or by the score in a
    cell (``by``). One query.

    Results that lack the score come last; equal values stand in the order of the board.
    """
    place: Any = col(BoardEntry.position)
    if by is not None:
        return _page_by(db, benchmark_id, by, place, after=after, before=before, size=size)
    if not sort:
        statement = _lines(place.label("key")).where(col(BoardEntry.benchmark_id) == benchmark_id)
        return keyset(db, statement, [place], descending=False, after=after, before=before, size=size)
    descending = sort.startswith("-")
    metric = aliased(ResultMetric)
    value = func.coalesce(metric.value, literal(float("-inf" if descending else "inf"), Float))
    keys = [value, -place if descending else place]
    statement = (
        _lines(*(key.label(f"key_{at}") for at, key in enumerate(keys)))
        .outerjoin(
            metric,
            and_(col(metric.result_id) == BoardEntry.result_id, col(metric.name) == sort.removeprefix("-")),
        )
        .where(col(BoardEntry.benchmark_id) == benchmark_id)
    )
    return keyset(db, statement, keys, descending=descending, after=after, before=before, size=size)


def _page_by(
    db: Session,
    benchmark_id: uuid.UUID,
    by: Standing,
    place: Any,
    *,
    after: str | None,
    before: str | None,
    size: int,
) -> Page[Any]:
    value = func.coalesce(
        col(ResultCell.value), literal(float("-inf" if by.higher_is_better else "inf"), Float)
    )
    keys = [value, -place if by.higher_is_better else place]
    shown = [
        col(ResultCell.value).label("cell_value"),
        col(ResultCell.low).label("cell_low"),
        col(ResultCell.high).label("cell_high"),
        col(ResultCell.cell_id),
    ]
    statement = (
        _lines(*shown, *(key.label(f"key_{at}") for at, key in enumerate(keys)))
        .outerjoin(ResultCell, cells.chosen(by.metric, by.cell_id))
        .where(col(BoardEntry.benchmark_id) == benchmark_id)
    )
    return keyset(db, statement, keys, descending=by.higher_is_better, after=after, before=before, size=size)


def entries(
    db: Session, benchmark_id: uuid.UUID, evaluations: Sequence[uuid.UUID]
) -> dict[uuid.UUID, AnyRow]:
    """The lines of a board that these evaluations have: evaluation id -> line. One query."""
    statement = _lines().where(
        col(BoardEntry.benchmark_id) == benchmark_id, col(Result.evaluation_id).in_(evaluations)
    )
    return {row.evaluation_id: row for row in db.execute(statement)}


def length(db: Session, benchmark_id: uuid.UUID) -> int:
    """How many entries a board has."""
    statement = select(func.count()).select_from(BoardEntry)
    return db.exec(statement.where(BoardEntry.benchmark_id == benchmark_id)).one()


def values(db: Session, results: Sequence[uuid.UUID]) -> dict[uuid.UUID, dict[str, AnyRow]]:
    """All metrics of these results: result id -> name -> value, low, high. One query."""
    found: dict[uuid.UUID, dict[str, AnyRow]] = {}
    rows = db.execute(
        columns(
            col(ResultMetric.result_id),
            col(ResultMetric.name),
            col(ResultMetric.value),
            col(ResultMetric.low),
            col(ResultMetric.high),
        ).where(col(ResultMetric.result_id).in_(results))
    )
    for metric in rows:
        found.setdefault(metric.result_id, {})[metric.name] = metric
    return found


def of_asset(db: Session, asset_id: uuid.UUID) -> list[AnyRow]:
    """Where an asset stands on the latest boards: benchmark, rank, value of the primary metric."""
    bench_asset, bench_space = aliased(Asset), aliased(Namespace)
    return list(
        db.execute(
            select(  # type: ignore[call-overload]
                bench_space.slug,
                bench_asset.name,
                bench_asset.title,
                bench_asset.title_en,
                BoardEntry.rank,
                BoardEntry.rank_low,
                BoardEntry.rank_high,
                Result.evaluation_id,
                Result.id.label("result_id"),  # type: ignore[attr-defined]
                BenchmarkVersion.id.label("benchmark_id"),  # type: ignore[attr-defined]
            )
            .join(Result, col(Result.id) == BoardEntry.result_id)
            .join(BenchmarkVersion, col(BenchmarkVersion.id) == BoardEntry.benchmark_id)
            .join(bench_asset, bench_asset.id == BenchmarkVersion.asset_id)
            .join(bench_space, bench_space.id == bench_asset.namespace_id)
            .where(
                col(BoardEntry.asset_id) == asset_id, col(BenchmarkVersion.is_latest), bench_asset.is_public
            )
            .order_by(bench_asset.name)
        ).all()
    )
