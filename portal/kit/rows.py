"""A form with rows: plain fields, and tables of plain fields whose rows are added, moved and removed by submits.

A field is called by its place (``criteria.0.weight``), and what is wrong with it is found under the same name. Nothing
here needs a script: every change of rows is a submit that draws the form again.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ValidationError

from portal.kit.forms import clean, explain

M = TypeVar("M", bound=BaseModel)

DO = re.compile(r"(add|remove|up|down):([a-z_]+(?:\.[a-z_]+)*)(?::(\d{1,3}))?")


@dataclass(frozen=True)
class Part:
    """A table of the form: its columns, how many rows it may have, what a new row begins with."""

    columns: tuple[str, ...]
    most: int
    new: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Cell:
    """A field as it is drawn: what it is called, what was typed, what is wrong with it."""

    name: str
    label: str
    value: str
    error: str | None = None
    form: Literal["line", "number", "date", "text", "choice", "flag"] = "line"
    hint: str | None = None
    required: bool = True
    options: tuple[tuple[str, str], ...] = ()
    live: bool = False
    """Which other fields there are depends on it: a script asks for the form again once it is chosen."""
    attrs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """A row as it is drawn: closed it shows its title and note, open its cells, side by side as they are grouped."""

    title: str
    note: str
    groups: tuple[tuple[Cell, ...], ...]
    open: bool
    touched: bool


@dataclass(frozen=True)
class Section:
    """A part of the form as it is drawn: cells that stand alone, then perhaps a table with rows."""

    key: str
    title: str
    cells: tuple[Cell, ...] = ()
    hint: str = ""
    part: str = ""
    """Of the table; empty: there is none."""
    rows: tuple[Row, ...] = ()
    add: str = ""
    """What the button says that adds a row; empty: there are as many as there may be."""
    error: str | None = None


@dataclass
class Draft:
    """What was typed: plain fields, and rows of plain fields; with what is wrong where it was looked at."""

    parts: Mapping[str, Part]
    fields: dict[str, str] = field(default_factory=dict)
    rows: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    touched: str = ""
    """The row that was changed last, by part and place (``criteria.2``): the page leads there."""

    def __post_init__(self) -> None:
        for name in self.parts:
            self.rows.setdefault(name, [])

    def act(self, what: str) -> bool:
        """Add, remove or move a row; whether ``what`` asked for one of these."""
        match = DO.fullmatch(what)
        if match is None or match[2] not in self.parts:
            return False
        verb, part, place = match[1], match[2], int(match[3] or 0)
        rows = self.rows[part]
        if verb == "add" and self.room(part):
            place = len(rows)
            rows.append({**dict.fromkeys(self.parts[part].columns, ""), **self.parts[part].new})
        elif verb == "remove" and place < len(rows):
            del rows[place]
            place = min(place, len(rows) - 1)
        elif verb in ("up", "down"):
            other = place + (1 if verb == "down" else -1)
            if min(place, other) >= 0 and max(place, other) < len(rows):
                rows[place], rows[other] = rows[other], rows[place]
                place = other
        self.touched = f"{part}.{place}" if rows else ""
        return True

    def room(self, part: str) -> bool:
        """Whether a table takes another row."""
        return len(self.rows[part]) < self.parts[part].most

    def read(self, form: Mapping[str, Any], names: Iterable[str]) -> None:
        """Take what a browser sent: the fields of these names, and the rows, which count up from 0 without gaps."""
        self.fields = {name: clean(str(form.get(name, ""))).strip() for name in names}
        for name, part in self.parts.items():
            self.rows[name] = []
            for place in range(part.most):
                columns = {column: form.get(f"{name}.{place}.{column}") for column in part.columns}
                if all(value is None for value in columns.values()):
                    break
                self.rows[name].append(
                    {column: clean(str(value or "")).strip() for column, value in columns.items()}
                )

    def cell(self, name: str, label: str, **more: Any) -> Cell:
        """A field of the form, or of a row by its place, as it is drawn."""
        if name == self.touched:
            more["attrs"] = {"data-focus": True, "autofocus": True} | dict(more.get("attrs", {}))
        return Cell(name, label, self.value(name), self.errors.get(name), **more)

    def row(self, part: str, place: int, *, title: str, note: str, groups: Iterable[tuple[Cell, ...]]) -> Row:
        """A row as it is drawn: open if it was, if something is wrong in it, or if it was changed last."""
        at = f"{part}.{place}"
        wrong = any(name.startswith(f"{at}.") for name in self.errors)
        here = self.touched == at or self.touched.startswith(f"{at}.")
        is_open = bool(self.value(f"{at}.open")) or wrong or here
        return Row(title, note, tuple(filter(None, groups)), is_open, touched=self.touched == at)

    def value(self, name: str) -> str:
        """What was typed into a field, or into one of a row by its place."""
        where, _dot, column = name.rpartition(".")
        part, _dot, place = where.rpartition(".")
        if part in self.parts and place.isdigit():
            return self.rows[part][int(place)].get(column, "")
        return self.fields.get(name, "")

    def held(self, kind: type[M], raw: Mapping[str, Any], place: Callable[[str], str]) -> M | None:
        """The model of what was typed; None where something is wrong, which is then said at the fields. ``place``: the
        field for what the model calls by a name."""
        try:
            found = kind.model_validate(raw)
        except ValidationError as error:
            for name, text in explain(error.errors(include_url=False)).items():
                self.blame(place(name), text)
            return None
        return None if self.errors else found

    def blame(self, name: str, text: str) -> None:
        """Put what is wrong at a field; the first thing said of a field stays."""
        self.errors.setdefault(name, text)


def typed(value: Any) -> str:
    """A stored value as one would type it; a flag is ``1`` or nothing."""
    if value is None or value is False:
        return ""
    if value is True:
        return "1"
    return f"{value:.12g}" if isinstance(value, float) else str(value)
