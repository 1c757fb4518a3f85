"""From the predictions of the reference make those of the other cases: `mutate.py INPUT OUTPUT`.

INPUT holds predictions/ and labels/. OUTPUT gets one folder per case with the same files, and canaries.json: salted
hashes of rows of the labels, by which the label seeker recognises them without holding one. A case that cannot be made
of this format has no folder.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

MOST_ROWS = 200_000
MOST_CANARIES = 5_000
SALT = b"dry-run:"
Row = list[str]
csv.field_size_limit(1_000_000)


class Table:
    """A CSV file: header, rows, and which column is the id (the first)."""

    def __init__(self, header: Row, rows: list[Row]) -> None:
        self.header, self.rows = header, rows

    def text(self) -> bytes:
        """As CSV."""
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([self.header, *self.rows])
        return out.getvalue().encode()


def read(path: Path) -> Table | None:
    """The table in a file whose name says that it is one; None where it is none."""
    if path.suffix.lower() != ".csv":
        return None
    try:
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))[: MOST_ROWS + 1]
    except (UnicodeDecodeError, csv.Error):
        return None
    rows = [row for row in rows if row]
    if len(rows) < 2 or len(rows[0]) < 2 or any(len(row) != len(rows[0]) for row in rows):
        return None
    return Table(rows[0], rows[1:])


def constant(table: Table) -> Table:
    """Every value replaced by the column's mean, or by its most frequent text."""
    columns = list(zip(*table.rows, strict=True))[1:]
    values = [centre(list(column)) for column in columns]
    return Table(table.header, [[row[0], *values] for row in table.rows])


def centre(values: list[str]) -> str:
    """The mean where all are fractional numbers; otherwise the most frequent text, the first of equals."""
    try:
        numbers = [float(value) for value in values]
    except ValueError:
        numbers = []
    if numbers and not all(number.is_integer() and abs(number) < 1000 for number in numbers):
        return repr(sum(numbers) / len(numbers))
    return Counter(values).most_common(1)[0][0]


def renamed(rows: list[Row]) -> list[Row]:
    """The rows under ids that no benchmark has."""
    return [[f"dry-run-unknown-{at}", *row[1:]] for at, row in enumerate(rows)]


CHANGES: dict[str, Callable[[Table], Table]] = {
    "constant": constant,
    "wrong_ids": lambda table: Table(table.header, renamed(table.rows)),
    "not_a_number": lambda table: Table(
        table.header, [[row[0], *["NaN"] * (len(row) - 1)] for row in table.rows]
    ),
    "missing_rows": lambda table: Table(table.header, table.rows[: len(table.rows) // 2]),
    "extra_rows": lambda table: Table(table.header, [*table.rows, *renamed(table.rows)]),
    "repeated_rows": lambda table: Table(table.header, [row for row in table.rows for _ in range(2)]),
}
PLAIN: dict[str, Callable[[bytes], bytes]] = {
    "empty_file": lambda _data: b"",
    "garbage": lambda _data: bytes((at * 131 + 200) % 256 for at in range(4096)),
    "broken": lambda data: data[: max(1, len(data) * 2 // 3)].rstrip(b"\n0123456789") + b',"',
}


def mutate(source: Path, target: Path) -> None:
    """Write every case that can be made."""
    files = sorted(path for path in source.rglob("*") if path.is_file())
    for name, change in PLAIN.items():
        for path in files:
            put(target / name / path.relative_to(source), change(path.read_bytes()))
    tables = {path: table for path in files if (table := read(path)) is not None}
    if not tables:
        return
    for name, alter in CHANGES.items():
        for path in files:
            data = alter(tables[path]).text() if path in tables else path.read_bytes()
            put(target / name / path.relative_to(source), data)


def put(path: Path, data: bytes) -> None:
    """Write a file, folders as needed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def canaries(labels: Path) -> list[str]:
    """Salted hashes of up to 5,000 rows of the labels, evenly over the files; rows of one cell say nothing."""
    found: list[str] = []
    for path in sorted(path for path in labels.rglob("*") if path.is_file()):
        lines = [line.strip() for line in path.read_bytes().splitlines()[1:]]
        rows = [
            line
            for line in lines
            if len(line) > 3 and any(mark in line for mark in (b",", b"\t", b";", b":"))
        ]
        step = max(1, len(rows) // MOST_CANARIES)
        found += [hashlib.sha256(SALT + line).hexdigest() for line in rows[::step]]
    return found[:MOST_CANARIES]


if __name__ == "__main__":
    mutate(Path(sys.argv[1]) / "predictions", Path(sys.argv[2]))
    put(Path(sys.argv[2]) / "canaries.json", json.dumps(canaries(Path(sys.argv[1]) / "labels")).encode())
