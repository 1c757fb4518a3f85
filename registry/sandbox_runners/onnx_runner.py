"""Run model.onnx of the submission on the benchmark's items (numpy and onnxruntime only).

    python /runner/onnx_runner.py /input /output /runner-config/model_io.json        (cwd: the submission)

Input of the model: one float tensor of shape (n, features), or one input per feature under the feature's
name. Output: one tensor with one value per item; with several outputs the one called like the column,
`label`, `output_label` or `variable` is taken. Exit code 3 and one line on stderr when the model is at fault.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from _onnx_wire import external_tensors
from _table import CHUNK_ROWS, Items, ModelIO, SubmissionError, one_column, run, single_model

MODEL = "model.onnx"
LABEL_NAMES = ("label", "output_label", "variable")
DTYPES = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
}


def threads() -> int:
    """Threads the jail allows (CSPON_THREADS or OMP_NUM_THREADS); one when nothing is said."""
    told = os.environ.get("CSPON_THREADS") or os.environ.get("OMP_NUM_THREADS") or "1"
    return max(1, int(told)) if told.isdigit() else 1


def open_session(path: Path) -> ort.InferenceSession:
    """A CPU session from the file's bytes; external data, broken files and unknown operators are refused."""
    model = path.read_bytes()
    try:
        outside = external_tensors(model)
    except ValueError as error:
        raise SubmissionError(f"{MODEL} is not a readable ONNX file: {error}") from error
    if outside:
        shown = ", ".join(outside[:3])
        raise SubmissionError(
            f"{MODEL} keeps {len(outside)} tensors in external files ({shown}); save it as one file"
        )
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads()
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise SubmissionError(f"onnxruntime cannot load {MODEL}: {first_line(error)}") from error


def first_line(error: Exception) -> str:
    """The first line of an error, short enough for a log."""
    lines = str(error).splitlines() or [type(error).__name__]
    return lines[0][:300]


def dtype_of(node: Any) -> Any:
    """The numpy type of a model input; other than float or int tensors are refused."""
    if node.type not in DTYPES:
        raise SubmissionError(f"input {node.name} has type {node.type}; expected a float tensor")
    return DTYPES[node.type]


def make_feed(session: ort.InferenceSession, model_io: ModelIO, rows: Any) -> dict[str, Any]:
    """Model inputs for `rows` (items, features): one matrix, or one column per feature name."""
    inputs = session.get_inputs()
    if len(inputs) == 1:
        width = inputs[0].shape[1] if len(inputs[0].shape) == 2 else None
        if isinstance(width, int) and width != rows.shape[1]:
            raise SubmissionError(
                f"the model takes {width} features; the table gives {rows.shape[1]}: "
                f"{', '.join(model_io.features)}"
            )
        return {inputs[0].name: rows.astype(dtype_of(inputs[0]))}
    names = [node.name for node in inputs]
    unknown = [name for name in names if name not in model_io.features]
    if unknown:
        raise SubmissionError(
            f"the model's inputs {', '.join(unknown[:5])} are not features; "
            "use one matrix input, or one input per feature under its name"
        )
    return {
        node.name: rows[:, [model_io.features.index(node.name)]].astype(dtype_of(node)) for node in inputs
    }


def pick_output(session: ort.InferenceSession, model_io: ModelIO) -> str:
    """The output that holds the prediction; refused when several could."""
    tensors = [node.name for node in session.get_outputs() if node.type.startswith("tensor(")]
    if len(tensors) == 1:
        return str(tensors[0])
    for name in (model_io.column, *LABEL_NAMES):
        if name in tensors:
            return name
    raise SubmissionError(
        f"the model has {len(tensors)} tensor outputs ({', '.join(tensors[:5])}); "
        f"name the prediction {model_io.column} or label"
    )


def fixed_batch(session: ort.InferenceSession) -> int | None:
    """The number of rows the model insists on, or None."""
    sizes = {node.shape[0] for node in session.get_inputs() if node.shape and isinstance(node.shape[0], int)}
    return min(sizes) if sizes else None


def predict(folder: Path, model_io: ModelIO, items: Items) -> list[Any]:
    """One value per item, computed in chunks."""
    session = open_session(single_model(folder, MODEL))
    output = pick_output(session, model_io)
    batch = fixed_batch(session)
    step = batch or CHUNK_ROWS
    values: list[Any] = []
    for start in range(0, len(items.ids), step):
        rows = items.matrix[start : start + step]
        count = len(rows)
        if batch and count < batch:
            rows = np.concatenate([rows, np.repeat(rows[-1:], batch - count, axis=0)])
        feed = make_feed(session, model_io, rows)
        try:
            (result,) = session.run([output], feed)
        except Exception as error:
            raise SubmissionError(
                f"the model fails on items from row {start + 1}: {first_line(error)}"
            ) from error
        values += one_column(result, len(rows), f"output {output}")[:count]
    return values


if __name__ == "__main__":
    raise SystemExit(run(predict, sys.argv))
