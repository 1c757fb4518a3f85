"""Mentions: ``@name`` in a text, outside of code."""

import re
from collections.abc import Iterable

MENTION = re.compile(r"(?<![\w@/.\[-])@([a-z0-9](?:-?[a-z0-9]){1,39})(?![\w-])")
_CODE = re.compile(r"(```.*?(?:```|\Z)|`[^`\n]*`)", re.DOTALL)
MOST = 10
"""So many people one post tells at most; the rest is text."""


def named(text: str) -> list[str]:
    """The short names a text mentions, each once, in order; ten at most. Code is not read."""
    plain = _CODE.split(text)[::2]
    return list(dict.fromkeys(name for part in plain for name in MENTION.findall(part)))[:MOST]


def linked(text: str, known: Iterable[str]) -> str:
    """The Markdown with links on the known mentions. Code stays as it is."""
    names = set(known)
    if not names:
        return text

    def link(found: re.Match[str]) -> str:
        name = found.group(1)
        return f"[@{name}](/people/{name})" if name in names else found.group(0)

    parts = _CODE.split(text)
    parts[::2] = [MENTION.sub(link, part) for part in parts[::2]]
    return "".join(parts)
