"""Formats by content and name; files that are something else than they say."""

import os
import signal
import struct
from pathlib import Path

import pytest

from registry.scanning.findings import Verdict
from registry.scanning.jailed.files import Config
from registry.scanning.jailed.isolated import run
from registry.scanning.jailed.scan import scan as scan_here
from tests.scanning.conftest import Scan, hits, only
from tests.scanning.samples import ELF, OS_SYSTEM, PE, PNG, npy, onnx_model, safetensors, skops, zipped

DBF = struct.pack("<4BIHH20x", 3, 124, 5, 1, 0, 33, 1) + b"\x0d\x1a"
ALLOWED: dict[str, bytes | str] = {
    "main.py": "print('规划')\n",
    "old.R": "x <- 1\n".encode("gbk"),
    "README.md": "# 说明\n",
    "table.csv": "﻿编号,面积\n1,2.5\n",
    "gbk.csv": "地块,面积\n东城,1\n".encode("gbk"),
    "a.geojson": '{"type": "FeatureCollection", "features": []}',
    "note.ipynb": '{"cells": []}',
    "LICENSE": "Apache",
    "MLmodel": "flavors: {}\n",
    ".gitignore": "*.pyc\n",
    "map.png": PNG,
    "photo.jpg": b"\xff\xd8\xff\xe0" + bytes(50),
    "dem.tif": b"II*\x00" + bytes(50),
    "paper.pdf": b"%PDF-1.7\n%\xe2\xe3\n" + bytes(50),
    "roads.shp": b"\x00\x00\x27\x0a" + bytes(96),
    "roads.shx": b"\x00\x00\x27\x0a" + bytes(96),
    "roads.dbf": DBF,
    "roads.prj": "GEOGCS[]",
    "data.gpkg": b"SQLite format 3\x00" + bytes(100),
    "data.parquet": b"PAR1" + bytes(30) + b"PAR1",
    "x.npy": npy("<f4", bytes(4)),
    "xs.npz": zipped({"x.npy": npy("<f4", bytes(4))}),
    "model.onnx": onnx_model(),
    "model.skops": skops("sklearn.linear_model._logistic.LogisticRegression"),
    "w.safetensors": safetensors({"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}, bytes(8)),
    "empty.txt": b"",
}


def test_the_listed_formats_pass_without_a_word(scan: Scan) -> None:
    report = scan(ALLOWED)
    assert hits(report) == []
    assert report.decision.verdict is Verdict.PUBLISH
    assert {item.path for item in report.files} == set(ALLOWED)
    assert {"picklescan", "fickling", "python"} <= set(report.tools)


@pytest.mark.parametrize(
    ("name", "data", "rule"),
    [
        ("table.csv", ELF, "format.executable"),
        ("photo.png", PE, "format.executable"),
        ("lib.so", ELF, "format.executable"),
        ("run.exe", PE, "format.executable"),
        ("a.class", b"\xca\xfe\xba\xbe\x00\x00\x00\x34" + bytes(40), "format.executable"),
        ("a.wasm", b"\x00asm\x01\x00\x00\x00", "format.executable"),
        ("m.pyc", b"\xa7\x0d\r\n" + bytes(30), "format.executable"),
        ("tool.jar", zipped({"A.class": b"x"}), "format.executable"),
        ("inner.zip", zipped({"a": b"x"}), "format.nested_archive"),
        ("report.docx", zipped({"a": b"x"}), "format.nested_archive"),
        ("table.csv", b"\x1f\x8b\x08" + bytes(30), "format.nested_archive"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c" + bytes(30), "format.nested_archive"),
        ("a.tar", bytes(257) + b"ustar\x0000" + bytes(300), "format.nested_archive"),
        ("weights.bin", bytes(range(256)), "format.unknown_binary"),
        ("table.csv", b"a,b\n\x00\x01\x02", "format.unknown_binary"),
        ("map.csv", PNG, "format.mismatch"),
        ("map.png", "just text", "format.mismatch"),
        ("data.db", b"SQLite format 3\x00" + bytes(100), "format.mismatch"),
        ("map.png", PNG + zipped({"payload.py": b"x"}), "format.polyglot"),
    ],
)
def test_what_is_not_listed_is_quarantined(scan: Scan, name: str, data: bytes | str, rule: str) -> None:
    report = scan({name: data})
    assert hits(report) == [(rule, name, None)]
    assert report.decision.verdict is Verdict.QUARANTINE
    assert report.decision.causes == report.findings


def test_binary_far_inside_a_text_file_is_found(scan: Scan) -> None:
    report = scan({"big.csv": b"1,2\n" * 5000 + b"\x00\x00"}, text_limit=4096)
    assert hits(report) == [("format.unknown_binary", "big.csv", None)]


def test_unlisted_text_is_kept_with_a_warning(scan: Scan) -> None:
    report = scan({"run.sh": "#!/bin/sh\nls\n", "notes.xyz": "hello\n"})
    assert hits(report) == [
        ("format.unlisted_text", "notes.xyz", None),
        ("format.unlisted_text", "run.sh", None),
    ]
    assert report.decision.verdict is Verdict.PUBLISH


def test_long_text_is_searched_in_part_and_that_is_said(scan: Scan) -> None:
    report = scan({"big.csv": "1,2\n" * 5000}, text_limit=4096)
    assert only(report, "text.partial").params == {"searched": 4096, "size": 20000}


@pytest.mark.parametrize(
    "line",
    ["<script>alert(1)</script>", '<rect onload="x()"/>', '<a href="javascript:x()"/>', "<foreignObject/>"],
)
def test_scripts_in_svg_are_quarantined(scan: Scan, line: str) -> None:
    report = scan({"a.svg": f'<svg xmlns="x">\n{line}\n</svg>', "b.svg": "<svg><path d='M0 0'/></svg>"})
    assert hits(report) == [("svg.script", "a.svg", 2)]
    assert report.decision.verdict is Verdict.QUARANTINE


def test_entities_and_active_pdf_are_said(scan: Scan) -> None:
    xml = '<?xml version="1.0"?>\n<!DOCTYPE x [\n<!ENTITY a SYSTEM "file:///etc/passwd">]>\n<x>&a;</x>'
    report = scan({"a.xml": xml, "a.pdf": b"%PDF-1.5\n<< /S /JavaScript /JS (app.alert(1)) >>"})
    assert hits(report) == [("pdf.active_content", "a.pdf", None), ("xml.entity", "a.xml", 3)]


def test_links_in_the_tree_are_not_followed(tmp_path: Path) -> None:
    tree = tmp_path / "linked"
    tree.mkdir()
    (tree / "shadow.txt").symlink_to("/etc/passwd")
    (tree / "folder").symlink_to("/etc")
    report = scan_here(tree, Config(declared_licence="MIT"))
    assert [(f["rule"], f["path"]) for f in report["findings"]] == [
        ("format.special_file", "folder"),
        ("format.special_file", "shadow.txt"),
    ]


def test_findings_beyond_the_cap_are_counted_dangers_kept(scan: Scan) -> None:
    files: dict[str, bytes | str] = {f"n{n}.xyz": "text" for n in range(600)}
    report = scan({**files, "z.exe": PE})
    assert len(report.findings) == 500
    assert report.left_out == 101
    assert report.findings[0].rule == "format.executable"


def test_a_flood_of_one_danger_does_not_hide_another(scan: Scan) -> None:
    report = scan({**{f"a{n}.zip": zipped({"x": b"x"}) for n in range(510)}, "z.pkl": OS_SYSTEM})
    assert hits(report, "pickle.dangerous")
    assert report.decision.verdict is Verdict.REJECT


def test_findings_of_one_file_are_capped(scan: Scan) -> None:
    report = scan({"a.py": "import subprocess\n" * 100})
    assert len(hits(report, "python.risky")) == 40
    assert report.left_out == 60


def test_every_file_is_looked_at_after_one_kills_the_scanner() -> None:
    def work(item: str) -> str:
        if item == "killer":
            os.kill(os.getpid(), signal.SIGKILL)
        if item == "stalls":
            signal.pause()
        return item.upper()

    outcomes = list(run(["a", "killer", "b", "stalls", "c"], work, 1.0))
    assert [(o.item, o.value) for o in outcomes] == [
        ("a", "A"), ("killer", None), ("b", "B"), ("stalls", None), ("c", "C"),
    ]  # fmt: skip
    assert outcomes[1].problem == f"ended by signal {int(signal.SIGKILL)}"
    assert outcomes[3].problem == "took too long"


def test_a_deeply_nested_source_does_not_end_the_scan(scan: Scan) -> None:
    report = scan({"deep.py": "(" * 5000 + ")" * 5000, "m.pkl": OS_SYSTEM})
    assert "deep.py" in {f.path for f in report.findings}
    assert "pickle.dangerous" in {f.rule for f in report.findings}
