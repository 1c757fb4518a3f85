"""How often something may be done: limits with names, counted in PostgreSQL by the ``limits`` library.

``spend("upload", actor_id, UPLOADS)`` counts one use and refuses with ``TooMany`` (429 with ``Retry-After``) above any
of the limits. ``check`` and ``count`` are the two halves, where only failures count.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from portal.kit.clock import now, shanghai
from portal.kit.errors import TooMany, Unavailable
from portal.kit.i18n import _
from portal.kit.limits.storage import PostgresStorage, sweep

__all__ = ["Limit", "check", "count", "free_again", "spend", "spend_per_minute", "sweep"]


@dataclass(frozen=True)
class Limit:
    """At most ``n`` tries in any ``minutes`` (a moving window)."""

    n: int
    minutes: int

    @property
    def item(self) -> RateLimitItem:
        """The same for ``limits``."""
        return RateLimitItemPerMinute(self.n, self.minutes, namespace="cspon")


_storage = PostgresStorage()
_limiter = MovingWindowRateLimiter(_storage)
_fixed = FixedWindowRateLimiter(_storage)


@contextmanager
def _available() -> Iterator[None]:
    """A database that is away, or a counter nobody gets at in time, is the same 503 as everywhere."""
    try:
        yield
    except (OperationalError, PoolTimeout) as error:
        raise Unavailable(
            _("The database does not answer."), hint=_("Please try again in a minute.")
        ) from error


def free_again(subject: str, limits: tuple[Limit, ...]) -> dt.datetime | None:
    """The instant from which ``subject`` may try again, or None where it may now. Counts nothing."""
    until: dt.datetime | None = None
    with _available():
        for limit in limits:
            stats = _limiter.get_window_stats(limit.item, subject)
            if stats.remaining <= 0:
                at = dt.datetime.fromtimestamp(stats.reset_time, dt.UTC)
                until = max(until or at, at)
    return until


def check(subject: str, limits: tuple[Limit, ...]) -> None:
    """Refuse with ``TooMany`` where a limit is used up; the words say when to try again. Counts nothing."""
    until = free_again(subject, limits)
    if until is not None:
        raise _refusal(until)


def count(subject: str, limits: tuple[Limit, ...]) -> bool:
    """Remember one try, for good, whatever becomes of the request; False where a limit had no room for it."""
    with _available():
        room = [
            _limiter.hit(limit.item, subject) for limit in limits
        ]  # every limit counts, also after a full one
    return all(room)


def spend(subject: str, limits: tuple[Limit, ...], message: str = "") -> None:
    """Count one use and refuse with ``TooMany`` if that was one too many. Atomic: parallel requests share the room.
    ``message`` says what there was too much of.
    """
    if not count(subject, limits):
        raise _refusal(free_again(subject, limits) or now(), message)


def spend_per_minute(subject: str, n: int) -> None:
    """The same for at most ``n`` uses a minute counted from the first one (a fixed window): one cheap statement."""
    item = RateLimitItemPerMinute(n, namespace="cspon-fixed")
    with _available():
        if not _fixed.hit(item, subject):
            raise _refusal(
                dt.datetime.fromtimestamp(_fixed.get_window_stats(item, subject).reset_time, dt.UTC)
            )


def _refusal(until: dt.datetime, message: str = "") -> TooMany:
    refusal = TooMany(
        message or _("Too many tries."),
        hint=_("Please try again after %(time)s (Asia/Shanghai).", time=f"{shanghai(until):%H:%M:%S}"),
    )
    refusal.headers["Retry-After"] = str(max(1, int((until - now()).total_seconds()) + 1))
    return refusal
