"""Pickles by content: found under any name, and safe only when both scanners say so."""

import bz2
import gzip
import io
import zipfile
import zlib

import pytest

from registry.scanning.findings import Severity, Verdict
from tests.scanning.conftest import Scan, hits, only
from tests.scanning.samples import (
    BROKEN_PICKLE,
    EVIL_PICKLES,
    FOREST,
    OS_SYSTEM,
    PLAIN_DATA,
    PROTOCOL_0,
    call,
    npy,
    pickled,
    torch_zip,
    zipped,
)


@pytest.mark.parametrize("name", EVIL_PICKLES)
def test_crafted_pickles_never_pass(scan: Scan, name: str) -> None:
    report = scan({"model.pkl": EVIL_PICKLES[name]})
    tools = {
        str(f.params["tool"]) for f in report.findings if f.rule in ("pickle.dangerous", "pickle.unproven")
    }
    assert tools == {"picklescan", "fickling"}
    assert "pickle.executable_format" in {f.rule for f in report.findings}
    assert report.decision.verdict is Verdict.REJECT
    assert {path for _, path, _ in hits(report)} == {"model.pkl"}


def test_what_only_one_scanner_knows_is_enough(scan: Scan) -> None:
    """picklescan calls pandas eval merely suspicious; fickling knows better."""
    report = scan({"m.pkl": EVIL_PICKLES["pandas eval"]})
    by_tool = {f.params["tool"]: f.rule for f in report.findings if "tool" in f.params}
    assert by_tool == {"picklescan": "pickle.unproven", "fickling": "pickle.dangerous"}


def test_a_broken_pickle_is_rejected_though_picklescan_passes_over_it(scan: Scan) -> None:
    report = scan({"m.pkl": BROKEN_PICKLE})
    assert only(report, "pickle.broken").path == "m.pkl"
    assert report.decision.verdict is Verdict.REJECT


def test_a_pickle_without_any_import_must_still_parse(scan: Scan) -> None:
    report = scan({"m.pkl": b"\x80\x04\xff\xff"})
    assert {"pickle.broken", "pickle.scanner_error"} <= {f.rule for f in report.findings}
    assert report.decision.verdict is Verdict.REJECT


def test_data_after_the_pickle_is_not_passed_over(scan: Scan) -> None:
    report = scan({"m.pkl": PLAIN_DATA + b"\x00trailing"})
    assert report.decision.verdict is Verdict.REJECT


def test_a_second_pickle_behind_a_harmless_one_is_found(scan: Scan) -> None:
    report = scan({"m.pkl": PLAIN_DATA + OS_SYSTEM})
    assert report.decision.verdict is Verdict.REJECT
    assert "pickle.dangerous" in {f.rule for f in report.findings}


def test_plain_data_is_safe_but_stays_an_executable_format(scan: Scan) -> None:
    report = scan({"table.pkl": PLAIN_DATA})
    assert hits(report) == [("pickle.executable_format", "table.pkl", None)]
    assert report.findings[0].severity is Severity.WARNING
    assert report.decision.verdict is Verdict.PUBLISH


def test_an_ordinary_forest_waits_for_a_certifier(scan: Scan) -> None:
    report = scan({"forest.joblib": FOREST})
    assert {f.rule for f in report.findings} == {"pickle.unproven", "pickle.executable_format"}
    assert report.decision.verdict is Verdict.QUARANTINE


@pytest.mark.parametrize("break_crc", [False, True])
def test_members_of_a_torch_zip_are_each_asked_about(scan: Scan, break_crc: bool) -> None:
    report = scan({"model.pt": torch_zip(OS_SYSTEM, break_crc=break_crc)})
    assert report.decision.verdict is Verdict.REJECT
    if not break_crc:
        members = {f.params["member"] for f in report.findings if f.rule == "pickle.dangerous"}
        assert members == {"archive/data.pkl"}


