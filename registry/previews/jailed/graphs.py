"""The graph of an ONNX model: what goes in and out, which operators, how many parameters. Nothing is run."""

import math
from collections import Counter
from pathlib import Path
from typing import Any

import onnx

from .result import Output
from .words import clip

MAX_NODES = 200
MAX_VALUES = 60
MAX_OPERATORS = 60


def read(source: Path, output: Output, *, kind: str, suffix: str) -> dict[str, Any]:  # noqa: ARG001
    """Facts of the model; its first nodes are part `nodes`. External data is not followed."""
    model = onnx.load(str(source), load_external_data=False)
    graph = model.graph
    known = {each.name for each in graph.initializer}
    operators = Counter(_operator(node) for node in graph.node)
    output.json("nodes", {"nodes": [_node(node) for node in graph.node[:MAX_NODES]]})
    return {
        "ir_version": min(max(int(model.ir_version), 0), 10**6),
        "producer": clip(f"{model.producer_name} {model.producer_version}", 80),
        "opsets": [
            {"domain": clip(each.domain or "ai.onnx", 60), "version": min(max(int(each.version), 0), 10**6)}
            for each in model.opset_import[:10]
        ],
        "inputs": [_value(each) for each in graph.input if each.name not in known][:MAX_VALUES],
        "outputs": [_value(each) for each in graph.output[:MAX_VALUES]],
        "parameters": min(sum(_size(each.dims) for each in graph.initializer), 10**15),
        "nodes": len(graph.node),
        "operators": [
            {"name": clip(name, 80), "count": count} for name, count in operators.most_common(MAX_OPERATORS)
        ],
        "external": any(each.data_location == onnx.TensorProto.EXTERNAL for each in graph.initializer),
    }


def _operator(node: Any) -> str:
    return f"{node.domain}.{node.op_type}" if node.domain not in {"", "ai.onnx"} else str(node.op_type)


def _node(node: Any) -> dict[str, Any]:
    return {
        "operator": clip(_operator(node), 80),
        "name": clip(node.name, 80),
        "inputs": [clip(name, 80) for name in node.input[:6]],
        "outputs": [clip(name, 80) for name in node.output[:6]],
    }


def _size(dims: Any) -> int:
    return math.prod(max(int(each), 0) for each in dims)


def _value(info: Any) -> dict[str, str]:
    kind = info.type.WhichOneof("value") or ""
    if kind not in {"tensor_type", "sparse_tensor_type"}:
        return {"name": clip(info.name, 80), "type": clip(kind.removesuffix("_type"), 30), "shape": ""}
    tensor = getattr(info.type, kind)
    try:
        name = onnx.TensorProto.DataType.Name(tensor.elem_type).lower()
    except ValueError:
        name = str(tensor.elem_type)
    dims = [
        clip(dim.dim_param, 20) if dim.dim_param else str(dim.dim_value) if dim.HasField("dim_value") else "?"
        for dim in tensor.shape.dim[:10]
    ]
    return {"name": clip(info.name, 80), "type": clip(name, 30), "shape": " × ".join(dims)}
