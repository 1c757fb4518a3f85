"""Leaderboards as pages, files and the API show them."""

import uuid
from collections.abc import Sequence
from typing import Any

from portal.kit.db import Session
from registry.evaluation.queries import boards


class Line:
    """A line of a board with the values of all its metrics."""

    def __init__(self, row: Any, metrics: dict[str, Any]) -> None:
        self.row = row
        self.metrics = metrics

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


def read_lines(db: Session, benchmark_id: uuid.UUID) -> list[Line]:
    """The whole board in its own order, for exports; two queries whatever its length."""
    return with_metrics(db, boards.lines(db, benchmark_id))


def with_metrics(db: Session, rows: Sequence[Any]) -> list[Line]:
    """Rows of a board with their metrics; one query."""
    values = boards.values(db, [row.result_id for row in rows])
    return [Line(row, values.get(row.result_id, {})) for row in rows]


def title_of(line: Any, locale: str) -> str:
    """The asset's title in the reader's language."""
    return str(line.title_en if locale == "en" and line.title_en else line.title)
