"""Bounded caches of rendered parts. Keys hold everything the part depends on, so nothing is ever cleared by hand."""

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from threading import Lock
from typing import Generic, TypeVar

from markupsafe import Markup

from portal.kit.clock import monotonic
from portal.kit.i18n import get_locale
from portal.kit.templates import environment

V = TypeVar("V")


class Fragments(Generic[V]):
    """An LRU of at most ``size`` parts, none older than ``seconds`` (bounds what a forgotten touch may cost)."""

    def __init__(self, size: int, seconds: float) -> None:
        self._size = size
        self._seconds = seconds
        self._parts: OrderedDict[Hashable, tuple[float, V]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable) -> V | None:
        """The part, or None."""
        with self._lock:
            found = self._parts.get(key)
            if found is None:
                return None
            if monotonic() - found[0] > self._seconds:
                del self._parts[key]
                return None
            self._parts.move_to_end(key)
            return found[1]

    def get_many(self, keys: Sequence[Hashable]) -> list[V | None]:
        """The parts of several keys, None where there is none; one look at the clock and the lock."""
        oldest = monotonic() - self._seconds
        with self._lock:
            found = [self._parts.get(key) for key in keys]
            for key, part in zip(keys, found, strict=True):
                if part is not None:
                    self._parts.move_to_end(key)
        return [part[1] if part is not None and part[0] >= oldest else None for part in found]

    def put(self, key: Hashable, part: V) -> V:
        """Keep and answer the part."""
        with self._lock:
            self._parts[key] = (monotonic(), part)
            self._parts.move_to_end(key)
            while len(self._parts) > self._size:
                self._parts.popitem(last=False)
        return part

    def clear(self) -> None:
        """Forget all (a new database under a running process: tests)."""
        with self._lock:
            self._parts.clear()

    def __len__(self) -> int:
        return len(self._parts)


def draw(template: str, **values: object) -> Markup:
    """Render a partial template for the current language, without a request."""
    locale = get_locale()
    html = environment().get_template(template).render(locale=locale, **values)
    # The template has escaped every value (autoescape is on).
    return Markup(html)  # noqa: S704
