"""What a column holds: its type, gaps, distinct values and range, in one pass and bounded memory."""

import datetime as dt
import math
import re
from dataclasses import dataclass, field
from typing import Any

from .words import clip

MAX_CELL = 300
MAX_DISTINCT = 1000
_INTEGER = re.compile(r"[+-]?\d{1,18}")
_NUMBER = re.compile(r"[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})([eE][+-]?\d{1,3})?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?")
_GAPS = frozenset({"", "na", "n/a", "nan", "null", "none"})


@dataclass
class Column:
    """Counts one column while its values pass by. `declared`: the type of a format that has types."""

    name: str
    declared: str = ""
    seen: int = 0
    missing: int = 0
    least: float = math.inf
    most: float = -math.inf
    total: float = 0.0
    numbers: int = 0
    shortest: str | None = None
    longest: str | None = None
    kinds: set[str] = field(default_factory=set)
    values: set[int] = field(default_factory=set)

    def add(self, value: str | None) -> None:
        """One more value, as text."""
        self.seen += 1
        if value is None or (not self.declared and value.strip().lower() in _GAPS):
            self.missing += 1
            return
        if len(self.values) <= MAX_DISTINCT:
            self.values.add(hash(value))
        kind = _kind(value.strip())
        self.kinds.add(kind)
        if kind in {"integer", "number"}:
            self._count(float(value))
        else:
            short = value[:60]
            self.shortest = short if self.shortest is None else min(self.shortest, short)
            self.longest = short if self.longest is None else max(self.longest, short)

    def _count(self, number: float) -> None:
        if math.isfinite(number):
            self.numbers += 1
            self.total += number
            self.least, self.most = min(self.least, number), max(self.most, number)

    def summary(self) -> dict[str, Any]:
        """The column in plain values; ranges as text, because 64-bit integers are no JSON numbers."""
        numeric = bool(self.numbers) and self.kinds <= {"integer", "number"}
        low = _text(self.least) if numeric else self.shortest
        high = _text(self.most) if numeric else self.longest
        return {
            "name": clip(self.name, 100, strip=False),  # exports find the column by it
            "type": clip(self.declared, 60) or self._guess(),
            "numeric": numeric,
            "missing": self.missing,
            "distinct": min(len(self.values), MAX_DISTINCT),
            "many": len(self.values) > MAX_DISTINCT,
            "min": clip(low if low is not None else "", 60),
            "max": clip(high if high is not None else "", 60),
            "mean": _text(self.total / self.numbers) if numeric else "",
        }

    def _guess(self) -> str:
        if not self.kinds:
            return "empty"
        if len(self.kinds) == 1:
            return next(iter(self.kinds))
        return "number" if self.kinds <= {"integer", "number"} else "text"


def _kind(text: str) -> str:
    if _INTEGER.fullmatch(text):
        # A leading zero is a code (001, 0571), not a quantity.
        return "text" if len(text.lstrip("+-")) > 1 and text.lstrip("+-").startswith("0") else "integer"
    if _NUMBER.fullmatch(text):
        return "number"
    if _DATE.fullmatch(text):
        return "date"
    return "boolean" if text.lower() in {"true", "false"} else "text"


def _text(number: float) -> str:
    if not math.isfinite(number):
        return ""
    return str(int(number)) if number == int(number) and abs(number) < 1e15 else f"{number:.6g}"


def cell(value: Any) -> str | None:
    """A value of a typed table as text; bytes by their length, nested values by their beginning."""
    if value is None:
        return None
    if isinstance(value, bytes | bytearray | memoryview):
        return f"({len(value)} B)"
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else "NaN"
    if isinstance(value, bool):
        return "true" if value else "false"
    return clip(value, MAX_CELL)
