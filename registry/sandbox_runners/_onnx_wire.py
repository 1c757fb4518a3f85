"""Find external data in an ONNX file without the `onnx` package, by reading the protobuf wire format.

Field numbers are those of onnx.proto (ONNX IR): ModelProto.graph 7, ModelProto.functions 25; GraphProto.node
1, initializer 5, sparse_initializer 15; NodeProto.attribute 5; AttributeProto.t 5, g 6, tensors 10, graphs
11, sparse_tensor 22, sparse_tensors 23; SparseTensorProto.values 1, indices 2; FunctionProto.node 7;
TensorProto.name 8, external_data 13, data_location 14.
"""

from __future__ import annotations

from collections.abc import Iterator

MAX_DEPTH = 64

_TENSOR = "tensor"
_CHILDREN: dict[str, dict[int, str]] = {
    "model": {7: "graph", 25: "function"},
    "graph": {1: "node", 5: _TENSOR, 15: "sparse"},
    "function": {7: "node"},
    "node": {5: "attribute"},
    "attribute": {5: _TENSOR, 6: "graph", 10: _TENSOR, 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: _TENSOR, 2: _TENSOR},
}


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("a number is too long")


def _fields(data: memoryview) -> Iterator[tuple[int, int, memoryview]]:
    """(field number, number when it is one, bytes when they are) for every field of one message."""
    at = 0
    nothing = data[:0]
    while at < len(data):
        key, at = _varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = _varint(data, at)
            yield key >> 3, value, nothing
            continue
        if kind == 2:
            size, at = _varint(data, at)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
        else:
            raise ValueError(f"wire type {kind} is not used by ONNX")
        if at + size > len(data):
            raise ValueError("the file ends in the middle of a field")
        yield key >> 3, 0, data[at : at + size]
        at += size


def _walk(data: memoryview, kind: str, depth: int) -> Iterator[str]:
    if depth > MAX_DEPTH:
        raise ValueError("the graph is nested too deeply")
    name, external = "?", False
    children = _CHILDREN.get(kind, {})
    for number, value, body in _fields(data):
        if kind == _TENSOR:
            external = external or number == 13 or (number == 14 and value == 1)
            if number == 8:
                name = bytes(body).decode("utf-8", "replace")
        elif number in children:
            yield from _walk(body, children[number], depth + 1)
    if external:
        yield name


def external_tensors(model: bytes) -> list[str]:
    """Names of the tensors whose values are kept outside the model file; ValueError when it is not ONNX."""
    try:
        return list(_walk(memoryview(model), "model", 0))
    except IndexError as error:
        raise ValueError("the file ends in the middle of a number") from error
