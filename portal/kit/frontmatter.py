"""YAML front matter of strangers: plain data only, small, flat enough, every key once. Refusals name the line."""

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from portal.kit.i18n import _

MAX_CHARS = 64 * 1024
MAX_DEPTH = 12
MAX_NODES = 5000
_HEAD = re.compile(r"\A---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)


class FrontMatterError(ValueError):
    """The front matter does not hold. ``line`` counts from 1 in the whole text; the message names it."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(_("Front matter, line %(line)s: %(reason)s", line=line, reason=reason))
        self.line = line


@dataclass(frozen=True)
class Card:
    """A Markdown text apart: the values of its front matter and the rest."""

    values: dict[str, Any] = field(default_factory=dict)
    body: str = ""


class _Loader(yaml.SafeLoader):
    """A SafeLoader without aliases (one may name a list a billion times), with limits, and with YAML 1.2's booleans:
    ``language: no`` is Norwegian and not false; dates stay the text they are.
    """

    depth = 0
    nodes = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Count what is composed; refuse aliases, depth and mass."""
        line = self.peek_event().start_mark.line + 1  # type: ignore[no-untyped-call]
        if self.check_event(yaml.AliasEvent):
            raise FrontMatterError(line + 1, _("YAML aliases (*name) are not accepted."))
        self.depth += 1
        self.nodes += 1
        if self.depth > MAX_DEPTH:
            raise FrontMatterError(line + 1, _("It is nested too deeply."))
        if self.nodes > MAX_NODES:
            raise FrontMatterError(line + 1, _("It holds too many values."))
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 2
        if not isinstance(key_node, yaml.ScalarNode) or not isinstance(key_node.value, str):
            raise FrontMatterError(line, _("A key must be a text."))
        key = key_node.value
        if key in found:
            raise FrontMatterError(line, _("The key “%(key)s” stands twice.", key=key[:60]))
        found[key] = loader.construct_object(value_node, deep=True)
    return found


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
_Loader.yaml_implicit_resolvers = {
    first: [
        pair
        for pair in pairs
        if pair[0] not in {"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:merge"}
    ]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


def split(text: str) -> tuple[str | None, str]:
    """The YAML between the two ``---`` lines (None where there is none) and the Markdown below."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    found = _HEAD.match(text)
    return (found.group(1), text[found.end() :].lstrip("\n")) if found else (None, text)


def read(text: str) -> Card:
    """The text apart; `FrontMatterError` where there is front matter that cannot be read as a plain mapping."""
    head, body = split(text)
    if head is None:
        return Card({}, body)
    if len(head) > MAX_CHARS:
        raise FrontMatterError(1, _("It is longer than %(kb)s KiB.", kb=MAX_CHARS // 1024))
    try:
        values = yaml.load(head, Loader=_Loader)  # noqa: S506 - a stricter SafeLoader
    except FrontMatterError:
        raise
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        raise FrontMatterError(
            line, _("This is not valid YAML: %(reason)s", reason=error.problem or "")
        ) from error
    except (yaml.YAMLError, RecursionError, ValueError, LookupError, AttributeError) as error:  # `!!int ""`
        raise FrontMatterError(1, _("This is not valid YAML: %(reason)s", reason="")) from error
    if values is None:
        return Card({}, body)
    if not isinstance(values, dict):
        raise FrontMatterError(2, _("It must hold “key: value” lines."))
    return Card(values, body)


def lenient(text: str) -> Card:
    """The text apart, for showing: front matter that cannot be read is left out of sight, as no values."""
    try:
        return read(text)
    except FrontMatterError:
        return Card({}, split(text)[1])


def write(values: dict[str, Any], body: str) -> str:
    """A text with this front matter, in the order given; what ``read`` reads again."""
    if not values:
        return body
    head = yaml.safe_dump(values, allow_unicode=True, sort_keys=False, width=100)
    return f"---\n{head}---\n\n{body}"
