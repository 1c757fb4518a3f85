"""YAML with line numbers: no repeated keys, no aliases, no tags, bounded depth. Only plain values come
out."""

import math
import re
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

import yaml

MAX_DEPTH = 20
MAX_NUMBER = 1e15
MAX_CHARACTERS = 256 * 1024
PLAIN_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq")
)
FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n(.*?)(?:\r?\n)(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
Path = tuple[str | int, ...]


class YamlError(Exception):
    """Not acceptable YAML; `rule` is manifest.duplicate_key or manifest.unreadable."""

    def __init__(self, rule: str, problem: str, line: int | None) -> None:
        super().__init__(problem)
        self.rule = rule
        self.problem = problem
        self.line = line


@dataclass
class Document:
    """The value, and the line (from 1) of every key and item in it."""

    value: Any = None
    lines: dict[Path, int] = field(default_factory=dict)

    def line(self, path: Path) -> int | None:
        """The line of the nearest known place at or above `path`."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)


class PlainLoader(yaml.SafeLoader):
    """Dates stay text: a version like 2026-01-01 is no date, and JSON has none."""


PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in forms if tag in PLAIN_TAGS]
    for first, forms in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(text: str) -> Document:
    """The document, or YamlError. An empty text gives None as its value."""
    if len(text) > MAX_CHARACTERS:
        raise YamlError("manifest.unreadable", "too long", None)
    loader = PlainLoader(text)
    document = Document()
    try:
        _no_aliases(text)
        node = loader.get_single_node()
        document.value = None if node is None else _value(loader, node, (), document, 0)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise YamlError("manifest.unreadable", error.problem or "not YAML", line) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise YamlError("manifest.unreadable", str(error)[:150], None) from error
    finally:
        loader.dispose()
    return document


def front_matter(text: str) -> Document | None:
    """The YAML block at the top of a Markdown file, or None where there is none."""
    match = FRONT_MATTER.match(text.removeprefix("\ufeff"))
    return load(match[1]) if match else None


def _no_aliases(text: str) -> None:
    for token in yaml.scan(text, Loader=PlainLoader):
        if isinstance(token, yaml.AliasToken | yaml.AnchorToken):
            raise YamlError(
                "manifest.unreadable", "anchors and aliases are not used here", token.start_mark.line + 1
            )


def _value(loader: PlainLoader, node: yaml.Node, path: Path, document: Document, depth: int) -> Any:
    line = node.start_mark.line + 1
    document.lines.setdefault(path, line)
    if depth > MAX_DEPTH:
        raise YamlError("manifest.unreadable", "nested too deeply", line)
    if node.tag not in PLAIN_TAGS:
        raise YamlError("manifest.unreadable", f"tag {node.tag[:60]} is not used here", line)
    if isinstance(node, yaml.MappingNode):
        return _mapping(loader, node, path, document, depth)
    if isinstance(node, yaml.SequenceNode):
        return [_value(loader, item, (*path, n), document, depth + 1) for n, item in enumerate(node.value)]
    value = loader.construct_object(node)
    if isinstance(value, int | float) and not (math.isfinite(value) and abs(value) <= MAX_NUMBER):
        raise YamlError("manifest.unreadable", "a number is too large", line)
    return value


def _mapping(
    loader: PlainLoader, node: yaml.MappingNode, path: Path, document: Document, depth: int
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key: Hashable = loader.construct_object(key_node)
        line = key_node.start_mark.line + 1
        if not isinstance(key, str):
            raise YamlError("manifest.unreadable", f"the key {str(key)[:40]} is not text", line)
        if key in found:
            raise YamlError("manifest.duplicate_key", key[:60], line)
        document.lines[(*path, key)] = line
        found[key] = _value(loader, value_node, (*path, key), document, depth + 1)
    return found
