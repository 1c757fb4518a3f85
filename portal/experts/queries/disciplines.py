"""Reading the taxonomy."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlmodel import col

from portal.experts.models import Discipline, ExpertDiscipline
from portal.kit.db import Session


def all_of(db: Session) -> list[Discipline]:
    """The whole taxonomy in its order: every discipline of the first level is followed by its own."""
    rows = list(db.scalars(select(Discipline).order_by(col(Discipline.position), col(Discipline.code))))
    below: dict[str | None, list[Discipline]] = {}
    for row in rows:
        below.setdefault(row.parent_code, []).append(row)
    return [item for top in below.get(None, []) for item in [top, *below.get(top.code, [])]]


def parents_of(rows: Iterable[Discipline]) -> dict[str, str | None]:
    """Code -> the code above."""
    return {row.code: row.parent_code for row in rows}


def with_below(chosen: Sequence[str], rows: Sequence[Discipline]) -> frozenset[str]:
    """The chosen codes, and what stands below them."""
    wanted = set(chosen)
    return frozenset(row.code for row in rows if row.code in wanted or row.parent_code in wanted)


def one(db: Session, code: str, *, lock: bool = False) -> Discipline | None:
    """One discipline."""
    statement = select(Discipline).where(col(Discipline.code) == code)
    return db.scalars(statement.with_for_update() if lock else statement).one_or_none()


def usage(db: Session) -> dict[str, int]:
    """Code -> how many profiles name it, whatever their state; for the secretariat."""
    statement = select(col(ExpertDiscipline.discipline_code), func.count()).group_by(
        col(ExpertDiscipline.discipline_code)
    )
    return {row[0]: row[1] for row in db.execute(statement)}


def has_below(db: Session, code: str) -> bool:
    """Whether there are disciplines of the second level under it."""
    statement = select(col(Discipline.code)).where(col(Discipline.parent_code) == code).limit(1)
    return db.execute(statement).first() is not None


def move_rows(db: Session, table: Any, owner: str, old: str, new: str) -> None:
    """Let the rows of a table of (owner, discipline) that name ``old`` name ``new`` instead, each once."""
    there = select(getattr(table, owner)).where(col(table.discipline_code) == new)
    db.execute(
        update(table)
        .where(col(table.discipline_code) == old, getattr(table, owner).not_in(there))
        .values(discipline_code=new),
        execution_options={"synchronize_session": False},
    )
    db.execute(
        delete(table).where(col(table.discipline_code) == old),
        execution_options={"synchronize_session": False},
    )


def replace_rows(db: Session, table: Any, owner: str, owner_id: Any, codes: Sequence[str]) -> None:
    """Make ``codes`` what a row of (owner, discipline) tables names, and nothing else."""
    db.execute(
        delete(table).where(getattr(table, owner) == owner_id),
        execution_options={"synchronize_session": False},
    )
    if codes:
        db.execute(insert(table), [{owner: owner_id, "discipline_code": code} for code in codes])
