"""Reading scores by region and slice."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, exists, func
from sqlmodel import col, select

from portal.kit.db import Session
from registry.benchmarks.models import BenchmarkCell, BenchmarkVersion
from registry.benchmarks.queries import AnyRow
from registry.evaluation.models import BoardEntry, PairedCell, Result, ResultCell


def is_wanting(db: Session, result_id: uuid.UUID) -> bool:
    """Whether scores by cell can be made of a result and were not."""
    cells = exists().where(col(BenchmarkCell.benchmark_id) == Result.benchmark_id)
    statement = select(Result.id).where(Result.id == result_id, col(Result.cells_at).is_(None), cells)
    return db.exec(statement).first() is not None


def locked(db: Session, result_id: uuid.UUID) -> Result | None:
    """A result, locked so that two jobs take turns."""
    return db.exec(select(Result).where(Result.id == result_id).with_for_update(key_share=True)).first()


def benchmark(db: Session, benchmark_id: uuid.UUID) -> AnyRow | None:
    """The manifest of a benchmark version and the id of the version it was read from."""
    return db.execute(
        select(BenchmarkVersion.manifest, BenchmarkVersion.version_id).where(
            BenchmarkVersion.id == benchmark_id
        )
    ).first()


def scores(db: Session, result_id: uuid.UUID, metrics: Sequence[str] | None = None) -> list[ResultCell]:
    """The scores of a result by cell, of these metrics or of all. One query."""
    statement = select(ResultCell).where(ResultCell.result_id == result_id)
    if metrics is not None:
        statement = statement.where(col(ResultCell.metric).in_(metrics))
    return list(db.exec(statement))


def paired(db: Session, first_id: uuid.UUID, second_id: uuid.UUID) -> dict[uuid.UUID, PairedCell]:
    """The differences of an (ordered) pair of results by cell."""
    statement = select(PairedCell).where(PairedCell.first_id == first_id, PairedCell.second_id == second_id)
    return {row.cell_id: row for row in db.exec(statement)}


def chosen(metric: str, cell_id: uuid.UUID | None) -> Any:
    """What joins a line of a board to its score in a cell, or to that of its weakest slice where none is named."""
    place = col(ResultCell.is_weakest) if cell_id is None else col(ResultCell.cell_id) == cell_id
    return and_(col(ResultCell.result_id) == BoardEntry.result_id, col(ResultCell.metric) == metric, place)


def better(
    db: Session,
    benchmark_id: uuid.UUID,
    *,
    metric: str,
    cell_id: uuid.UUID | None,
    value: float,
    higher: bool,
) -> int:
    """How many lines of a board have a better score in a cell than ``value``."""
    found = col(ResultCell.value) > value if higher else col(ResultCell.value) < value
    statement = (
        select(func.count())
        .select_from(BoardEntry)
        .join(ResultCell, chosen(metric, cell_id))
        .where(col(BoardEntry.benchmark_id) == benchmark_id, found)
    )
    return db.exec(statement).one()


def of_board(
    db: Session, benchmark_id: uuid.UUID, *, metric: str, cell_id: uuid.UUID | None
) -> dict[uuid.UUID, ResultCell]:
    """The scores of all lines of a board in a cell, or in the weakest slice of each, by result."""
    statement = (
        select(ResultCell)
        .join(BoardEntry, chosen(metric, cell_id))
        .where(col(BoardEntry.benchmark_id) == benchmark_id)
    )
    return {row.result_id: row for row in db.exec(statement)}
