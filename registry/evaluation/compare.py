"""Two versions of a board side by side."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from portal.kit.db import Session
from registry.evaluation.queries import reruns


@dataclass(frozen=True)
class Pair:
    """An asset on the old and on the new board; None where it does not stand there."""

    name: str
    title: str
    title_en: str
    old: Any
    new: Any

    @property
    def moved(self) -> int | None:
        """Places won (positive) or lost; None unless it stands on both."""
        return None if self.old is None or self.new is None else int(self.old.rank - self.new.rank)

    @property
    def change(self) -> float | None:
        """New value minus old; None unless it stands on both."""
        return None if self.old is None or self.new is None else float(self.new.value - self.old.value)


def side_by_side(
    db: Session, old_id: uuid.UUID, new_id: uuid.UUID, old_metric: str, new_metric: str
) -> Sequence[Pair]:
    """All assets of both boards: in the order of the new one, then those that stand on the old one only."""
    old = {row.asset_id: row for row in reruns.ranks(db, old_id, old_metric)}
    new = {row.asset_id: row for row in reruns.ranks(db, new_id, new_metric)}
    found = []
    for key in [*new, *(key for key in old if key not in new)]:
        row = new.get(key) or old[key]
        found.append(Pair(f"{row.namespace}/{row.name}", row.title, row.title_en, old.get(key), new.get(key)))
    return found
