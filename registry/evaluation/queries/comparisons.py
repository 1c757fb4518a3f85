"""Reading pairs of results and what was made of them."""

import uuid
from collections.abc import Iterable
from typing import Any

from sqlalchemy import tuple_
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from portal.kit.db import Session
from registry.benchmarks.models import BenchmarkVersion
from registry.evaluation.models import Evaluation, PairedResult, Result

Pair = tuple[uuid.UUID, uuid.UUID]


def known(db: Session, pairs: Iterable[Pair]) -> set[Pair]:
    """Those of the (ordered) pairs that were compared."""
    wanted = list(pairs)
    if not wanted:
        return set()
    statement = (
        select(PairedResult.first_id, PairedResult.second_id)
        .where(tuple_(col(PairedResult.first_id), col(PairedResult.second_id)).in_(wanted))
        .distinct()
    )
    return {(row[0], row[1]) for row in db.execute(statement)}


def of_pairs(db: Session, pairs: Iterable[Pair]) -> dict[Pair, dict[str, PairedResult]]:
    """The comparisons of the (ordered) pairs by metric. One query."""
    wanted = list(pairs)
    found: dict[Pair, dict[str, PairedResult]] = {}
    if not wanted:
        return found
    statement = select(PairedResult).where(
        tuple_(col(PairedResult.first_id), col(PairedResult.second_id)).in_(wanted)
    )
    for row in db.exec(statement):
        found.setdefault((row.first_id, row.second_id), {})[row.metric] = row
    return found


def pair(
    db: Session, first_id: uuid.UUID, second_id: uuid.UUID
) -> tuple[Result, Result, dict[str, Any]] | None:
    """Two results and the manifest of their benchmark version, locked so that two jobs take turns; None where there
    are no such two.
    """
    other: Any = aliased(Result)
    statement: Any = (
        select(Result, other, BenchmarkVersion.manifest)
        .join(other, other.benchmark_id == Result.benchmark_id)
        .join(BenchmarkVersion, col(BenchmarkVersion.id) == Result.benchmark_id)
        .where(col(Result.id) == first_id, other.id == second_id)
        .with_for_update(of=Result, key_share=True)
    )
    row = db.execute(statement).first()
    return (row[0], row[1], row[2]) if row is not None else None


def siblings(db: Session, result_id: uuid.UUID, limit: int) -> list[uuid.UUID]:
    """The newest other results of the same asset on the same benchmark version."""
    mine: Any = aliased(Result)
    its: Any = aliased(Evaluation)
    statement: Any = (
        select(col(Result.id))
        .join(Evaluation, col(Evaluation.id) == Result.evaluation_id)
        .join(mine, mine.benchmark_id == Result.benchmark_id)
        .join(its, its.id == mine.evaluation_id)
        .where(mine.id == result_id, its.asset_id == Evaluation.asset_id, col(Result.id) != result_id)
        .order_by(col(Result.created_at).desc())
        .limit(limit)
    )
    return list(db.execute(statement).scalars())
