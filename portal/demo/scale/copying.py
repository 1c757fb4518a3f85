"""COPY into the tables of the models: a hundred times faster than inserting objects one by one."""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any

from psycopg import sql
from psycopg.types.json import Jsonb
from pydantic_core import PydanticUndefined
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import SQLModel

from portal.kit.db import Session
from portal.kit.ids import new_id

Row = Mapping[str, Any]


def template(model: type[SQLModel]) -> dict[str, Any]:
    """Column -> the value a new row would have; columns without a default are left out."""
    known = model.__table__.columns.keys()  # type: ignore[attr-defined]
    found = {
        name: field.get_default(call_default_factory=True, validated_data={})
        for name, field in model.model_fields.items()
        if name in known
    }
    return {name: value for name, value in found.items() if value is not PydanticUndefined}


def copy(db: Session, model: type[SQLModel], rows: Iterable[Row], **common: Any) -> int:
    """Write the rows; what neither a row nor ``common`` says has the model's default. The number of rows.

    Keys are made here where the model makes them (``id`` a UUID) and left to the database where that counts.
    """
    table = model.__table__  # type: ignore[attr-defined]
    counted = {column.name for column in table.columns if column.identity is not None}
    base = {name: value for name, value in template(model).items() if name not in counted} | common
    fresh = "id" in base and "id" not in counted
    names = [column.name for column in table.columns if column.name not in counted]
    json = {column.name for column in table.columns if isinstance(column.type, JSONB)}
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    written = 0
    cursor = db.connection().connection.cursor()
    with cursor.copy(statement) as out:
        for row in rows:
            whole = {**base, **row}
            if fresh and "id" not in row:
                whole["id"] = new_id()
            out.write_row(list(_adapted(whole, names, json)))
            written += 1
    cursor.close()
    return written


def _adapted(row: Row, names: list[str], json: set[str]) -> Iterator[Any]:
    for name in names:
        value = row[name]
        if name in json and value is not None:
            yield Jsonb(value)
        else:
            yield value.value if isinstance(value, StrEnum) else value
