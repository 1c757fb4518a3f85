"""Counts beside the filters without counting rows: one bit per public asset and value, kept in the process.

A set of assets is one large integer; "and" is ``&`` and counting is ``bit_count``, so that any combination of filters
over 10,000 assets is counted in about a millisecond. What words of a search leave is counted in SQL
(``queries.facets``).
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from threading import Lock
from typing import Any

from portal.kit.clock import monotonic
from portal.kit.db import Session
from registry.assets import queries
from registry.assets.queries import FACETS, TOP, Facets, Filters

OVERLAP = dt.timedelta(seconds=60)
"""Transactions commit in another order than they took the time: what changed shortly before is read once more."""
REREAD_S = 30.0
"""A change that no newer one announces is seen after this time at the latest."""


class Tally:
    """Bitmaps of the public assets. Safe for threads; whoever comes first after a change brings it up to date."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._forget()

    def _forget(self) -> None:
        self._slots: dict[uuid.UUID, int] = {}
        self._facts: dict[int, tuple[tuple[str, str], ...]] = {}
        self._masks: dict[str, dict[str, int]] = defaultdict(dict)
        self._public = 0
        self._newest: dt.datetime | None = None
        self._read_at = float("-inf")

    def facets(self, db: Session, filters: Filters, newest: dt.datetime) -> Facets:
        """As ``queries.facets`` would count for a reader who is not signed in; ``filters`` are facets only.

        ``newest`` is when any asset changed last: the counts are of that instant or a later one, or at most 30 s old.
        """
        if not filters.is_of_facets:
            raise ValueError("words, identifiers, years and regions are counted in SQL")
        with self._lock:
            self._bring_up_to_date(db, newest)
            return self._count(filters)

    def _bring_up_to_date(self, db: Session, newest: dt.datetime) -> None:
        fresh = self._newest is not None and newest <= self._newest
        if fresh and monotonic() - self._read_at < REREAD_S:
            return
        read_at = monotonic()
        self._take(queries.facts_since(db, self._newest - OVERLAP if self._newest else None))
        if self._public.bit_count() != queries.public_count(
            db
        ):  # rows went without a trace: a restored database
            self._forget()
            self._take(queries.facts_since(db, None))
        self._newest = max(newest, self._newest or newest)
        self._read_at = read_at

    def _take(self, rows: Sequence[Any]) -> None:
        """Forget what was known of these assets, and learn what they are now."""
        changed = 0
        for row in rows:
            slot = self._slots.setdefault(row.id, len(self._slots))
            changed |= 1 << slot
            for facet, value in self._facts.pop(slot, ()):
                self._masks[facet][value] &= ~(1 << slot)
        self._public &= ~changed
        for (facet, value), slots in self._gathered(rows).items():
            self._masks[facet][value] = self._masks[facet].get(value, 0) | _mask(slots)
        self._public |= _mask(self._slots[row.id] for row in rows if row.is_public)

    def _gathered(self, rows: Sequence[Any]) -> dict[tuple[str, str], list[int]]:
        found: dict[tuple[str, str], list[int]] = defaultdict(list)
        for row in rows:
            if row.is_public:
                slot = self._slots[row.id]
                self._facts[slot] = tuple(_values(row))
                for pair in self._facts[slot]:
                    found[pair].append(slot)
        return found

    def _count(self, filters: Filters) -> Facets:
        base = self._public
        if filters.namespace:
            base &= self._masks["namespace"].get(filters.namespace, 0)
        fits = {name: self._chosen(name, filters) for name in FACETS}
        found = Facets(total=_all(base, fits.values()).bit_count())
        for name in FACETS:
            under = _all(base, (mask for other, mask in fits.items() if other != name))
            counts = {value: (mask & under).bit_count() for value, mask in self._masks[name].items()}
            ordered = sorted(
                (pair for pair in counts.items() if pair[1]), key=lambda pair: (-pair[1], pair[0])
            )
            found.counts[name] = dict(ordered[:TOP] if name in {"tag", "licence"} else ordered)
        return found

    def _chosen(self, name: str, filters: Filters) -> int:
        """The assets that fit one facet: any of the chosen values, of tags all; every asset where none is chosen."""
        masks = self._masks[name]
        if name == "tag":
            return _all(-1, (masks.get(tag, 0) for tag in filters.tags))
        chosen: dict[str, Sequence[str]] = {
            "kind": [kind.value for kind in filters.kinds],
            "scenario": [scenario.value for scenario in filters.scenarios],
            "licence": filters.licences,
            "evaluated": [{"yes": "true", "no": "false"}[value] for value in filters.evaluated],
        }
        if not chosen[name]:
            return -1
        fits = 0
        for value in chosen[name]:
            fits |= masks.get(value, 0)
        return fits


def _values(row: Any) -> Iterable[tuple[str, str]]:
    yield "kind", row.kind.value
    yield "licence", row.licence
    yield "namespace", row.namespace
    yield "evaluated", "true" if row.evaluated else "false"
    yield from (("scenario", value) for value in row.scenarios)
    yield from (("tag", value) for value in row.tags)


def _mask(slots: Iterable[int]) -> int:
    """The integer with these bits."""
    places = list(slots)
    if not places:
        return 0
    bits = bytearray(max(places) // 8 + 1)
    for slot in places:
        bits[slot // 8] |= 1 << slot % 8
    return int.from_bytes(bits, "little")


def _all(base: int, masks: Iterable[int]) -> int:
    for mask in masks:
        base &= mask
    return base


TALLY = Tally()
"""The one of this process."""
