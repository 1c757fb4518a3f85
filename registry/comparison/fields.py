"""Parameters side by side: the values of ``cspon.yaml``, ``benchmark.yaml`` and of the card's front matter."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portal.kit import frontmatter
from registry.benchmarks.reading import NotReadableError, read_yaml

MAX_FIELDS = 400
MAX_VALUE = 300


@dataclass(frozen=True)
class FieldChange:
    """A value that is not as it was; None where the key is not there."""

    file: str
    key: str
    old: str | None
    new: str | None


def values_of(path: str, text: str) -> dict[str, str]:
    """Dotted keys and their values as text; nothing where the file cannot be read."""
    if path.endswith(".md"):
        values: Mapping[str, Any] = frontmatter.lenient(text).values
    else:
        try:
            values = read_yaml(text.encode())
        except NotReadableError:
            return {}
    found: dict[str, str] = {}
    for key, value in _flat("", values):
        if len(found) >= MAX_FIELDS:
            break
        found[key] = value
    return found


def _flat(prefix: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _flat(f"{prefix}.{key}" if prefix else str(key), item)
    elif isinstance(value, list) and value and isinstance(value[0], Mapping | list):
        for n, item in enumerate(value):
            yield from _flat(f"{prefix}[{n}]", item)
    else:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
        yield prefix, text[:MAX_VALUE]


def field_changes(path: str, old: str | None, new: str | None) -> list[FieldChange]:
    """The values that differ, in the order of the new file, then what is gone."""
    before = values_of(path, old) if old is not None else {}
    after = values_of(path, new) if new is not None else {}
    keys = [*after, *(key for key in before if key not in after)]
    return [
        FieldChange(path, key, before.get(key), after.get(key))
        for key in keys
        if before.get(key) != after.get(key)
    ]
