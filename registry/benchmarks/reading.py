"""Reading the small YAML files of strangers: plain data only, no aliases, no repeated keys, bounded."""

from typing import Any

import yaml

from portal.kit.i18n import _
from portal.kit.storage import get_store

MAX_YAML = 256 * 1024
MAX_TEXT = 512 * 1024


class NotReadableError(ValueError):
    """The file is not what was asked for; the message says why, in the reader's language."""


class _Loader(yaml.SafeLoader):
    """Plain scalars, lists and maps. An alias could name one list a billion times, so there are none."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Refuse aliases before they are followed."""
        if self.check_event(yaml.AliasEvent):
            raise NotReadableError(_("YAML aliases (*name) are not accepted."))
        return super().compose_node(parent, index)


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    """A map in which every key is a text that occurs once."""
    found: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            raise NotReadableError(
                _("Line %(line)s: a key must be a text.", line=key_node.start_mark.line + 1)
            )
        if key in found:
            raise NotReadableError(
                _(
                    "Line %(line)s: the key “%(key)s” occurs twice.",
                    line=key_node.start_mark.line + 1,
                    key=key,
                )
            )
        found[key] = loader.construct_object(value_node, deep=True)
    return found


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_yaml(data: bytes) -> dict[str, Any]:
    """The map in a YAML text; `NotReadableError` when it is not UTF-8, not YAML, no map, or larger than 256 KiB."""
    if len(data) > MAX_YAML:
        raise NotReadableError(_("The file is larger than %(kb)s KiB.", kb=MAX_YAML // 1024))
    try:
        value = yaml.load(data.decode("utf-8"), Loader=_Loader)  # noqa: S506 - a stricter SafeLoader
    except UnicodeDecodeError as error:
        raise NotReadableError(_("The file is not UTF-8 text.")) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        reason = error.problem or ""
        raise NotReadableError(
            _("Line %(line)s is not valid YAML: %(reason)s", line=line, reason=reason)
        ) from error
    except (
        yaml.YAMLError,
        RecursionError,
        ValueError,
        LookupError,
        AttributeError,
    ) as error:  # `!!int ""`, `!!bool x`
        if isinstance(error, NotReadableError):
            raise
        raise NotReadableError(_("The file is not valid YAML.")) from error
    if not isinstance(value, dict):
        raise NotReadableError(_("The file must hold “key: value” lines."))
    return value


def stored_bytes(sha256: str, limit: int) -> bytes:
    """At most ``limit`` bytes of a stored file, and one more where it is longer (so that the reader can tell)."""
    with get_store().open(sha256) as file:
        parts: list[bytes] = []
        left = limit + 1
        while left > 0 and (chunk := file.read(left)):
            parts.append(chunk)
            left -= len(chunk)
    return b"".join(parts)


def stored_text(sha256: str, limit: int = MAX_TEXT) -> str:
    """A stored file as text, cut at ``limit`` bytes; what is not UTF-8 shows as replacement marks."""
    return stored_bytes(sha256, limit)[:limit].decode("utf-8", "replace")
