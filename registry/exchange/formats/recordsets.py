"""Record sets of Croissant: the columns of tables, so that tools load rows without looking into the files first."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from registry.exchange.record import Column, FileEntry, Table

PARQUET = "Parquet"
"""What previews call the encoding of a Parquet file."""
MOST = 50
"""Record sets of one description; what has more tables than that is described by its files."""
_PLAIN = re.compile(r"[\w./+-]+")
_TYPES = (
    (re.compile(r"integer|u?int(8|16|32|64)"), "sc:Integer"),
    (re.compile(r"number|halffloat|float|double|decimal\d+\(.*"), "sc:Float"),
    (re.compile(r"boolean|bool"), "sc:Boolean"),
    (re.compile(r"date|date(32|64)\[.*"), "sc:Date"),
    (re.compile(r"timestamp\[.*"), "sc:DateTime"),
    (re.compile(r"text|empty|string|large_string|dictionary<values=(large_)?string,.*"), "sc:Text"),
)
"""Types that previews guess of CSV, and Arrow's names of those that Parquet declares."""


def file_id(file: FileEntry, n: int) -> str:
    """The identifier of the ``n``-th file; readers refuse identifiers with spaces, even escaped ones."""
    return file.path if _PLAIN.fullmatch(file.path) else f"file-{n}"


def record_sets(files: Sequence[FileEntry]) -> list[dict[str, Any]]:
    """One for each table that can be read as the standard's readers read it: UTF-8 with commas or tabs, or Parquet."""
    numbered = [(n, file) for n, file in enumerate(files, start=1) if file.table and _readable(file.table)]
    if len(numbered) > MOST:
        return []
    found = [_record_set(file, file.table, n) for n, file in numbered if file.table is not None]
    return [item for item in found if item["field"]]


def _readable(table: Table) -> bool:
    return table.encoding == PARQUET or (table.encoding == "UTF-8" and table.separator in {",", "\t"})


def _record_set(file: FileEntry, table: Table, n: int) -> dict[str, Any]:
    same = Counter(column.name for column in table.columns)
    fields = [
        _field(column, f"table-{n}", at, file_id(file, n))
        for at, column in enumerate(table.columns, start=1)
        if same[column.name] == 1
        and column.name.strip()
        and not column.name.endswith("…")
        and data_type(column)
    ]
    return {
        "@type": "cr:RecordSet",
        "@id": f"table-{n}",
        "name": f"table-{n}",
        "description": f"{file.path}: {table.rows} rows",
        "field": fields,
    }


def _field(column: Column, table: str, at: int, file: str) -> dict[str, Any]:
    name = column.name if _PLAIN.fullmatch(column.name) else f"column-{at}"
    return {
        "@type": "cr:Field",
        "@id": f"{table}/{name}",
        "name": column.name,
        "dataType": data_type(column),
        "source": {"fileObject": {"@id": file}, "extract": {"column": column.name}},
    }


def data_type(column: Column) -> str:
    """schema.org's name of a column's type; empty for what no record of plain values holds (bytes, lists, maps)."""
    found = next((name for known, name in _TYPES if known.fullmatch(column.type)), "")
    return "sc:DateTime" if found == "sc:Date" and len(column.low) > len("2026-01-01") else found
