"""Names: the key Chinese names sort by, and the short names of namespaces."""

import re
import unicodedata
from pathlib import Path

SLUG = re.compile(r"[a-z0-9](?:-?[a-z0-9])+")
MAX_SLUG = 40
RESERVED = frozenset(Path(__file__).with_name("reserved_names.txt").read_text(encoding="utf-8").split())
"""Words of the portal's own addresses, and names that would mislead."""


def pinyin(text: str, separator: str = " ") -> str:
    """The text with Chinese characters as toneless pinyin, lower case."""
    # The dictionary of pypinyin is large; most requests never need it.
    from pypinyin import lazy_pinyin

    return separator.join(part.strip() for part in lazy_pinyin(text) if part.strip()).casefold()


def sort_key(name: str) -> str:
    """What a name sorts by: pinyin (the database's collation is C), then the name to tell homophones apart."""
    return f"{pinyin(name)} {name}"


def is_slug(text: str) -> bool:
    """Whether a namespace may be called so: 2-40 of a-z, 0-9 and single inner hyphens."""
    return len(text) <= MAX_SLUG and SLUG.fullmatch(text) is not None


def suggest_slug(name: str, fallback: str = "") -> str:
    """A namespace's short name made from a name: 张三 gives ``zhangsan``, Ada Lovelace ``ada-lovelace``."""
    for source in (_readable(name), fallback.partition("@")[0], "user"):
        ascii_only = unicodedata.normalize("NFKD", source).encode("ascii", "ignore").decode().casefold()
        slug = re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")[: MAX_SLUG - 5].strip("-")
        if is_slug(slug) and slug not in RESERVED:
            return slug
    return "member"


def _readable(name: str) -> str:
    return pinyin(name, separator="" if not name.isascii() else " ")
