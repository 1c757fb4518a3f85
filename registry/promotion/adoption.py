"""Who has adopted which version, by province: pilot sites, and what higher layers know of, merged."""

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from portal.kit.db import Session
from registry.benchmarks.divisions import PROVINCES
from registry.promotion.queries import adoption as queries


@dataclass(frozen=True)
class Adopted:
    """One organisation that uses one version in one place."""

    version_id: uuid.UUID
    division: str
    """Division code of the organisation or its node; its first two digits are the province."""
    who: str
    how: str
    """Message id: in which way, such as "Pilot site"."""
    since: dt.date


Source = Callable[[Session, Collection[uuid.UUID] | None], Iterable[Adopted]]
SOURCES: dict[str, Source] = {
    "pilots": lambda db, assets: (Adopted(*row) for row in queries.sites(db, assets))
}
"""Name -> called with the assets that are asked for (None: all of them). It leaves out what is withheld. Higher layers
register here, because imports go down only: a table of nodes with receipts says who installed what."""


@dataclass
class Use:
    """One version in one province."""

    version_id: uuid.UUID
    who: dict[str, set[str]] = field(default_factory=dict)
    """Organisation -> in which ways."""
    since: dt.date = dt.date.max


@dataclass
class Province:
    """What one province uses."""

    code: str
    uses: dict[uuid.UUID, Use] = field(default_factory=dict)

    @property
    def organisations(self) -> int:
        """How many organisations use anything, each once."""
        return len({name for use in self.uses.values() for name in use.who})


def by_province(
    db: Session, assets: Collection[uuid.UUID] | None = None
) -> tuple[dict[str, Province], dict[uuid.UUID, Any]]:
    """Every source merged, and what the versions are called: an organisation that is a pilot site and installed the
    version too counts once. What cannot be named (it is withheld) is left out, whatever a source says."""
    rows = [each for name in sorted(SOURCES) for each in SOURCES[name](db, assets)]
    named = queries.versions(db, {each.version_id for each in rows})
    found: dict[str, Province] = {}
    for each in rows:
        code = each.division[:2]
        if code not in PROVINCES or each.version_id not in named:
            continue
        uses = found.setdefault(code, Province(code)).uses
        use = uses.setdefault(each.version_id, Use(each.version_id))
        use.who.setdefault(each.who, set()).add(each.how)
        use.since = min(use.since, each.since)
    return {code: found[code] for code in PROVINCES if code in found}, named
