"""Editions that come with the program, as files of data."""

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

M = TypeVar("M", bound=BaseModel)


def read(folder: Path, kind: type[M]) -> tuple[M, ...]:
    """All files of a folder, by name. One that does not hold is a fault of the program and raises."""
    return tuple(
        kind.model_validate_json(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))
    )
