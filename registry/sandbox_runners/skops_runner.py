"""Run model.skops of the submission on the benchmark's items, trusting only the types of trusted_types.json.

    python /runner/skops_runner.py /input /output /runner-config/model_io.json       (cwd: the submission)

What skops trusts by itself (numpy, scipy, scikit-learn estimators) plus the listed scikit-learn classes is
built; any other type is named and refused before anything of it is constructed. Exit code 3 when the model is
at fault.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Any

import skops.io as sio
from _table import CHUNK_ROWS, Items, ModelIO, SubmissionError, one_column, run, single_model

MODEL = "model.skops"


def trusted_types() -> list[str]:
    """The type names this platform trusts beyond the defaults of skops."""
    raw = json.loads((Path(__file__).parent / "trusted_types.json").read_text(encoding="utf-8"))
    return [str(name) for name in raw["trusted"]]


def load(path: Path) -> Any:
    """The model; unknown types, broken files and missing packages are refused with their names."""
    trusted = trusted_types()
    try:
        untrusted = sorted(set(sio.get_untrusted_types(file=path)) - set(trusted))
    except Exception as error:
        raise SubmissionError(f"{path.name} is not a readable skops file: {str(error)[:300]}") from error
    if untrusted:
        raise SubmissionError(f"{path.name} contains types that are not trusted: {', '.join(untrusted[:10])}")
    try:
        return sio.load(path, trusted=trusted)
    except Exception as error:
        raise SubmissionError(f"skops cannot load {path.name}: {str(error)[:300]}") from error


def check_model(model: Any, model_io: ModelIO) -> None:
    """Refuse what has no `predict`, or was fitted on another number of features."""
    if not hasattr(model, "predict"):
        raise SubmissionError(f"the model is a {type(model).__name__}, which has no predict()")
    width = getattr(model, "n_features_in_", None)
    if width is not None and int(width) != len(model_io.features):
        raise SubmissionError(
            f"the model takes {width} features; the table gives {len(model_io.features)}: "
            f"{', '.join(model_io.features)}"
        )


def as_fitted(model: Any, model_io: ModelIO, rows: Any) -> Any:
    """`rows` as the model saw them in training: a DataFrame by feature names, or a plain matrix."""
    names = getattr(model, "feature_names_in_", None)
    if names is None:
        return rows
    wanted = [str(name) for name in names]
    if sorted(wanted) != sorted(model_io.features):
        odd = sorted(set(wanted) - set(model_io.features))
        raise SubmissionError(
            f"the model was fitted on columns that the table does not have: {', '.join(odd)}"
        )
    import pandas as pd  # here: a second of imports that most models do not need

    return pd.DataFrame(rows, columns=list(model_io.features))[wanted]


def predict_with(model: Any, model_io: ModelIO, items: Items) -> list[Any]:
    """One value per item, computed in chunks."""
    check_model(model, model_io)
    values: list[Any] = []
    for start in range(0, len(items.ids), CHUNK_ROWS):
        rows = items.matrix[start : start + CHUNK_ROWS]
        table = as_fitted(model, model_io, rows)
        try:
            result = model.predict(table)
        except Exception as error:
            raise SubmissionError(
                f"the model fails on items from row {start + 1}: {str(error)[:300]}"
            ) from error
        values += one_column(result, len(rows), "the model's prediction")
    return values


def predict(folder: Path, model_io: ModelIO, items: Items) -> list[Any]:
    """Load model.skops of the submission and predict every item."""
    return predict_with(load(single_model(folder, MODEL)), model_io, items)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    raise SystemExit(run(predict, sys.argv))
