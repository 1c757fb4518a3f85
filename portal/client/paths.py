"""Where a file from a portal may be written: below the chosen folder, and nowhere else, whatever its name says."""

import unicodedata
from pathlib import Path

from portal.client.errors import ClientError
from portal.kit.i18n import _

_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
_DEVICES = {"con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(1, 10))}


def safe_target(root: Path, path: str) -> Path:
    """The place of ``path`` below ``root``. Refuses names that leave it, and links on the way that do."""
    parts = path.split("/")
    bad = (
        not path
        or "\\" in path
        or ":" in path
        or any(unicodedata.category(char) in _INVISIBLE for char in path)
        or any(part in {"", ".", ".."} or len(part.encode()) > 255 for part in parts)
        or any(part.partition(".")[0].lower() in _DEVICES for part in parts)
    )
    if bad:
        raise _refusal(path)
    place = root
    for part in parts[:-1]:
        place = place / part
        if place.is_symlink() or (place.exists() and not place.is_dir()):
            raise _refusal(path)
    place = place / parts[-1]
    if place.is_symlink() or place.is_dir():
        raise _refusal(path)
    return place


def _refusal(path: str) -> ClientError:
    shown = "".join(char if unicodedata.category(char) not in _INVISIBLE else "?" for char in path[:200])
    return ClientError(
        _("The portal names a file “%(path)s” that may not be written here.", path=shown),
        _(
            "Choose an empty folder. If it is one already, do not trust this version, and tell the portal's operator."
        ),
    )
