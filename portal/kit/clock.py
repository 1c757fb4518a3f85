"""The one clock: every instant the program makes comes from here."""

import datetime as dt
import time
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> dt.datetime:
    """The present instant, aware, in UTC."""
    return dt.datetime.now(dt.UTC)


def shanghai(instant: dt.datetime) -> dt.datetime:
    """The instant on the wall clock of Asia/Shanghai, which every page shows. Refuses naive values."""
    if instant.tzinfo is None:
        raise ValueError("a naive datetime has no instant")
    return instant.astimezone(SHANGHAI)


def monotonic() -> float:
    """Seconds on a clock that never goes back; for durations only."""
    return time.monotonic()
