"""ONNX files by the protobuf wire format: external data, operator domains, then the `onnx` checker where it
is installed.

Field numbers are those of onnx.proto: ModelProto graph 7, opset_import 8, functions 25; GraphProto node 1,
initializer 5, sparse_initializer 15; NodeProto attribute 5, domain 7; AttributeProto t 5, g 6, tensors 10,
graphs 11, sparse_tensor 22, sparse_tensors 23; SparseTensorProto values 1, indices 2; FunctionProto node 7,
domain 10; TensorProto external_data 13; StringStringEntryProto key 1, value 2.
"""

import importlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from .hits import Hits, clean

MAX_DEPTH = 64
MAX_BYTES = 2 * 1024**3
KNOWN_DOMAINS = frozenset(
    {"", "ai.onnx", "ai.onnx.ml", "ai.onnx.preview.training", "ai.onnx.training", "com.microsoft"}
)
CHILDREN: dict[str, dict[int, str]] = {
    "model": {7: "graph", 25: "function"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {13: "external"},
}
DOMAIN_FIELD = {"node": 7, "function": 10}


@dataclass
class Facts:
    """What the walk collected."""

    graphs: int = 0
    external: set[str] = field(default_factory=set)
    domains: set[str] = field(default_factory=set)
    local_domains: set[str] = field(default_factory=set)


def check_onnx(root: Path, hits: Hits) -> None:
    """Findings for one .onnx file; a file that is no ONNX model is `onnx.broken`."""
    target = root / hits.path
    if target.stat().st_size > MAX_BYTES:
        return hits.add("onnx.broken", problem="larger than 2 GiB")
    facts = Facts()
    try:
        _walk("model", memoryview(target.read_bytes()), facts, 0)
    except (ValueError, IndexError) as error:
        return hits.add("onnx.broken", problem=error)
    if not facts.graphs:
        return hits.add("onnx.broken", problem="no graph inside")
    for location in sorted(facts.external)[:20]:
        _check_location(root, location, hits)
    for domain in sorted(facts.domains - facts.local_domains - KNOWN_DOMAINS)[:20]:
        hits.add("onnx.custom_domain", domain=domain)
    if not facts.external:
        _run_checker(target, hits)
    return None


def _check_location(root: Path, location: str, hits: Hits) -> None:
    place = PurePosixPath(location)
    drive = len(location) > 1 and location[1] == ":"
    if place.is_absolute() or ".." in place.parts or "\\" in location or drive or not location:
        hits.add("onnx.external_outside", location=location)
    elif not (root / hits.path).parent.joinpath(place).is_file():
        hits.add("onnx.external_missing", location=location)


def _run_checker(target: Path, hits: Hits) -> None:
    """The official checker's opinion: a model that it refuses will not load either."""
    try:
        checker = importlib.import_module("onnx.checker")
    except ImportError:
        return
    try:
        checker.check_model(str(target))
    except checker.ValidationError as error:
        unknown_operator = "No Op registered" in str(error) or "opset_import" in str(error)
        hits.add("onnx.checker", problem=clean(error, 150)) if not unknown_operator else None
    except Exception as error:  # whatever the checker raises is its verdict on the file
        hits.add("onnx.checker", problem=clean(error, 150))


def _walk(kind: str, data: memoryview, facts: Facts, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ValueError("nested too deeply")
    facts.graphs += kind == "graph"
    for number, body in _fields(data):
        if number == DOMAIN_FIELD.get(kind):
            (facts.local_domains if kind == "function" else facts.domains).add(_string(body))
        child = CHILDREN.get(kind, {}).get(number)
        if child == "external":
            _external(body, facts)
        elif child:
            _walk(child, body, facts, depth + 1)


def _external(data: memoryview, facts: Facts) -> None:
    entry = dict(_fields(data))
    if _string(entry.get(1, data[:0])) == "location":
        facts.external.add(_string(entry.get(2, data[:0])))


def _string(data: memoryview) -> str:
    return bytes(data[:1000]).decode("utf-8", "replace")


def _fields(data: memoryview) -> Iterator[tuple[int, memoryview]]:
    """(field number, bytes) of every field; numbers come as empty bytes. ValueError where the form is
    broken."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        wire = key & 7
        if wire == 0:
            _, at = _varint(data, at)
            yield key >> 3, data[:0]
            continue
        if wire not in (1, 2, 5) or not key >> 3:
            raise ValueError(f"wire type {wire} is not used by ONNX")
        size = {1: 8, 5: 4}.get(wire, 0)
        if wire == 2:
            size, at = _varint(data, at)
        if at + size > len(data):
            raise ValueError("a field runs past the end")
        yield key >> 3, data[at : at + size]
        at += size


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ValueError("a number is too long")
