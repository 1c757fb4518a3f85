"""Rules kept as rows of numbered versions with a day of effect: profiles of certification and of promotion."""

import datetime as dt
from collections.abc import Collection
from typing import Any, Protocol, TypeVar

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import SQLModel, select

from portal.kit.clock import now, shanghai
from portal.kit.db import Session
from portal.kit.ids import new_id

Edition = TypeVar("Edition", bound=SQLModel)
MOST = 200


class Shipped(Protocol):
    """A file of data that comes with the program."""

    code: str
    effective_from: dt.date

    def model_dump(self, *, mode: str) -> dict[str, Any]:
        """Its columns."""
        ...


def today() -> dt.date:
    """The day in Asia/Shanghai."""
    return shanghai(now()).date()


def names(kind: type[SQLModel]) -> tuple[Any, ...]:
    """What pages and lists say of the edition something was made under."""
    table: Any = kind
    return (
        table.code.label("profile"),
        table.number.label("profile_number"),
        table.title_zh.label("profile_zh"),
        table.title_en.label("profile_en"),
    )


def in_force(db: Session, kind: type[Edition], day: dt.date) -> list[Edition]:
    """Of every code the version in force on a day: the highest number whose day has come."""
    table: Any = kind
    statement = select(table).where(table.effective_from <= day).order_by(table.code, table.number)
    return list({each.code: each for each in db.exec(statement)}.values())


def add_shipped(db: Session, kind: type[SQLModel], shipped: Collection[Shipped]) -> None:
    """Bring in what comes with the program as number 1; a code that is there stays as it is."""
    table: Any = kind
    known = set(db.exec(select(table.code).distinct()))
    for each in shipped:
        if each.code in known:
            continue
        values = each.model_dump(mode="json") | {
            "id": new_id(), "number": 1, "effective_from": each.effective_from, "reason": "", "created_at": now(),
        }  # fmt: skip
        db.execute(insert(kind).values(values).on_conflict_do_nothing())


def versions_of(db: Session, kind: type[Edition], code: str) -> list[Edition]:
    """All versions of a code, the newest first."""
    table: Any = kind
    return list(db.exec(select(table).where(table.code == code).order_by(table.number.desc()).limit(MOST)))
