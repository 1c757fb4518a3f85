"""Lists paged by key: page 1,000 costs as much as page 1, and nothing shifts while somebody reads."""

import base64
import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, literal, tuple_

from portal.kit.db import Session
from portal.kit.errors import NotFound
from portal.kit.i18n import _

R = TypeVar("R")
SIZE = 20


@dataclass(frozen=True)
class Page(Generic[R]):
    """One page of a list and the cursors of its neighbours (None at an end)."""

    rows: Sequence[R]
    before: str | None = None
    after: str | None = None

    def __iter__(self) -> Any:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def pack(values: Sequence[Any]) -> str:
    """A cursor: opaque to users, only the sort key of a row inside."""
    return base64.urlsafe_b64encode(json.dumps([str(v) for v in values]).encode()).decode().rstrip("=")


def unpack(cursor: str, width: int) -> list[str]:
    """The sort key in a cursor; nonsense leads nowhere (404), and a sentence says so."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        values = None
    if not isinstance(values, list) or len(values) != width or not all(isinstance(v, str) for v in values):
        raise NotFound(_("This page address is damaged."), hint=_("Start again from the first page."))
    return values


def _typed(value: str, key: ColumnElement[Any]) -> Any:
    """The value as the key's type; one that is no such value is as damaged as nonsense."""
    try:
        python: type[Any] = key.type.python_type
        if python is object:  # SQLModel's text type does not say what it holds
            python = str
        if issubclass(python, dt.datetime):
            return dt.datetime.fromisoformat(value)
        if issubclass(python, dt.date):
            return dt.date.fromisoformat(value)
        if issubclass(python, str) and "\x00" in value:
            raise ValueError
        return python(value)
    except (ValueError, TypeError, OverflowError):
        raise NotFound(
            _("This page address is damaged."), hint=_("Start again from the first page.")
        ) from None


def _check(statement: Select[Any], keys: Sequence[ColumnElement[Any]]) -> None:
    last = list(statement.selected_columns)[-len(keys) :]
    if len(last) != len(keys) or not all(
        mine is key or mine.shares_lineage(key) for mine, key in zip(last, keys, strict=True)
    ):
        raise TypeError(f"the last columns {last} are not the keys {list(keys)}")


def keyset(
    db: Session,
    statement: Select[Any],
    keys: Sequence[ColumnElement[Any]],
    *,
    descending: bool = True,
    after: str | None = None,
    before: str | None = None,
    size: int = SIZE,
) -> Page[Any]:
    """One page of ``statement`` ordered by ``keys`` (the last must be unique).

    The statement must select the keys as its last columns (``TypeError`` where it does not: the second page would be
    none); rows come back as they are. One query, ``size + 1`` rows.
    """
    _check(statement, keys)
    backwards = before is not None and after is None
    cursor = before if backwards else after
    if cursor is not None:
        typed = [
            literal(_typed(v, k), type_=k.type) for v, k in zip(unpack(cursor, len(keys)), keys, strict=True)
        ]
        here, there = tuple_(*keys), tuple_(*typed)
        statement = statement.where(here < there if descending != backwards else here > there)
    order = [k.desc() if descending != backwards else k.asc() for k in keys]
    rows = list(db.execute(statement.order_by(*order).limit(size + 1)).all())
    more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    if not rows:
        return Page(rows=[])
    width = len(keys)
    first, last = pack(rows[0][-width:]), pack(rows[-1][-width:])
    has_before = more if backwards else cursor is not None
    has_after = True if backwards else more
    return Page(rows=rows, before=first if has_before else None, after=last if has_after else None)
