"""The arithmetic under the charts: ticks, positions, numbers and the width of text."""

import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

FONT = 13.0
"""Font size of chart text in user units; ``.chart`` in components.css says the same."""

_LARGE = {"zh_Hans": ((1e8, "亿"), (1e4, "万")), "en": ((1e9, "B"), (1e6, "M"), (1e3, "k"))}


def finite(values: Iterable[float]) -> list[float]:
    """The values as floats; NaN and infinities are refused."""
    checked = [float(value) for value in values]
    if not all(map(math.isfinite, checked)):
        raise ValueError("a chart takes finite values only")
    return checked


def nice_step(span: float, count: int) -> float:
    """The 1, 2, 2.5 or 5 times a power of ten that divides ``span`` into about ``count`` parts."""
    raw = span / max(count, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    return next(m * power for m in (1.0, 2.0, 2.5, 5.0, 10.0) if m * power >= raw * (1 - 1e-9))


def nice_ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Round numbers from at or below ``low`` to at or above ``high``; one single value gets a span."""
    if low > high:
        low, high = high, low
    if high - low <= max(abs(low), abs(high)) * 1e-12:
        pad = abs(low) * 0.1
        low, high = (low - pad, high + pad) if pad else (0.0, 1.0)
    step = nice_step(high - low, count)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [index * step for index in range(first, last + 1)]


@dataclass(frozen=True)
class Scale:
    """Maps [low, high] of the data to [start, end] of the drawing."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The position of ``value``, in user units."""
        share = (value - self.low) / (self.high - self.low) if self.high != self.low else 0.5
        return self.start + share * (self.end - self.start)


def over(ticks: Sequence[float], start: float, end: float) -> Scale:
    """A scale that spans the ticks."""
    return Scale(ticks[0], ticks[-1], start, end)


def _plain(value: float, step: float) -> str:
    digits = 0
    while digits < 8 and abs(round(step, digits) - step) > abs(step) * 1e-6:
        digits += 1
    text = f"{value:,.{digits}f}".replace(",", "\u2009")
    return text.replace("-", "\u2212") if float(f"{value:.{digits}f}") else text.replace("-", "")


def tick_labels(ticks: Sequence[float], locale: str) -> list[str]:
    """All ticks in one unit and with one number of decimals; large ones in 万 / 亿 or k / M / B."""
    top = max(map(abs, ticks))
    step = ticks[1] - ticks[0] if len(ticks) > 1 else top or 1.0
    for factor, word in _LARGE.get(locale, _LARGE["en"]):
        if top >= factor and top >= 1e4:
            return [_plain(t / factor, step / factor) + (word if t else "") for t in ticks]
    if top < 1e-4:
        return [f"{tick:.3g}" for tick in ticks]
    return [_plain(tick, step) for tick in ticks]


def text_width(text: str, size: float = FONT) -> float:
    """About how wide ``text`` is: a full em for East Asian wide characters, 0.58 em for others."""
    ems = sum(1.0 if unicodedata.east_asian_width(char) in "WF" else 0.58 for char in text)
    return ems * size


def fit(text: str, width: float, size: float = FONT) -> str:
    """``text``, cut with an ellipsis so that it fits ``width``."""
    if text_width(text, size) <= width:
        return text
    left = width - text_width("…", size)
    for index, char in enumerate(text):
        left -= text_width(char, size)
        if left < 0:
            return text[:index].rstrip() + "…"
    return text
