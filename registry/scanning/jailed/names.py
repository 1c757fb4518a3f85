"""Rules for the names of archive members. Pure: no files are touched here."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

MAX_COMPONENT_BYTES = 255
MAX_PATH_CHARACTERS = 500
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
LITTER_FOLDERS = frozenset({"__MACOSX"})
LITTER_FILES = frozenset({".DS_Store", "Thumbs.db"})


class ArchiveError(Exception):
    """The archive breaks a rule; `code` is a rule id of registry.scanning.rules."""

    def __init__(self, code: str, message: str, entry: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.entry = entry


def choose_encoding(raw_names: Iterable[bytes]) -> str:
    """The encoding of all names that carry no UTF-8 flag, decided for the archive as a whole.

    UTF-8 first, because GB 18030 accepts many UTF-8 byte runs; one name alone is too little evidence.
    """
    names = [name for name in raw_names if not name.isascii()]
    if not names:
        return "ascii"
    for encoding in ("utf-8", "gb18030"):
        try:
            for name in names:
                name.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return "cp437"


def check_name(name: str, *, max_depth: int) -> str:
    """The clean relative path (NFC, `/` between parts, no trailing `/`), or ArchiveError."""
    shown = printable(name)
    if has_hidden(name):
        raise ArchiveError("archive.control_character", "control character in a name", shown)
    if "\\" in name:
        raise ArchiveError("archive.backslash", "backslash in a name", shown)
    if name.startswith("/"):
        raise ArchiveError("archive.absolute_name", "absolute name", shown)
    if len(name) >= 2 and name[1] == ":" and name[0].isascii() and name[0].isalpha():
        raise ArchiveError("archive.drive_letter", "drive letter in a name", shown)
    if ":" in name:
        raise ArchiveError("archive.bad_name", "colon in a name", shown)
    parts = [part for part in unicodedata.normalize("NFC", name).split("/") if part not in ("", ".")]
    if ".." in parts:
        raise ArchiveError("archive.parent_name", "name with ..", shown)
    if not parts:
        raise ArchiveError("archive.bad_name", "empty name", shown)
    if len(parts) > max_depth:
        raise ArchiveError("archive.too_deep", f"more than {max_depth} folders deep", shown)
    path = "/".join(parts)
    longest = max(len(part.encode()) for part in parts)
    if longest > MAX_COMPONENT_BYTES or len(path) > MAX_PATH_CHARACTERS:
        raise ArchiveError("archive.name_too_long", "name too long", shown)
    return path


def has_hidden(text: str) -> bool:
    """True when a text holds control, format, surrogate or private characters, or separators of lines."""
    return any(unicodedata.category(char) in HIDDEN for char in text)


def printable(name: str) -> str:
    """A form of a hostile name that is safe to show: escapes instead of hidden characters, at most 200 characters."""
    shown = (f"\\u{ord(char):04x}" if unicodedata.category(char) in HIDDEN else char for char in name[:200])
    return "".join(shown)[:200]


def is_litter(path: str) -> bool:
    """True for what macOS and Windows add to archives on their own."""
    parts = path.split("/")
    return parts[0] in LITTER_FOLDERS or parts[-1] in LITTER_FILES


@dataclass
class Names:
    """Remembers every path taken, so that two names one file system would merge are refused."""

    _taken: dict[str, tuple[str, bool]] = field(default_factory=dict)

    def take(self, path: str, *, folder: bool) -> None:
        """Claim a path and its parent folders; ArchiveError when another name differs only by case or Unicode
        form."""
        parts = path.split("/")
        for depth in range(1, len(parts)):
            self._claim("/".join(parts[:depth]), folder=True)
        self._claim(path, folder=folder)

    def _claim(self, path: str, *, folder: bool) -> None:
        key = unicodedata.normalize("NFC", path.casefold())
        known = self._taken.get(key)
        if known is None:
            self._taken[key] = (path, folder)
        elif known != (path, folder) or not folder:
            raise ArchiveError("archive.collision", f"collides with {printable(known[0])}", printable(path))
