"""``cspon.yaml`` as the portal reads it: text with limits, no aliases, no duplicate keys, no objects."""

from dataclasses import dataclass
from typing import Any

import yaml

from portal.kit.errors import Clash
from portal.kit.i18n import _

NAME = "cspon.yaml"
MAX_BYTES = 64 * 1024
MAX_DEPTH = 10


class _Loader(yaml.SafeLoader):
    """Plain data only."""

    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Refuses aliases (they can expand without bound) and deep nesting."""
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.YAMLError("alias")
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise yaml.YAMLError("depth")
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        """Refuses a key that stands twice: readers would disagree which one counts."""
        keys = [self.construct_object(key, deep=True) for key, _value in node.value]
        if any(not isinstance(key, str) for key in keys) or len(set(keys)) != len(keys):
            raise yaml.YAMLError("keys")
        return super().construct_mapping(node, deep)


@dataclass(frozen=True)
class Manifest:
    """What the portal itself needs of the manifest; the scan and the evaluation read the rest."""

    name: str = ""
    version: str = ""
    runtime: str = ""
    command: str = ""


def read(data: bytes) -> Manifest:
    """The manifest in the bytes; refuses with a sentence what is not a small plain mapping."""
    problem = Clash(
        _("cspon.yaml cannot be read."),
        hint=_("It must be a small YAML mapping in UTF-8, without duplicate keys, aliases or tags."),
    )
    if len(data) > MAX_BYTES:
        raise problem
    try:
        values = yaml.load(data.decode("utf-8"), Loader=_Loader)  # noqa: S506 - a SafeLoader with more limits
    except (
        yaml.YAMLError,
        RecursionError,
        ValueError,
        LookupError,
        AttributeError,
    ) as error:  # `!!int ""`, `!!bool x`
        raise problem from error
    if not isinstance(values, dict):
        raise problem
    return Manifest(*(_text(values.get(key)) for key in ("name", "version", "runtime", "command")))


def _text(value: object) -> str:
    return str(value).strip()[:500] if isinstance(value, str | int | float) else ""
