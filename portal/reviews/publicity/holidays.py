"""The extra days of this site: what its operator adds to the notices the package knows."""

from functools import lru_cache
from pathlib import Path

from portal.kit.errors import Invalid, Unavailable
from portal.kit.i18n import _
from portal.reviews.calendar.days import NOTHING, Extra, read
from portal.settings import get_settings


class ListUnreadable(Unavailable):
    """The operator's list of extra days cannot be read; nothing is counted without it."""

    code = "holiday-list-unreadable"


@lru_cache(maxsize=2)
def _read(path: Path, _stamp: tuple[int, int]) -> Extra:
    return read(path.read_text(encoding="utf-8"))


def extra() -> Extra:
    """The extra days in force. A change of the file counts at once, without a restart.

    A list that is named but missing or full of mistakes is refused: counting without it could end a notice early.
    """
    path = get_settings().holidays_file
    if path is None:
        return NOTHING
    try:
        about = path.stat()
        return _read(path, (about.st_mtime_ns, about.st_size))
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(_("The operator's list of extra days cannot be read.")) from error
    except Invalid as error:
        why = "; ".join(f"{where}: {what}" for where, what in error.fields.items())
        raise _unreadable(f"{error.message} {why}") from error


def _unreadable(message: str) -> ListUnreadable:
    found = ListUnreadable(message, hint=_("An operator corrects the file that CSPON_HOLIDAYS_FILE names."))
    del found.headers["Retry-After"]  # only a person can help
    return found
