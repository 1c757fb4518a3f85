"""Run an MLflow model directory (MLmodel at its root) on the benchmark's items.

    python /runner/pyfunc_runner.py /input /output /runner-config/model_io.json      (cwd: the submission)

A scikit-learn model that MLflow saved in the skops format is loaded by skops with our list of trusted types;
mlflow itself is not imported then (measured: 2.2 s instead of 4.9-7.3 s). Any other flavour needs mlflow in
the runtime; where it is missing, that is said and the submission is refused with exit code 3.
"""

from __future__ import annotations

import importlib.util
import sys
import warnings
from pathlib import Path
from typing import Any

from _table import Items, ModelIO, SubmissionError, one_column, run

MAX_MLMODEL = 1_000_000


def scalar(text: str) -> str | None:
    """A YAML plain or quoted scalar as text; `null` and nothing are None."""
    text = text.strip()
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    return None if text in ("", "null", "~") else text


def read_mlmodel(text: str) -> dict[str, Any]:
    """Nested mappings of plain scalars, which is all an MLmodel's flavours use; list items are passed over.

    The runtime has no YAML package, and the parts needed here (names, paths, formats) do not ask for one.
    """
    root: dict[str, Any] = {}
    open_maps: list[tuple[int, dict[str, Any]]] = [(-1, root)]
    for line in text.splitlines():
        body = line.strip()
        if not body or body.startswith(("#", "- ")) or ":" not in body:
            continue
        indent = len(line) - len(line.lstrip(" "))
        while open_maps[-1][0] >= indent:
            open_maps.pop()
        key, _, rest = body.partition(":")
        value: Any = scalar(rest)
        if not rest.strip():
            value = {}
            open_maps.append((indent, value))
            open_maps[-2][1][key] = value
        else:
            open_maps[-1][1][key] = value
    return root


def inside(folder: Path, name: str) -> Path:
    """A file of the submission by the name its MLmodel gives; a path that leaves the folder is refused."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise SubmissionError(f"MLmodel names the file {name}, which is not in the submission")
    return path


def predict_skops(path: Path, model_io: ModelIO, items: Items) -> list[Any]:
    """The scikit-learn flavour in skops format."""
    import skops_runner  # here: skops takes two seconds that the other flavours do not need

    return skops_runner.predict_with(skops_runner.load(path), model_io, items)


def predict_mlflow(folder: Path, model_io: ModelIO, items: Items) -> list[Any]:
    """Any other flavour, through mlflow.pyfunc where the runtime has it."""
    import mlflow.pyfunc
    import pandas as pd  # here: a second of imports that most models do not need

    try:
        model = mlflow.pyfunc.load_model(str(folder))
        result = model.predict(pd.DataFrame(items.matrix, columns=list(model_io.features)))
    except Exception as error:
        raise SubmissionError(f"mlflow cannot run the model: {str(error)[:300]}") from error
    return one_column(result, len(items.ids), "the model's prediction")


def predict(folder: Path, model_io: ModelIO, items: Items) -> list[Any]:
    """Choose the lightest loader for the flavour that MLmodel declares."""
    mlmodel = folder / "MLmodel"
    if not mlmodel.is_file() or mlmodel.stat().st_size > MAX_MLMODEL:
        raise SubmissionError("the submission has no usable file MLmodel at its root")
    flavors = read_mlmodel(mlmodel.read_text(encoding="utf-8", errors="replace")).get("flavors") or {}
    sklearn = flavors.get("sklearn") or {}
    if sklearn.get("serialization_format") == "skops" and sklearn.get("pickled_model"):
        return predict_skops(inside(folder, str(sklearn["pickled_model"])), model_io, items)
    if importlib.util.find_spec("mlflow") is not None:
        return predict_mlflow(folder, model_io, items)
    named = ", ".join(sorted(flavors)) or "none"
    kind = sklearn.get("serialization_format")
    raise SubmissionError(
        f"MLmodel declares the flavours {named}"
        + (f" in the format {kind}" if kind else "")
        + "; this runtime has no mlflow. Save a scikit-learn model with serialization_format='skops', "
        "or submit model.onnx or model.skops"
    )


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    raise SystemExit(run(predict, sys.argv))
