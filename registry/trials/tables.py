"""Tables a visitor gives: read with bounds, written anew as plain CSV, so that a program meets one dialect only."""

import csv
import io
import math
from collections.abc import Sequence

from portal.kit.i18n import _

MAX_ROWS = 5000
MAX_COLUMNS = 1000
SEPARATORS = (",", "\t", ";")
ID = "id"


def normal_table(data: bytes, columns: Sequence[str]) -> bytes:
    """The table as UTF-8 with commas; `ValueError` says in the reader's language what is wrong with it."""
    header, rows = _read(data)
    _require(header, columns)
    return _written(header, rows)


def features_table(data: bytes, columns: Sequence[str]) -> tuple[bytes, list[str]]:
    """A model's table and its features: column ``id`` first (numbered where there is none), then the features.

    ``columns``: the features in the model's order; none: every column but ``id``, in the order given. Every cell of a
    feature is a number or empty.
    """
    header, rows = _read(data)
    _require(header, columns)
    names = list(columns) or [name for name in header if name != ID]
    if not names:
        raise ValueError(_("The table has no column besides “id”."))
    places = [header.index(name) for name in names]
    key = header.index(ID) if ID in header else None
    out = []
    for number, row in enumerate(rows, start=1):
        cells = [row[place].strip() for place in places]
        for name, cell in zip(names, cells, strict=True):
            _check_number(cell, number, name)
        out.append([row[key] if key is not None else str(number), *cells])
    return _written([ID, *names], out), names


def _check_number(cell: str, row: int, column: str) -> None:
    try:
        good = not cell or math.isfinite(float(cell))
    except ValueError:
        good = False
    if not good:
        raise ValueError(
            _(
                "Row %(row)s, column “%(column)s”: “%(cell)s” is no number.",
                row=row,
                column=column,
                cell=cell[:40],
            )
        )


def _read(data: bytes) -> tuple[list[str], list[list[str]]]:
    text = _decoded(data)
    first = text.partition("\n")[0]
    separator = max(SEPARATORS, key=first.count)
    try:
        rows = [
            row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True) if row
        ]
    except csv.Error as error:
        raise ValueError(_("This is no CSV table: %(reason)s", reason=str(error)[:100])) from error
    if len(rows) < 2:
        raise ValueError(_("The table needs a line of column names and at least one row."))
    header = [name.strip() for name in rows[0]]
    if len(header) > MAX_COLUMNS or len(rows) - 1 > MAX_ROWS:
        raise ValueError(
            _(
                "At most %(rows)s rows and %(columns)s columns are taken here.",
                rows=MAX_ROWS,
                columns=MAX_COLUMNS,
            )
        )
    if len(set(header)) != len(header) or not all(header):
        raise ValueError(_("Every column needs a name of its own."))
    for number, row in enumerate(rows[1:], start=1):
        if len(row) != len(header):
            raise ValueError(
                _(
                    "Row %(row)s has %(n)s cells; there are %(m)s columns.",
                    row=number,
                    n=len(row),
                    m=len(header),
                )
            )
    return header, rows[1:]


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return text
    raise ValueError(_("The text is neither UTF-8 nor GB 18030."))


def _require(header: Sequence[str], columns: Sequence[str]) -> None:
    missing = [name for name in columns if name not in header]
    if missing:
        raise ValueError(_("The table lacks the columns: %(names)s.", names=", ".join(missing)[:300]))


def _written(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode()
