"""Whether the site takes changes just now: asked at every door, looked up every few seconds beside the requests.

Composition says how it is looked up (``look_with``) and looks all the time while it serves (``looking``). Without that,
and while the database does not answer, what was known last holds.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

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
_round = 0
"""Counts what was forgotten: a look that began before that says nothing."""
_looking = False


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
    global _next, _closed, _round
    _next, _closed, _round = 0.0, False, _round + 1


def known() -> bool:
    """What was found out last, without asking."""
    return _closed


def closed() -> bool:
    """Whether the site is read-only, no older than some seconds. Asks only where nothing was ever found out, or where
    nobody looks beside the requests."""
    if _look is not None and (_next == 0 or (not _looking and monotonic() >= _next)):
        _ask(_look)
    return _closed


def _ask(look: Look) -> None:
    global _closed, _next
    this = _round
    try:
        now_closed = look()
    except (psycopg.Error, OSError) as error:
        log.warning("whether the site is read-only: %s", type(error).__name__)
        _next = monotonic() + EVERY_S
        return
    if this != _round:
        return
    # Only now: until something was found out, whoever asks looks for himself.
    _next = monotonic() + EVERY_S
    if now_closed and not _closed:
        log.error("the site is read-only: the audit log contradicts a checkpoint that was seen")
    _closed = now_closed


@contextmanager
def looking() -> Iterator[None]:
    """Look every five seconds in a thread of its own, so that no request waits for it."""
    global _looking
    end = threading.Event()

    def look() -> None:
        while not end.is_set():
            if _look is not None:
                _ask(_look)
            end.wait(EVERY_S)

    thread = threading.Thread(target=look, name="read-only", daemon=True)
    _looking = True
    thread.start()
    try:
        yield
    finally:
        _looking = False
        end.set()


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
