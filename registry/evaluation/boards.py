"""Leaderboards as pages, files and the API show them."""

import uuid
from collections.abc import Sequence
from typing import Any

from portal.kit.db import Session
from registry.evaluation.models import ResultMetric
from registry.evaluation.queries import boards


class Line:
    """A line of a board with the values of all its metrics."""

    def __init__(self, row: Any, metrics: dict[str, ResultMetric]) -> None:
        self.row = row
        self.metrics = metrics

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


def read_lines(db: Session, benchmark_id: uuid.UUID) -> list[Line]:
    """The board in its own order; two queries whatever its length."""
    values = boards.values(db, benchmark_id)
    return [Line(row, values.get(row.result_id, {})) for row in boards.lines(db, benchmark_id)]


def in_order(lines: Sequence[Line], sort: str, names: set[str]) -> list[Line]:
    """By one metric where asked for; results that lack it come last."""
    key = sort.removeprefix("-")
    if key not in names:
        return list(lines)
    have = [line for line in lines if key in line.metrics]
    lack = [line for line in lines if key not in line.metrics]
    return sorted(have, key=lambda line: line.metrics[key].value, reverse=sort.startswith("-")) + lack


def title_of(line: Any, locale: str) -> str:
    """The asset's title in the reader's language."""
    return str(line.title_en if locale == "en" and line.title_en else line.title)
