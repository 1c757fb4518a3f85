"""CSV, TSV and Parquet as pages of rows, with what each column holds."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from .columns import MAX_CELL, Column, cell
from .result import Output, UnsupportedError
from .words import clip, decode

PAGE_ROWS = 50
MAX_PAGES = 40
MAX_COLUMNS = 60
SUMMARY_ROWS = 100_000
HEAD = 64 * 1024
Row = list[str | None]


def read(source: Path, output: Output, *, kind: str, suffix: str) -> dict[str, Any]:  # noqa: ARG001
    """The table's facts; its rows in parts of PAGE_ROWS."""
    if suffix == ".parquet":
        return _parquet(source, output)
    return _text(source, output, suffix)


def _text(source: Path, output: Output, suffix: str) -> dict[str, Any]:
    with source.open("rb") as file:
        head = file.read(HEAD)
    sample, encoding = decode(head, whole=len(head) < HEAD)
    separator = "\t" if suffix == ".tsv" else _separator(sample)
    csv.field_size_limit(256 * 1024)
    codec = {"UTF-8": "utf-8-sig", "UTF-16": "utf-16"}.get(encoding, "gb18030")
    with io.open(source, encoding=codec, errors="replace", newline="") as file:  # noqa: UP020
        reader = csv.reader(file, delimiter=separator)
        header = next(reader, None)
        if not header:
            raise UnsupportedError("empty")
        columns = [Column(name) for name in header[:MAX_COLUMNS]]
        rows = ([*row[:MAX_COLUMNS]] for row in reader if row)
        total = _write(_even(rows, len(columns)), columns, output)
    return _facts(columns, total, len(header), encoding=encoding, separator=separator)


def _separator(sample: str) -> str:
    """The mark that is most frequent in the first line; a comma where there is none."""
    line = sample.partition("\n")[0]
    return max(",;\t|", key=lambda mark: (line.count(mark), mark == ","))


def _even(rows: Iterable[list[str]], width: int) -> Iterator[Row]:
    """Ragged rows are filled up or cut: a table has one width."""
    for row in rows:
        yield [*row[:width], *([None] * (width - len(row)))]


def _write(rows: Iterator[Row], columns: Sequence[Column], output: Output) -> int:
    """Write the pages, count the columns over the first SUMMARY_ROWS rows, and count all rows."""
    total = pages = 0
    while chunk := list(islice(rows, PAGE_ROWS)):
        if total < SUMMARY_ROWS:
            for row in chunk:
                for column, value in zip(columns, row, strict=True):
                    column.add(value)
        if pages < MAX_PAGES:
            pages += 1
            cells = [[None if value is None else clip(value, MAX_CELL) for value in row] for row in chunk]
            output.json(f"rows-{pages}", {"first": total + 1, "rows": cells})
        total += len(chunk)
    return total


def _facts(columns: Sequence[Column], total: int, width: int, **more: Any) -> dict[str, Any]:
    return {
        "rows": total,
        "shown": min(total, PAGE_ROWS * MAX_PAGES),
        "summarised": min(total, SUMMARY_ROWS),
        "width": width,
        "columns": [column.summary() for column in columns],
        **more,
    }


def _parquet(source: Path, output: Output) -> dict[str, Any]:
    import pyarrow as pa
    from pyarrow import parquet

    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    file = parquet.ParquetFile(source, memory_map=False, thrift_string_size_limit=16 << 20)
    schema = file.schema_arrow
    names = schema.names[:MAX_COLUMNS]
    columns = [Column(name, str(schema.field(n).type)) for n, name in enumerate(names)]
    if not columns:
        raise UnsupportedError("empty")
    _write(_batches(file, len(names)), columns, output)
    total = file.metadata.num_rows
    return _facts(columns, total, len(schema.names), encoding="Parquet", separator="")


def _batches(file: Any, width: int) -> Iterator[Row]:
    """Rows of the first columns, SUMMARY_ROWS at most: the file itself knows how many there are."""
    left = SUMMARY_ROWS
    for batch in file.iter_batches(batch_size=1000, use_threads=False):
        lists = [batch.column(n).to_pylist() for n in range(width)]
        for values in zip(*lists, strict=True):
            if left <= 0:
                return
            left -= 1
            yield [cell(value) for value in values]
