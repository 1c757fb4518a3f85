"""Writing version trees: text with facts filled in, tables, GeoJSON, YAML, and digests. Same input, same bytes."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

CONTENT = Path(__file__).resolve().parent / "content"
SEED = 20261122
_FACT = re.compile(r"\{\{(\w+)\}\}")
_TEXT = {".md", ".yaml", ".py", ".txt"}
WRITTEN_FOR = "geo-py311"
RUNTIME = f"geo-py3{sys.version_info.minor}"
"""The runtime the builder itself runs in; the content names the one it was written for."""


def fill(text: str, facts: Mapping[str, Any]) -> str:
    """`{{name}}` replaced by the fact of that name; an unknown name raises KeyError, so no card can be half true."""
    return _FACT.sub(lambda match: str(facts[match[1]]), text).replace(WRITTEN_FOR, RUNTIME)


def copy_content(source: Path, target: Path, facts: Mapping[str, Any]) -> None:
    """Every file under `source` to `target`, with the facts filled into text files."""
    for path in sorted(source.rglob("*")):
        if not path.is_file() or "__pycache__" in path.parts:
            continue
        place = target / path.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix in _TEXT:
            write_text(place, fill(path.read_text(encoding="utf-8"), facts))
        else:
            shutil.copyfile(path, place)


def write_text(path: Path, text: str) -> None:
    """UTF-8 text with a final newline, folders made as needed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text if text.endswith("\n") else text + "\n", encoding="utf-8")


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A comma-separated table with LF line ends; floats as given by `number`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(header)
        writer.writerows([number(cell) for cell in row] for row in rows)


def number(cell: Any) -> Any:
    """A float in at most ten significant digits and without a needless `.0`; anything else unchanged."""
    return f"{cell:.10g}" if isinstance(cell, float) else cell


def csv_block(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A fenced example of a table, as it looks in the file."""
    lines = [",".join(header), *(",".join(str(number(cell)) for cell in row) for row in rows)]
    return "```csv\n" + "\n".join(lines) + "\n```"


def write_geojson(path: Path, features: Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> None:
    """A FeatureCollection (RFC 7946, WGS 84 longitude and latitude) of (geometry, properties), one feature a line."""
    lines = [
        json.dumps(
            {"type": "Feature", "properties": properties, "geometry": geometry},
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for geometry, properties in features
    ]
    write_text(path, '{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}")


def yaml_of(value: Any, indent: int = 0) -> str:
    """A small YAML: block mappings and lists, strings always double-quoted (which JSON's quoting is)."""
    pad = "  " * indent
    if isinstance(value, Mapping):
        lines = []
        for key, item in value.items():
            nested = isinstance(item, Mapping | list | tuple) and len(item) > 0
            lines.append(
                f"{pad}{key}:" + ("\n" + yaml_of(item, indent + 1) if nested else f" {yaml_of(item)}")
            )
        return "\n".join(lines)
    if isinstance(value, list | tuple) and value:
        return "\n".join(
            f"{pad}- " + (yaml_of(item, indent + 1).lstrip() if isinstance(item, Mapping) else yaml_of(item))
            for item in value
        )
    return json.dumps(value, ensure_ascii=False)


def copy_licence(package: str, target: Path) -> None:
    """The licence text of an installed package, which must travel with data taken from it."""
    found = [path for path in metadata.files(package) or [] if path.name.upper().startswith("LICENSE")]
    if not found:
        raise FileNotFoundError(f"package {package} carries no licence text")
    write_text(target, Path(str(found[0].locate())).read_text(encoding="utf-8"))


def tree_facts(folder: Path) -> dict[str, Any]:
    """Number of files, bytes, and one SHA-256 over sorted `path NUL sha256 LF` lines of a folder."""
    total, size, count = hashlib.sha256(), 0, 0
    for path in sorted(folder.rglob("*"), key=lambda each: each.relative_to(folder).as_posix()):
        if path.is_file():
            content = path.read_bytes()
            name = path.relative_to(folder).as_posix()
            total.update(f"{name}\0{hashlib.sha256(content).hexdigest()}\n".encode())
            size, count = size + len(content), count + 1
    return {"files": count, "bytes": size, "sha256": total.hexdigest()}