def test_a_pickle_hidden_among_the_tensors_is_found(scan: Scan) -> None:
    archive = zipped(
        {"archive/data.pkl": PLAIN_DATA, "archive/data/0": OS_SYSTEM, "archive/data/1": PROTOCOL_0}
    )
    report = scan({"model.ckpt": archive})
    members = {f.params["member"] for f in report.findings if f.rule == "pickle.dangerous"}
    assert members == {"archive/data/0", "archive/data/1"}


def test_two_members_of_one_name_are_rejected(scan: Scan) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        archive = _twice("archive/data.pkl")
    report = scan({"model.pt": archive})
    assert "two members" in str(only(report, "pickle.scanner_error").params["problem"])


def _twice(name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, PLAIN_DATA)
        archive.writestr(name, OS_SYSTEM)
    return out.getvalue()


@pytest.mark.parametrize("pack", [zlib.compress, gzip.compress, bz2.compress])
def test_compressed_joblib_files_are_opened(scan: Scan, pack: object) -> None:
    report = scan({"m.joblib": pack(OS_SYSTEM)})  # type: ignore[operator]
    assert "pickle.dangerous" in {f.rule for f in report.findings}
    assert report.decision.verdict is Verdict.REJECT


def test_what_no_scanner_can_open_is_rejected(scan: Scan) -> None:
    report = scan({"m.joblib": b"\x04\x22\x4d\x18" + bytes(50)})
    assert only(report, "pickle.scanner_error").path == "m.joblib"
    assert report.decision.verdict is Verdict.REJECT


@pytest.mark.parametrize("name", ["data.bin", "weights.onnx.dat", "table.csv"])
def test_binary_pickles_are_known_by_content(scan: Scan, name: str) -> None:
    report = scan({name: OS_SYSTEM})
    assert only(report, "format.mismatch").params == {
        "kind": "pickle",
        "suffix": "." + name.rsplit(".", 1)[1],
    }
    assert "pickle.dangerous" in {f.rule for f in report.findings}


@pytest.mark.parametrize("name", ["notes.txt", "table.csv", "run.py"])
@pytest.mark.parametrize("tail", [b"", b"\nand now for something different"])
def test_text_pickles_are_known_by_content(scan: Scan, name: str, tail: bytes) -> None:
    report = scan({name: PROTOCOL_0 + tail})
    assert report.decision.verdict is Verdict.REJECT
    assert {f.path for f in report.findings if f.rule == "pickle.dangerous"} == {name}


@pytest.mark.parametrize(
    "text",
    [
        "city\narea\nR 1\n.",
        "city\narea\nbeijing\n",
        "city\narea\ncount\nname\nRu\n",
        "(a)\n(b)\n.",
        "import os\nprint('R')\n",
        ".gitignore\n",
    ],
)
def test_ordinary_text_is_no_pickle(scan: Scan, text: str) -> None:
    assert hits(scan({"a.txt": text})) == []


def test_object_arrays_are_pickles(scan: Scan) -> None:
    report = scan({"a.npy": npy("|O", OS_SYSTEM), "b.npy": npy("<f8", bytes(8))})
    assert only(report, "npy.object_array").path == "a.npy"
    assert {f.path for f in report.findings} == {"a.npy"}
    assert report.decision.verdict is Verdict.REJECT


def test_object_arrays_inside_npz_are_pickles(scan: Scan) -> None:
    archive = zipped({"x.npy": npy("<i4", bytes(4)), "y.npy": npy("|O", PLAIN_DATA)})
    report = scan({"a.npz": archive})
    assert only(report, "npy.object_array").params == {"member": "y.npy"}
    assert report.decision.verdict is Verdict.QUARANTINE


def test_a_billion_laughs_pickle_ends(scan: Scan) -> None:
    lists = (b"](h" + bytes([n]) + b"h" + bytes([n]) + b"eq" + bytes([n + 1]) for n in range(60))
    assert hits(scan({"m.pkl": pickled(b"]q\x00" + b"".join(lists))}))


def test_scanners_themselves_are_no_way_in(scan: Scan) -> None:
    report = scan({"m.pkl": pickled(call("fickling.hook.remove_hook", "x"))})
    assert report.decision.verdict is Verdict.REJECT
