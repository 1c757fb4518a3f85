"""Shared by the runners: read the items, write the predictions, and name a submission's fault.

The runners are plain scripts bound read-only into a jail at /runner; they import nothing of the portal.
Standard library and numpy only, because the imports are nine tenths of a short run.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

SUBMISSION_FAULT = 3
CHUNK_ROWS = 65_536


class SubmissionError(Exception):
    """The submitted model cannot be used as the benchmark asks; the message is shown to its author."""


@dataclass(frozen=True, slots=True)
class ModelIO:
    """The benchmark's `model_io`: which table goes in, which columns, and what comes out."""

    file: str
    id: str
    features: tuple[str, ...]
    output: str
    column: str


@dataclass(frozen=True, slots=True)
class Items:
    """Item ids and their features as a float64 matrix of shape (items, features)."""

    ids: tuple[str, ...]
    matrix: np.ndarray[Any, np.dtype[np.float64]]


def read_model_io(path: Path) -> ModelIO:
    """The model_io.json the portal wrote; a malformed one is a platform fault and raises."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    return ModelIO(raw["file"], raw["id"], tuple(raw["features"]), raw["output"], raw["column"])


def read_items(folder: Path, model_io: ModelIO) -> Items:
    """The benchmark's items; an empty cell becomes NaN, a missing column raises KeyError (platform fault)."""
    with (folder / model_io.file).open(newline="", encoding="utf-8-sig") as handle:
        rows = csv.reader(handle)
        position = {name: at for at, name in enumerate(next(rows))}
        id_at = position[model_io.id]
        feature_at = [position[name] for name in model_io.features]
        ids: list[str] = []
        cells: list[list[float]] = []
        for row in rows:
            ids.append(row[id_at])
            cells.append([float(row[at]) if row[at] else float("nan") for at in feature_at])
    matrix = np.asarray(cells, dtype=np.float64).reshape(len(ids), len(model_io.features))
    return Items(tuple(ids), matrix)


def single_model(folder: Path, name: str) -> Path:
    """The one model file `name` in the submission; refused when absent."""
    path = folder / name
    if not path.is_file():
        raise SubmissionError(f"the submission has no file {name} at its root")
    return path


def one_column(values: Any, rows: int, what: str) -> list[Any]:
    """`values` as a flat list of one value per row; a second column or another length is refused."""
    array = np.asarray(values)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise SubmissionError(
            f"{what} has shape {tuple(array.shape)}; exactly one value per item is expected "
            f"(shape ({rows},) or ({rows}, 1))"
        )
    if len(array) != rows:
        raise SubmissionError(f"{what} has {len(array)} values for {rows} items")
    flat: list[Any] = array.tolist()
    return flat


def write_predictions(folder: Path, model_io: ModelIO, ids: Sequence[str], values: Sequence[Any]) -> None:
    """`id,<column>` as CSV; a number that is NaN or infinite is refused with the item's id."""
    with (folder / model_io.output).open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow((model_io.id, model_io.column))
        for item_id, value in zip(ids, values, strict=True):
            if isinstance(value, float) and not np.isfinite(value):
                raise SubmissionError(
                    f"the model predicts {value} for item {item_id}; every value must be finite"
                )
            writer.writerow((item_id, text_of(value)))


def text_of(value: Any) -> str:
    """A prediction as the text of one CSV cell; anything but a number, boolean or string is refused."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, int | float | str):
        return str(value)
    raise SubmissionError(
        f"the model predicts values of type {type(value).__name__}; expected numbers or strings"
    )


def run(predict: Callable[[Path, ModelIO, Items], list[Any]], argv: Sequence[str]) -> int:
    """`runner INPUT OUTPUT MODEL_IO`: exit code 0, or 3 and one line on stderr for the submission's fault."""
    source, target, config = (Path(part) for part in argv[1:4])
    model_io = read_model_io(config)
    items = read_items(source, model_io)
    try:
        values = predict(Path.cwd(), model_io, items)
        write_predictions(target, model_io, items.ids, values)
    except SubmissionError as fault:
        sys.stderr.write(f"submission fault: {fault}\n")
        return SUBMISSION_FAULT
    sys.stdout.write(f"{len(items.ids)} predictions written to {model_io.output}\n")
    return 0
