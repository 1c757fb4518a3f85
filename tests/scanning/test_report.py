"""Reports are read as hostile input: one wrong thing and nothing is believed."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from registry.scanning.findings import Severity, Verdict
from registry.scanning.report import ReportError, parse_scan, parse_unpack

FILES = {"main.py": 9, "data/a.csv": 4}
FINDING: dict[str, Any] = {
    "rule": "python.risky",
    "severity": "info",
    "path": "main.py",
    "line": 1,
    "excerpt": "eval('1')",
    "params": {"construct": "eval()"},
}
SCAN: dict[str, Any] = {
    "format_version": 1,
    "ok": True,
    "files": [{"path": path, "size": size, "kind": "text"} for path, size in FILES.items()],
    "findings": [FINDING],
    "left_out": 0,
    "manifests": {"cspon.yaml": {"name": "x"}},
    "tools": {"picklescan": "1.0.5"},
}
UNPACK: dict[str, Any] = {
    "ok": True,
    "entries": [{"path": "a.csv", "size": 4, "sha256": "0" * 64}],
    "notes": ["archive.names_gbk"],
    "error": None,
}
REFUSAL = {"code": "archive.link", "message": "link", "entry": "bad"}
Change = Callable[[dict[str, Any]], object]


def changed(value: dict[str, Any], change: Change) -> bytes:
    value = copy.deepcopy(value)
    change(value)
    return json.dumps(value).encode()


def test_a_sound_report_is_read() -> None:
    report = parse_scan(json.dumps(SCAN).encode(), FILES)
    assert [(f.rule, f.severity, f.path, f.line) for f in report.findings] == [
        ("python.risky", Severity.INFO, "main.py", 1)
    ]
    assert {item.path: item.size for item in report.files} == FILES
    assert report.manifests == {"cspon.yaml": {"name": "x"}}
    assert report.decision.verdict is Verdict.PUBLISH


SCAN_LIES: dict[str, Change] = {
    "a file left out": lambda v: v["files"].pop(),
    "a file twice": lambda v: v["files"].append(v["files"][0]),
    "a file invented": lambda v: v["files"].append({"path": "b", "size": 1, "kind": "text"}),
    "another size": lambda v: v["files"][0].update(size=8),
    "another version": lambda v: v.update(format_version=2),
    "true for one": lambda v: v.update(format_version=True),
    "not done, no reason": lambda v: v.update(ok=False),
    "an unknown rule": lambda v: v["findings"][0].update(rule="all.good"),
    "a milder severity": lambda v: v["findings"][0].update(
        rule="mark.classified", severity="info", params={}
    ),
    "a missing parameter": lambda v: v["findings"][0].update(params={}),
    "one parameter more": lambda v: v["findings"][0]["params"].update(extra="x"),
    "a parameter of another type": lambda v: v["findings"][0].update(params={"construct": ["x"]}),
    "a text too long": lambda v: v["findings"][0].update(excerpt="x" * 301),
    "a control character": lambda v: v["findings"][0].update(excerpt="a\u001b[2J"),
    "a direction character": lambda v: v["findings"][0].update(excerpt="a\u202eb"),
    "a NUL": lambda v: v["findings"][0]["params"].update(construct="a\0b"),
    "half a character": lambda v: v["findings"][0].update(excerpt="\ud800"),
    "line zero": lambda v: v["findings"][0].update(line=0),
    "a line that is text": lambda v: v["findings"][0].update(line="1"),
    "a finding elsewhere": lambda v: v["findings"][0].update(path="other/file.py"),
    "too many findings": lambda v: v.update(findings=v["findings"] * 2001),
    "a negative count": lambda v: v.update(left_out=-1),
    "a huge count": lambda v: v.update(left_out=10**30),
    "a strange manifest": lambda v: v["manifests"].update({"setup.py": {}}),
    "a manifest too deep": lambda v: v["manifests"].update({"cspon.yaml": _nested(40)}),
    "a field more": lambda v: v.update(verdict="publish"),
    "a field less": lambda v: v.pop("tools"),
    "a tool with markup": lambda v: v["tools"].update(x="<b>"),
}


def _nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(depth):
        value = {"a": value}
    return value


@pytest.mark.parametrize("lie", SCAN_LIES)
def test_scan_reports_that_do_not_hold_are_refused(lie: str) -> None:
    with pytest.raises(ReportError):
        parse_scan(changed(SCAN, SCAN_LIES[lie]), FILES)


RAW = {
    "nothing": b"",
    "no JSON": b"{'a'",
    "a list": b"[]",
    "no UTF-8": b"\xff\xfe",
    "NaN": json.dumps(SCAN).replace('"left_out": 0', '"left_out": NaN').encode(),
    "a key twice": json.dumps(SCAN).replace('"left_out": 0', '"left_out": 0, "left_out": 0').encode(),
    "deep": b"[" * 100_000,
    "large": b" " * (17 * 1024 * 1024),
}


@pytest.mark.parametrize("name", RAW)
def test_what_is_no_plain_json_is_refused(name: str) -> None:
    with pytest.raises(ReportError):
        parse_scan(RAW[name], FILES)
    with pytest.raises(ReportError):
        parse_unpack(RAW[name])


def test_a_stopped_scan_may_lack_files_but_rejects() -> None:
    stop = {**FINDING, "rule": "scan.stopped", "severity": "danger", "path": "", "params": {"problem": "x"}}
    raw = changed(SCAN, lambda v: v.update(ok=False, files=[], findings=[stop]))
    assert parse_scan(raw, FILES).decision.verdict is Verdict.REJECT


def test_a_sound_unpack_report_is_read() -> None:
    report = parse_unpack(json.dumps(UNPACK).encode())
    assert report.ok
    assert [(item.path, item.size) for item in report.entries] == [("a.csv", 4)]
    assert [f.rule for f in report.findings] == ["archive.names_gbk"]


def test_a_refusal_is_read() -> None:
    report = parse_unpack(changed(UNPACK, lambda v: v.update(ok=False, entries=[], notes=[], error=REFUSAL)))
    assert not report.ok
    assert [(f.rule, f.path, f.excerpt) for f in report.findings] == [("archive.link", "bad", "link")]
    assert report.decision.verdict is Verdict.REJECT


UNPACK_LIES: dict[str, Change] = {
    "ok with an error": lambda v: v.update(error=REFUSAL),
    "not ok without an error": lambda v: v.update(ok=False),
    "ok without entries": lambda v: v.update(entries=[]),
    "refused with entries": lambda v: v.update(ok=False, error=REFUSAL),
    "a refusal of another kind": lambda v: v.update(
        ok=False, entries=[], error={**REFUSAL, "code": "pickle.broken"}
    ),
    "an unknown refusal": lambda v: v.update(ok=False, entries=[], error={**REFUSAL, "code": "archive.good"}),
    "an unknown note": lambda v: v.update(notes=["all.fine"]),
    "a digest that is none": lambda v: v["entries"][0].update(sha256="0" * 63),
    "a size as text": lambda v: v["entries"][0].update(size="4"),
}


@pytest.mark.parametrize("lie", UNPACK_LIES)
def test_unpack_reports_that_do_not_hold_are_refused(lie: str) -> None:
    with pytest.raises(ReportError):
        parse_unpack(changed(UNPACK, UNPACK_LIES[lie]))
