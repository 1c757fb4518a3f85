"""Whether the site takes changes just now: asked at every door, looked up every few seconds at most.

Composition says how it is looked up (``look_with``); without that, and while the database does not answer, what was
known last holds.
"""

import logging
from collections.abc import Callable

import psycopg

from portal.kit.clock import monotonic
from portal.kit.errors import Unavailable
from portal.kit.i18n import _

EVERY_S = 5.0
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
Look = Callable[[], bool]
log = logging.getLogger(__name__)
_look: Look | None = None
_closed = False
_next = 0.0


class ReadOnly(Unavailable):
    """The site shows everything and changes nothing."""

    code = "read-only"


def look_with(look: Look) -> None:
    """How it is found out whether the site is read-only; the next question asks at once."""
    global _look
    _look = look
    forget()


def forget() -> None:
    """Ask anew at the next question."""
    global _next, _closed
    _next, _closed = 0.0, False


def known() -> bool:
    """What was found out last, without asking."""
    return _closed


def closed() -> bool:
    """Whether the site is read-only, no older than five seconds."""
    global _closed, _next
    if _look is not None and monotonic() >= _next:
        _next = monotonic() + EVERY_S
        try:
            now_closed = _look()
        except (psycopg.Error, OSError) as error:
            log.warning("whether the site is read-only: %s", type(error).__name__)
        else:
            if now_closed and not _closed:
                log.error("the site is read-only: the audit log contradicts a checkpoint that was seen")
            _closed = now_closed
    return _closed


def words() -> str:
    """Why, in the reader's language."""
    return _("The site is read-only: its audit log does not continue a checkpoint that was seen.")


def refuse_changes(method: str) -> None:
    """Refuse a request that may change something while the site is read-only."""
    if closed() and method not in SAFE:
        raise ReadOnly(
            words(),
            hint=_("Reading goes on. A security administrator must look into it before anything is changed."),
        )
