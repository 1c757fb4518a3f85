"""Reads the reports of the jailed scripts.

A hostile file may have taken over its scanner, so nothing is believed: sizes, types, lengths, rule ids and
severities must be exactly right, and every file of the tree must be accounted for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from registry.sandbox import strict_json
from registry.sandbox.errors import ScoresRefused
from registry.scanning.findings import Decision, Finding
from registry.scanning.jailed.names import has_hidden
from registry.scanning.rules import RULES, decide, finding

MAX_REPORT_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 30
WHOLE_TREE = frozenset({"", "cspon.yaml", "benchmark.yaml"})  # findings may name a manifest that is missing

Name = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9_. +/-]+$")]
Count = Annotated[int, Field(ge=0, le=10**15)]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class ReportError(Exception):
    """The report of a jailed script does not hold."""


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


Model = TypeVar("Model", bound=_Strict)


class ScannedFile(_Strict):
    """One file of the tree as the scanner saw it."""

    path: Name
    size: Count
    kind: Word


class _Found(_Strict):
    rule: Word
    severity: Word
    path: Annotated[str, StringConstraints(max_length=500)]
    line: Annotated[int, Field(ge=1, lt=2**31)] | None
    excerpt: Annotated[str, StringConstraints(max_length=300)]
    params: dict[Word, Count | Annotated[str, StringConstraints(max_length=300)]]


class _Scan(_Strict):
    format_version: Annotated[int, Field(ge=1, le=1)]
    ok: bool
    files: Annotated[list[ScannedFile], Field(max_length=20_000)]
    findings: Annotated[list[_Found], Field(max_length=2_000)]
    left_out: Count
    manifests: dict[Literal["cspon.yaml", "benchmark.yaml"], dict[str, Any]]
    tools: dict[Word, Word]


class UnpackedFile(_Strict):
    """One file that came out of an archive."""

    path: Name
    size: Count
    sha256: Digest


class _Refusal(_Strict):
    code: Word
    message: Annotated[str, StringConstraints(max_length=300)]
    entry: Annotated[str, StringConstraints(max_length=1500)] | None


class _Unpack(_Strict):
    ok: bool
    entries: Annotated[list[UnpackedFile], Field(max_length=100_000)]
    notes: Annotated[list[Word], Field(max_length=10)]
    error: _Refusal | None


@dataclass(frozen=True)
class ScanReport:
    """A scan: files seen, findings by weight, how many were left out, accepted manifests, and the tools'
    versions."""

    files: tuple[ScannedFile, ...] = ()
    findings: tuple[Finding, ...] = ()
    left_out: int = 0
    manifests: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    tools: Mapping[str, str] = field(default_factory=dict)

    @property
    def decision(self) -> Decision:
        """What becomes of the version."""
        return decide(self.findings)


@dataclass(frozen=True)
class UnpackReport:
    """An unpacking: the files that came out (none after a refusal) and the findings (a refusal, or notes)."""

    entries: tuple[UnpackedFile, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        """True when the archive was accepted."""
        return bool(self.entries) and not self.decision.causes

    @property
    def decision(self) -> Decision:
        """`reject` with the broken rule, or `publish`."""
        return decide(self.findings)


def parse_scan(raw: bytes, expected: Mapping[str, int]) -> ScanReport:
    """The report of `jailed.scan` on a tree with the `expected` files and sizes; ReportError when anything is
    off."""
    scan = _validated(_Scan, raw)
    seen = {item.path: item.size for item in scan.files}
    findings = tuple(_finding(found) for found in scan.findings)
    stopped = any(each.rule == "scan.stopped" for each in findings)
    if len(seen) != len(scan.files) or (not stopped and seen != dict(expected)):
        raise ReportError("the files of the report are not those of the version")
    if scan.ok is stopped:
        raise ReportError("an incomplete scan without its reason")
    if any(each.path not in expected and each.path not in WHOLE_TREE for each in findings):
        raise ReportError("a finding in a file that is not there")
    return ScanReport(
        tuple(scan.files),
        findings,
        scan.left_out,
        {str(name): value for name, value in scan.manifests.items()},
        {**scan.tools},
    )


def parse_unpack(raw: bytes) -> UnpackReport:
    """The report of `jailed.unpack`; ReportError when anything is off."""
    report = _validated(_Unpack, raw)
    if report.ok is not (report.error is None) or report.ok is not bool(report.entries):
        raise ReportError("the report contradicts itself")
    if report.error:
        if report.error.code not in RULES or not report.error.code.startswith("archive."):
            raise ReportError("an unknown refusal")
        where = (report.error.entry or "")[:500]
        return UnpackReport((), (finding(report.error.code, path=where, excerpt=report.error.message),))
    if any(note not in RULES or RULES[note].params for note in report.notes):
        raise ReportError("an unknown note")
    return UnpackReport(tuple(report.entries), tuple(finding(note) for note in report.notes))


def _finding(found: _Found) -> Finding:
    rule = RULES.get(found.rule)
    if rule is None or rule.severity != found.severity:
        raise ReportError("an unknown rule, or a wrong severity")
    if set(found.params) != rule.params:
        raise ReportError(f"the parameters of {rule.id} do not fit")
    for text in (found.path, found.excerpt, *found.params.values()):
        if isinstance(text, str) and has_hidden(text):
            raise ReportError("control characters in a text")
    return Finding(rule.id, rule.severity, found.path, found.line, found.excerpt, dict(found.params))


def _validated(model: type[Model], raw: bytes) -> Model:
    try:
        return model.model_validate(strict_json.loads(raw, max_bytes=MAX_REPORT_BYTES, max_depth=MAX_DEPTH))
    except ScoresRefused as error:
        raise ReportError(str(error)[:150]) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ReportError(f"{place}: {first['msg']}"[:150]) from error
