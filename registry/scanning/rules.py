"""The catalogue of scan rules: what each one means, what to do, and what it does to a version.

reject      the archive breaks a rule; a manifest or a model file is malformed; a pickle is dangerous, broken
or not judged by both scanners; the scan is incomplete or its report does not hold
quarantine  every other danger: a certifier may release the version after looking
publish     warnings and notes; they are shown to reviewers
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from portal.kit.i18n import _
from registry.scanning.catalogue import archives, contents, formats
from registry.scanning.catalogue.phrases import PHRASES
from registry.scanning.catalogue.rule import Texts
from registry.scanning.findings import Decision, Finding, Severity, Verdict, most_severe
from registry.scanning.jailed.levels import ARCHIVE_REFUSALS, LEVELS

HOST_LEVELS = {
    "format.bad_name": "danger",
    "scan.incomplete": "danger",
    "scan.report_invalid": "danger",
}
REJECTING = frozenset(
    {
        *(f"archive.{name}" for name in ARCHIVE_REFUSALS),
        "format.special_file",
        "format.bad_name",
        "pickle.dangerous",
        "pickle.broken",
        "pickle.scanner_error",
        "npy.broken",
        "onnx.external_outside",
        "onnx.broken",
        "skops.broken",
        "safetensors.broken",
        "manifest.unreadable",
        "manifest.duplicate_key",
        "manifest.missing_field",
        "manifest.wrong_value",
        "manifest.missing_file",
        "manifest.unexpected_field",
        "model.not_exactly_one",
        "scan.stopped",
        "scan.incomplete",
        "scan.report_invalid",
    }
)
CODED_PARAMS = frozenset({"expected", "end"})


@dataclass(frozen=True)
class Rule:
    """One rule: its id, how much it weighs, what it does to a version, and its texts (message ids)."""

    id: str
    severity: Severity
    verdict: Verdict
    texts: Texts

    @property
    def title(self) -> str:
        """Message id of what it is, with placeholders."""
        return self.texts.title

    @property
    def params(self) -> frozenset[str]:
        """The parameters that a finding of this rule carries, exactly."""
        return self.texts.params


def _verdict(rule: str, severity: Severity) -> Verdict:
    if rule in REJECTING:
        return Verdict.REJECT
    return Verdict.QUARANTINE if severity is Severity.DANGER else Verdict.PUBLISH


def _catalogue() -> dict[str, Rule]:
    rules: dict[str, Rule] = {}
    for name, texts in {**archives.TEXTS, **formats.TEXTS, **contents.TEXTS}.items():
        severity = Severity({**LEVELS, **HOST_LEVELS}[name])
        rules[name] = Rule(name, severity, _verdict(name, severity), texts)
    return rules


RULES: Mapping[str, Rule] = _catalogue()


def finding(rule: str, *, path: str = "", excerpt: str = "", **params: str | int) -> Finding:
    """A finding that the host itself makes; KeyError for an unknown rule."""
    return Finding(rule, RULES[rule].severity, path, None, excerpt, params)


def decide(findings: Iterable[Finding]) -> Decision:
    """The strictest verdict that any finding asks for, with the findings that asked for it."""
    found = tuple(findings)
    verdict = most_severe(RULES[each.rule].verdict for each in found)
    if verdict is Verdict.PUBLISH:
        return Decision(verdict)
    causes = tuple(each for each in found if RULES[each.rule].verdict is verdict)
    return Decision(verdict, RULES[causes[0].rule].title, causes)


@dataclass(frozen=True)
class Said:
    """A finding in the reader's language."""

    title: str
    why: str
    advice: str


def say(rule: str, params: Mapping[str, str | int]) -> Said:
    """The texts of a finding in the current language, placeholders filled; missing parameters show as
    nothing."""
    texts = RULES[rule].texts
    values = {name: _shown(name, params.get(name, "")) for name in texts.params}
    return Said(*((_(text, **values) if values else _(text)).strip() for text in _parts(texts)))


def _parts(texts: Texts) -> tuple[str, str, str]:
    return texts.title, texts.why, texts.advice


def _shown(name: str, value: str | int) -> str | int:
    phrase = PHRASES.get(str(value)) if name in CODED_PARAMS else None
    return _(phrase) if phrase else value
