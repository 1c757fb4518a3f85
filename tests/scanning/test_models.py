"""Model files: ONNX, skops, safetensors."""

import json

import pytest

from registry.scanning.findings import Verdict
from tests.scanning.conftest import Scan, hits, only
from tests.scanning.samples import OS_SYSTEM, field, npy, onnx_model, safetensors, skops, zipped

FOREST = ("sklearn.ensemble._forest.RandomForestClassifier", "sklearn.tree._tree.Tree", "numpy.ndarray")


@pytest.mark.parametrize("location", ["../../etc/passwd", "/etc/passwd", "a/../../b", "..\\b", "C:\\b", ""])
def test_onnx_data_outside_its_folder_is_rejected(scan: Scan, location: str) -> None:
    report = scan({"m/model.onnx": onnx_model(location=location or "./..")})
    assert hits(report) == [("onnx.external_outside", "m/model.onnx", None)]
    assert report.decision.verdict is Verdict.REJECT


def test_onnx_data_beside_the_model_is_fine_when_it_is_there(scan: Scan) -> None:
    files = {"model.onnx": onnx_model(location="w.data"), "b/model.onnx": onnx_model(location="w.data")}
    report = scan({**files, "b/w.data": "text"})
    assert hits(report, "onnx.external_missing") == [("onnx.external_missing", "model.onnx", None)]


def test_foreign_operators_are_named(scan: Scan) -> None:
    report = scan({"a.onnx": onnx_model(domain="evil.ops"), "b.onnx": onnx_model(domain="com.microsoft")})
    assert only(report, "onnx.custom_domain").params == {"domain": "evil.ops"}
    assert report.decision.verdict is Verdict.PUBLISH


@pytest.mark.parametrize(
    "data",
    [b"", b"not onnx at all", onnx_model()[:40], b"\x08\x08", b"\xff" * 50, b"version https://git-lfs\n"],
)
def test_broken_onnx_is_rejected(scan: Scan, data: bytes) -> None:
    report = scan({"model.onnx": data})
    assert only(report, "onnx.broken").path == "model.onnx"
    assert report.decision.verdict is Verdict.REJECT


def test_graphs_nested_without_end_are_rejected(scan: Scan) -> None:
    graph = b""
    for _ in range(100):
        graph = field(1, field(5, field(6, graph)))
    report = scan({"model.onnx": field(7, graph)})
    assert "deep" in str(only(report, "onnx.broken").params["problem"])


def test_known_skops_types_pass(scan: Scan) -> None:
    report = scan({"model.skops": skops(*FOREST, "sklearn.pipeline.Pipeline", "numpy.float64")})
    assert hits(report) == []


@pytest.mark.parametrize(
    "name",
    [
        "os.system",
        "builtins.eval",
        "subprocess.Popen",
        "mymodule.Evil",
        "sklearn.utils._testing.Thing",
        "numpy.load",
    ],
)
def test_other_skops_types_are_named(scan: Scan, name: str) -> None:
    report = scan({"model.skops": skops(*FOREST, name)})
    found = only(report, "skops.untrusted_type")
    assert found.params == {"type": name}
    assert report.decision.verdict is Verdict.QUARANTINE


def test_types_deep_inside_a_skops_schema_are_found(scan: Scan) -> None:
    node: object = {"__module__": "os", "__class__": "system", "__loader__": "FunctionNode"}
    for _ in range(50):
        node = {"__module__": "builtins", "__class__": "list", "__loader__": "ListNode", "content": [node]}
    report = scan({"m.skops": zipped({"schema.json": json.dumps(node)})})
    assert only(report, "skops.untrusted_type").params == {"type": "os.system"}


def test_functions_are_trusted_by_name_only(scan: Scan) -> None:
    def function(module: str, name: str) -> dict[str, str]:
        return {"__module__": module, "__class__": name, "__loader__": "FunctionNode"}

    nodes = [
        function("numpy", "log1p"),
        function("scipy.special._ufuncs", "expit"),
        function("numpy", "fromfile"),
    ]
    schema = {"__module__": "builtins", "__class__": "list", "__loader__": "ListNode", "content": nodes}
    report = scan({"m.skops": zipped({"schema.json": json.dumps(schema)})})
    assert only(report, "skops.untrusted_type").params == {"type": "numpy.fromfile"}


@pytest.mark.parametrize("loader", ["MethodNode", "OperatorFuncNode"])
def test_method_and_operator_nodes_are_not_trusted(scan: Scan, loader: str) -> None:
    node = {"__module__": "builtins", "__class__": "dict", "__loader__": loader}
    report = scan({"m.skops": zipped({"schema.json": json.dumps(node)})})
    assert loader in str(only(report, "skops.untrusted_type").params["type"])


def test_object_arrays_in_a_skops_file_are_found(scan: Scan) -> None:
    schema = json.dumps({"__module__": "numpy", "__class__": "ndarray", "__loader__": "NdArrayNode"})
    report = scan({"m.skops": zipped({"schema.json": schema, "1.npy": npy("|O", OS_SYSTEM)})})
    assert only(report, "npy.object_array").params == {"member": "1.npy"}


@pytest.mark.parametrize(
    "data",
    [
        zipped({"other.json": "{}"}),
        zipped({"schema.json": "[1"}),
        zipped({"schema.json": "[1]"}),
        b"PK\x03\x04",
    ],
)
def test_broken_skops_files_are_rejected(scan: Scan, data: bytes) -> None:
    report = scan({"m.skops": data})
    assert hits(report) == [("skops.broken", "m.skops", None)]
    assert report.decision.verdict is Verdict.REJECT


GOOD = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


@pytest.mark.parametrize(
    ("header", "data"),
    [
        (b"{", b""),
        ({"w": GOOD}, bytes(4)),
        ({"w": GOOD}, bytes(12)),
        ({"w": {**GOOD, "shape": [3]}}, bytes(8)),
        ({"w": {**GOOD, "shape": [-2]}}, bytes(8)),
        ({"w": {**GOOD, "dtype": "PICKLE"}}, bytes(8)),
        ({"w": {**GOOD, "data_offsets": [8, 16]}}, bytes(16)),
        ({"w": GOOD, "v": GOOD}, bytes(8)),
        (b'{"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}, "w": 1}', bytes(8)),
        ({"__metadata__": {"a": 1}, "w": GOOD}, bytes(8)),
        ([1, 2], b""),
    ],
)
def test_safetensors_headers_must_hold(scan: Scan, header: object, data: bytes) -> None:
    report = scan({"w.safetensors": safetensors(header, data)})
    assert hits(report) == [("safetensors.broken", "w.safetensors", None)]
    assert report.decision.verdict is Verdict.REJECT


def test_an_impossible_header_length_is_rejected(scan: Scan) -> None:
    assert hits(scan({"w.safetensors": b"\xff" * 8 + b"{}"}))[0][0] == "safetensors.broken"


@pytest.mark.parametrize(
    ("files", "count"),
    [
        ({}, 0),
        ({"model.onnx": onnx_model()}, 1),
        ({"model.onnx": onnx_model(), "MLmodel": "flavors: {}\n"}, 2),
    ],
)
def test_a_model_submission_has_exactly_one_model(
    scan: Scan, files: dict[str, bytes | str], count: int
) -> None:
    report = scan({"README.md": "# x\n", **files}, expects="model")
    found = [f.params["count"] for f in report.findings if f.rule == "model.not_exactly_one"]
    assert found == ([] if count == 1 else [count])
    assert report.decision.verdict is (Verdict.PUBLISH if count == 1 else Verdict.REJECT)
