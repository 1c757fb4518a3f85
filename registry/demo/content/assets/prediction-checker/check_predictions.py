"""Compare a prediction file with the sample submission of its benchmark; standard library only."""

from __future__ import annotations

import csv
import math
import sys
from pathlib import Path

Table = tuple[list[str], list[list[str]]]


def read(path: Path) -> Table:
    """Header and rows of a CSV file."""
    with path.open(newline="", encoding="utf-8-sig") as handle:
        header, *rows = [row for row in csv.reader(handle) if row]
    return header, rows


def number(text: str) -> float | None:
    """A float, or None."""
    try:
        return float(text)
    except ValueError:
        return None


def problems(sample: Table, given: Table) -> list[str]:
    """Everything that is wrong, in words."""
    header, rows = sample
    names, cells = given
    if names != header:
        return [f"columns are {names}, expected {header}"]
    wanted = [row[0] for row in rows]
    found = [row[0] for row in cells]
    list_of = [f"{name} is missing" for name in sorted(set(wanted) - set(found))]
    list_of += [f"{name} is unknown" for name in sorted(set(found) - set(wanted))]
    list_of += [
        f"{name} occurs {found.count(name)} times" for name in sorted(set(found)) if found.count(name) > 1
    ]
    numeric = [number(cell) is not None for cell in rows[0]]
    for row in cells:
        if len(row) != len(header):
            list_of.append(f"{row[0]} has {len(row)} cells")
            continue
        for column, cell, wants_number in list(zip(header, row, numeric))[1:]:  # noqa: B905 - runs on Python 3.9
            value = number(cell)
            if wants_number and (value is None or not math.isfinite(value)):
                list_of.append(f"{column} of {row[0]} is {cell!r}, expected a finite number")
            elif not cell.strip():
                list_of.append(f"{column} of {row[0]} is empty")
    return list_of


def main() -> int:
    """Print OK or every problem; exit code 1 when there is one."""
    if len(sys.argv) != 3:
        print("usage: check_predictions.py SAMPLE PREDICTIONS", file=sys.stderr)
        return 2
    sample, given = (read(Path(name)) for name in sys.argv[1:])
    found = problems(sample, given)
    print("\n".join(found) or "OK")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
