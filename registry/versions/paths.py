"""Paths of files inside a version: what is accepted, and which two would be one file somewhere."""

import unicodedata
from collections.abc import Iterable

from portal.kit.errors import Invalid
from portal.kit.i18n import _

MAX_CHARS = 500
MAX_PART_BYTES = 255
MAX_DEPTH = 20
HIDDEN_PREFIXES = ("labels/", "scorer/", "inputs/", "dryrun/")
"""Of a benchmark: the hidden part. Only publishers of its namespace see these files."""
_FORBIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_UNSEEN = (  # the characters of these categories, as of Unicode 16, and what separates folders
    r"\u0000-\u001f\u007f-\u009f\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e"
    r"\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb/\\:"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f"
)
_SPACES = r"\u0020\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_VISIBLE = f"[^{_UNSEEN}{_SPACES}]"
_PART = rf"\.{{0,2}}[^{_UNSEEN}{_SPACES}.](?:[^{_UNSEEN}]{{0,250}}{_VISIBLE})?"
PATTERN_OF_NAME = f"^{_PART}$"
PATTERN = f"^{_PART}(?:/{_PART}){{0,{MAX_DEPTH - 1}}}$"
"""What ``clean`` takes, for the documentation of the API: ECMA-262 has no categories, so they are written out."""


def clean(path: str) -> str:
    """The path in NFC. Refuses whatever could leave the version's folder or look like another path."""
    path = unicodedata.normalize("NFC", path)
    reason = _reason(path)
    if reason:
        raise Invalid(reason, fields={"path": reason}, hint=shown(path))
    return path


def _reason(path: str) -> str:
    if not path or len(path) > MAX_CHARS:
        return _("A path has 1 to 500 characters.")
    if any(unicodedata.category(char) in _FORBIDDEN for char in path):
        return _("A path may not hold control or invisible characters.")
    if "\\" in path or ":" in path:
        return _("A path may not hold backslashes or colons; folders are separated by “/”.")
    parts = path.split("/")
    if path.startswith("/") or any(part in {"", ".", ".."} for part in parts):
        return _("A path is relative and has no empty parts, no “.” and no “..”.")
    if len(parts) > MAX_DEPTH:
        return _("Folders may be at most 20 deep.")
    if any(len(part.encode()) > MAX_PART_BYTES or part != part.strip() for part in parts):
        return _("A name in a path is too long, or begins or ends with a space.")
    return ""


def shown(path: str) -> str:
    """A hostile path made safe to show."""
    return "".join(c if unicodedata.category(c) not in _FORBIDDEN else f"\\u{ord(c):04x}" for c in path[:200])


class Taken:
    """Remembers paths, so that two that some file system would merge are refused: equal but for case, or file and
    folder of one name. The very same path is no collision: that file is replaced.
    """

    def __init__(self, present: Iterable[str]) -> None:
        self._known: dict[str, tuple[str, bool]] = {}
        for path in present:
            self.take(path)

    def take(self, path: str) -> str | None:
        """Claim a path and its folders; answers the path it collides with, if any."""
        parts = path.split("/")
        for depth in range(1, len(parts)):
            other = self._claim("/".join(parts[:depth]), folder=True)
            if other is not None:
                return other
        return self._claim(path, folder=False)

    def _claim(self, path: str, *, folder: bool) -> str | None:
        key = unicodedata.normalize("NFC", path.casefold())
        known = self._known.setdefault(key, (path, folder))
        return None if known == (path, folder) else known[0]


def is_hidden(path: str) -> bool:
    """Whether the path is of the hidden part of a benchmark."""
    return path.startswith(HIDDEN_PREFIXES)
