"""How pages write instants, sizes, numbers, durations and digests."""

import datetime as dt
import math
from collections.abc import Callable
from typing import Any

from portal.kit.clock import now, shanghai
from portal.kit.i18n import _, ngettext


def datetime(value: dt.datetime | None) -> str:
    """Minute precision on the wall clock of Asia/Shanghai."""
    return shanghai(value).strftime("%Y-%m-%d %H:%M") if value else "—"


def seconds(value: dt.datetime | None) -> str:
    """Second precision on the wall clock of Asia/Shanghai."""
    return shanghai(value).strftime("%Y-%m-%d %H:%M:%S") if value else "—"


def date(value: dt.datetime | dt.date | None) -> str:
    """The day in Asia/Shanghai."""
    if isinstance(value, dt.datetime):
        value = shanghai(value)
    return value.strftime("%Y-%m-%d") if value else "—"


def ago(value: dt.datetime | None) -> str:
    """How long ago, in the largest unit that fits; a date beyond a month."""
    if value is None:
        return "—"
    past = (now() - value).total_seconds()
    if past < 60:
        return _("just now")
    if past < 3600:
        return ngettext("%(n)s minute ago", "%(n)s minutes ago", int(past // 60))
    if past < 86400:
        return ngettext("%(n)s hour ago", "%(n)s hours ago", int(past // 3600))
    if past < 30 * 86400:
        return ngettext("%(n)s day ago", "%(n)s days ago", int(past // 86400))
    return date(value)


def filesize(size: int | float | None) -> str:
    """Bytes in binary units."""
    if size is None:
        return "—"
    value = float(size)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024:
            return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} TiB"


def number(value: float | int | None, digits: int | None = None) -> str:
    """A number as tables show it: given digits, or four significant ones; thousands grouped by thin spaces."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "—"
    if digits is None:
        digits = (
            0 if isinstance(value, int) else max(0, 3 - math.floor(math.log10(abs(value)))) if value else 1
        )
        digits = min(digits, 6)
    return f"{value:,.{digits}f}".replace(",", "\u2009")


def interval(low: float | None, high: float | None, digits: int | None = None) -> str:
    """A confidence interval, ``[low, high]``."""
    if low is None or high is None:
        return "—"
    return f"[{number(low, digits)}, {number(high, digits)}]"


def duration(value: float | None) -> str:
    """Seconds as people say them."""
    if value is None:
        return "—"
    if value < 0.995:
        return f"{value * 1000:.0f} ms"
    if value < 60:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def sha(value: str | None, length: int = 12) -> str:
    """The beginning of a digest, enough to compare by eye."""
    return value[:length] if value else "—"


FILTERS: dict[str, Callable[..., Any]] = {
    "datetime": datetime,
    "seconds": seconds,
    "date": date,
    "ago": ago,
    "filesize": filesize,
    "number": number,
    "interval": interval,
    "duration": duration,
    "sha": sha,
}
