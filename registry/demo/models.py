"""Saving models: skops and ONNX files whose bytes depend on the model alone."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import skops.io as sio
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType

_EPOCH = (2026, 1, 1, 0, 0, 0)


def save_skops(model: Any, path: Path) -> None:
    """A skops file; memory addresses that skops uses as ids are renumbered, so that two builds agree."""
    numbers: dict[str, int] = {}

    def renumber(value: Any) -> Any:
        if isinstance(value, list):
            return [renumber(item) for item in value]
        if not isinstance(value, dict):
            return value
        changed: dict[str, Any] = {}
        for key, item in value.items():
            if key == "__id__":
                changed[key] = numbers.setdefault(str(item), len(numbers) + 1)
            elif key == "file" and isinstance(item, str):
                stem, dot, ending = item.partition(".")
                changed[key] = f"{numbers.setdefault(stem, len(numbers) + 1)}{dot}{ending}"
            else:
                changed[key] = renumber(item)
        return changed

    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        zipfile.ZipFile(io.BytesIO(sio.dumps(model))) as source,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        schema = renumber(json.loads(source.read("schema.json")))
        members = {"schema.json": json.dumps(schema, indent=1).encode()}
        for name in source.namelist():
            stem, dot, ending = name.partition(".")
            if name != "schema.json":
                members[f"{numbers[stem]}{dot}{ending}"] = source.read(name)
        for name in sorted(members):
            target.writestr(zipfile.ZipInfo(name, _EPOCH), members[name], zipfile.ZIP_DEFLATED)


def save_onnx(model: Any, features: int, path: Path) -> None:
    """An ONNX file with one input `features` (n, features) float32; classifiers also give probabilities."""
    options = {id(model): {"zipmap": False}} if hasattr(model, "predict_proba") else None
    inputs = [("features", FloatTensorType([None, features]))]
    proto = to_onnx(model, initial_types=inputs, options=options)
    # skl2onnx collects the operator sets in a set, whose order changes from one process to the next.
    operators = sorted(proto.opset_import, key=lambda each: each.domain)
    del proto.opset_import[:]
    proto.opset_import.extend(operators)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(proto.SerializeToString(deterministic=True))
