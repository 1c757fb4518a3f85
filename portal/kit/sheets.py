"""A list as a CSV file to take away."""

import datetime as dt
from collections.abc import Iterable, Sequence

from fastapi.responses import Response

from portal.kit.text import to_csv

MOST_ROWS = 2000
"""So many lines a list gives at once."""


def minute(instant: dt.datetime | None) -> str:
    """An instant in a cell, to the minute; empty for none."""
    return instant.isoformat(timespec="minutes") if instant is not None else ""


def csv_file(name: str, header: Sequence[str], lines: Iterable[Sequence[object]]) -> Response:
    """The file, as an attachment of that name. No cell is a formula to a spreadsheet."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(to_csv(header, lines), media_type="text/csv; charset=utf-8", headers=headers)
