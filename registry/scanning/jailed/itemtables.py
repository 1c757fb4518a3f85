"""``item_table`` of benchmark.yaml: the same shape as registry.benchmarks.itemtable, which reads it on the host."""

from collections.abc import Iterator
from typing import Any

from .shapes import (
    BOTH_LANGUAGES,
    Complaint,
    Path,
    file_path,
    flag,
    list_of,
    mapping,
    named,
    number,
    text,
    whole,
)

HEADER = text(100)
NAME = r"(?!(?:region|place)\Z)[a-z][a-z0-9_]{0,39}"
REGION = mapping({"column": HEADER}, {"public": flag, "titles": named(BOTH_LANGUAGES, limit=60, most=1000)})
PLACE = mapping({"lon": HEADER, "lat": HEADER, "cell_deg": number(0.0001 - 1e-12, 30)}, {"public": flag})
SLICE = mapping(
    {"name": text(40, NAME), "title": BOTH_LANGUAGES, "column": HEADER},
    {"public": flag, "titles": named(BOTH_LANGUAGES, limit=60, most=100), "copy_of": HEADER},
)
ITEM_TABLE = mapping(
    {"file": file_path},
    {
        "id": HEADER,
        "least": whole(5, 1000),
        "region": REGION,
        "place": PLACE,
        "slices": list_of(SLICE, least=0, most=10),
    },
)


def check_item_table(table: dict[str, Any], files: frozenset[str]) -> Iterator[Complaint]:
    """Whether its parts fit together and the file is there, below inputs/ or labels/."""
    here: Path = ("item_table",)
    if table["file"] not in files or not table["file"].startswith(("inputs/", "labels/")):
        yield Complaint("manifest.wrong_value", (*here, "file"), "existing_file", "inputs/… | labels/…")
    if table.get("region") is not None and table.get("place") is not None:
        yield Complaint("manifest.unexpected_field", (*here, "place"))
    if table.get("region") is None and table.get("place") is None and not table.get("slices"):
        yield Complaint("manifest.missing_field", (*here, "slices"))
    names = [part["name"] for part in table.get("slices") or []]
    for position, name in enumerate(names):
        if name in names[:position]:
            yield Complaint("manifest.wrong_value", (*here, "slices", position, "name"), "distinct")
