"""Writes good and bad model submissions; run in the runtime with the demo's extra layer: make_models.py OUT."""

import os
import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pandas as pd
import skops.io as sio
from onnx import TensorProto, helper, numpy_helper
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.preprocessing import FunctionTransformer, StandardScaler

OUT = Path(sys.argv[1])
RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 3)).astype(np.float32)
Y = X @ np.array([1.0, 2.0, 3.0])
NAMES = np.where(Y > 0, "urban", "water")
F = TensorProto.FLOAT


def folder(name: str) -> Path:
    path = OUT / name
    path.mkdir(parents=True)
    return path


def graph(
    name: str,
    nodes: list[Any],
    inputs: list[Any],
    outputs: list[Any],
    constants: dict[str, Any] | None = None,
) -> None:
    """A hand-made ONNX model."""
    kept = [
        numpy_helper.from_array(np.asarray(value, np.float32), key)
        for key, value in (constants or {}).items()
    ]
    made = helper.make_graph(nodes, name, inputs, outputs, kept)
    opsets = [
        helper.make_opsetid("", 17),
        helper.make_opsetid("ai.onnx.ml", 3),
        helper.make_opsetid("custom", 1),
    ]
    model = helper.make_model(made, opset_imports=opsets, ir_version=9)
    (folder(name) / "model.onnx").write_bytes(model.SerializeToString())


def value(name: str, *shape: Any) -> Any:
    return helper.make_tensor_value_info(name, F, list(shape))


def converted(name: str, model: Any, features: int = 3) -> None:
    proto = to_onnx(model, initial_types=[("x", FloatTensorType([None, features]))])
    (folder(name) / "model.onnx").write_bytes(proto.SerializeToString())


def onnx_models() -> None:
    converted(
        "onnx-string-classifier", LogisticRegression().fit(X, NAMES)
    )  # probabilities as a sequence of maps
    converted("onnx-integer-classifier", LogisticRegression().fit(X, (Y > 0).astype(int)))
    converted("onnx-regression", LinearRegression().fit(X, Y))
    converted("onnx-wrong-features", LinearRegression().fit(X[:, :2], Y), 2)
    converted("onnx-two-targets", LinearRegression().fit(X, np.column_stack([Y, Y])))
    weights = {"w": [[1.0], [2.0], [3.0]]}
    matmul = helper.make_node("MatMul", ["x", "w"], ["y"])
    graph("onnx-one-row-at-a-time", [matmul], [value("x", 1, 3)], [value("y", 1, 1)], weights)
    columns = [value(name, None, 1) for name in ("a", "b", "c")]
    added = [helper.make_node("Add", ["a", "b"], ["ab"]), helper.make_node("Add", ["ab", "c"], ["y"])]
    graph("onnx-input-per-feature", added, columns, [value("y", None, 1)])
    graph(
        "onnx-unknown-inputs",
        added[:1],
        [value("a", None, 1), value("b", None, 1), value("zz", None, 1)],
        [value("ab", None, 1)],
    )
    both = [matmul, helper.make_node("Neg", ["y"], ["z"])]
    graph(
        "onnx-two-outputs", both, [value("x", None, 3)], [value("y", None, 1), value("z", None, 1)], weights
    )
    named = [helper.make_node("MatMul", ["x", "w"], ["value"]), helper.make_node("Neg", ["value"], ["z"])]
    graph(
        "onnx-named-output",
        named,
        [value("x", None, 3)],
        [value("z", None, 1), value("value", None, 1)],
        weights,
    )
    root = [matmul, helper.make_node("Sqrt", ["y"], ["z"])]
    graph("onnx-nan", root, [value("x", None, 3)], [value("z", None, 1)], {"w": [[-1.0], [-2.0], [-3.0]]})
    fewer = [helper.make_node("ReduceSum", ["x"], ["y"], keepdims=0)]
    graph("onnx-one-value-for-all", fewer, [value("x", None, 3)], [value("y")])
    own = helper.make_node("Steal", ["x"], ["y"], domain="custom")
    graph("onnx-unknown-operator", [own], [value("x", None, 3)], [value("y", None, 1)])
    (folder("onnx-garbage") / "model.onnx").write_bytes(b"\x08\x09not a model" * 50)
    (folder("onnx-empty") / "model.onnx").write_bytes(b"")
    outside = onnx.load(str(OUT / "onnx-one-row-at-a-time" / "model.onnx"))
    onnx.save(
        outside,
        str(folder("onnx-external") / "model.onnx"),
        save_as_external_data=True,
        location="w.bin",
        size_threshold=0,
    )
    hidden = helper.make_node(
        "Constant", [], ["w"], value=numpy_helper.from_array(np.ones((3, 1), np.float32), "hid")
    )
    hidden.attribute[0].t.data_location = TensorProto.EXTERNAL
    hidden.attribute[0].t.ClearField("raw_data")
    hidden.attribute[0].t.external_data.add(key="location", value="/etc/hostname")
    graph("onnx-external-in-a-node", [hidden, matmul], [value("x", None, 3)], [value("y", None, 1)])


class Homemade(LinearRegression):  # type: ignore[misc]
    """A class that no runtime knows."""


def skops_models() -> None:
    def save(name: str, model: Any) -> None:
        sio.dump(model, folder(name) / "model.skops")

    save("skops-regression", LinearRegression().fit(X, Y))
    save("skops-forest", RandomForestClassifier(5, random_state=0).fit(X, NAMES))
    frame = pd.DataFrame(X[:, [2, 0, 1]], columns=["c", "a", "b"])
    save("skops-named-columns", LinearRegression().fit(frame, Y))
    save("skops-other-columns", LinearRegression().fit(frame.rename(columns={"a": "qq"}), Y))
    save("skops-wrong-features", LinearRegression().fit(X[:, :2], Y))
    save("skops-two-targets", LinearRegression().fit(X, np.column_stack([Y, Y])))
    save("skops-no-predict", StandardScaler().fit(X))
    save("skops-function", FunctionTransformer(os.getcwd))
    save("skops-homemade", Homemade().fit(X, Y))
    broken = LinearRegression().fit(X, Y)
    broken.coef_ = np.full(3, np.nan)
    save("skops-nan", broken)
    (folder("skops-pickle") / "model.skops").write_bytes(pickle.dumps(LinearRegression().fit(X, Y)))


MLMODEL = """\
artifact_path: model
flavors:
  python_function:
    env:
      conda: conda.yaml
    loader_module: mlflow.sklearn
    model_path: {path}
    predict_fn: predict
  sklearn:
    code: null
    pickled_model: {path}
    serialization_format: {format}
    sklearn_version: 1.9.1
signature:
  inputs: '[{{"type": "double", "name": "a", "required": true}}, {{"type": "double",
    "name": "b", "required": true}}, {{"type": "double", "name": "c", "required": true}}]'
"""


def mlflow_models() -> None:
    for name, path, form in (
        ("mlflow-skops", "model.skops", "skops"),
        ("mlflow-escape", "../skops-regression/model.skops", "skops"),
        ("mlflow-pickle", "model.pkl", "cloudpickle"),
    ):
        place = folder(name)
        (place / "MLmodel").write_text(MLMODEL.format(path=path, format=form))
    sio.dump(LinearRegression().fit(X, Y), OUT / "mlflow-skops" / "model.skops")
    (folder("mlflow-empty") / "MLmodel").write_text("")
    folder("mlflow-none")


onnx_models()
skops_models()
mlflow_models()
