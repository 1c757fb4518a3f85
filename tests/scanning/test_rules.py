"""The catalogue: complete, consistent, in both languages, and the verdicts that follow."""

import ast
import re
import sys
from pathlib import Path

import pytest

from portal.kit.i18n import set_locale
from registry.scanning.catalogue.phrases import PHRASES
from registry.scanning.findings import Finding, Severity, Verdict
from registry.scanning.jailed.levels import LEVELS
from registry.scanning.rules import CODED_PARAMS, HOST_LEVELS, REJECTING, RULES, decide, finding, say
from tests.support.tree import ROOT

JAILED = ROOT / "registry" / "scanning" / "jailed"


def test_every_rule_has_one_level_and_texts() -> None:
    assert set(RULES) == set(LEVELS) | set(HOST_LEVELS)
    assert not set(LEVELS) & set(HOST_LEVELS)
    assert set(RULES) >= REJECTING


def test_every_rule_that_a_script_names_is_in_the_catalogue() -> None:
    quoted = re.compile(r'"((?:' + "|".join({rule.split(".")[0] for rule in RULES}) + r')\.[a-z_]+)"')
    named = {
        rule for path in JAILED.glob("*.py") for rule in quoted.findall(path.read_text(encoding="utf-8"))
    }
    assert named - {"scan.json", "model.onnx", "model.skops"} <= set(RULES)


@pytest.mark.parametrize("path", sorted(JAILED.glob("*.py")), ids=lambda path: path.name)
def test_jailed_scripts_stand_alone(path: Path) -> None:
    """The scan runtime holds the standard library and PyYAML for sure; scanners are imported where they are asked."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            assert node.level <= 1
            names = [node.module or ""] if node.level == 0 else []
        assert {name.partition(".")[0] for name in names} <= {*sys.stdlib_module_names, "yaml"}


@pytest.mark.parametrize("rule", RULES)
def test_rules_are_said_in_both_languages(rule: str) -> None:
    params = {name: "timeout" if name in CODED_PARAMS else f"<{name}>" for name in RULES[rule].params}
    set_locale("en")
    english = say(rule, params)
    set_locale("zh_Hans")
    chinese = say(rule, params)
    for name in ("title", "why", "advice"):
        assert getattr(english, name)
        assert re.search(r"[\u4e00-\u9fff]", getattr(chinese, name)), name
        assert "%(" not in getattr(english, name) + getattr(chinese, name)
    for name in RULES[rule].params - CODED_PARAMS:
        assert f"<{name}>" in english.title + english.why
        assert f"<{name}>" in chinese.title + chinese.why


def test_codes_in_parameters_are_said_in_words() -> None:
    set_locale("en")
    title = say(
        "manifest.wrong_value", {"field": "quota", "expected": "whole_number", "allowed": "1–9"}
    ).title
    assert title == "“quota” must be a whole number, 1–9"
    set_locale("zh_Hans")
    assert say("scan.incomplete", {"end": "out_of_memory"}).title == "扫描未完成：内存不足"


def test_every_expectation_of_the_shapes_has_words() -> None:
    sources = [(JAILED / name).read_text(encoding="utf-8") for name in ("shapes.py", "manifests.py")]
    codes = set(re.findall(r'_wrong\(path, "(\w+)"|_wrong\(\(\*path, \w+\), "(\w+)"', sources[0]))
    named = {code for pair in codes for code in pair if code}
    named |= set(re.findall(r'"manifest\.wrong_value",\s*[^"]*?(?:"[^"]*"[^"]*?)*?\),\s*"(\w+)"', sources[1]))
    assert named
    assert named <= set(PHRASES)


@pytest.mark.parametrize(
    ("rules", "verdict"),
    [
        ((), Verdict.PUBLISH),
        (("python.risky",), Verdict.PUBLISH),
        (("licence.missing", "secret.jwt"), Verdict.PUBLISH),
        (("licence.missing", "secret.token"), Verdict.QUARANTINE),
        (("pickle.unproven",), Verdict.QUARANTINE),
        (("mark.classified", "pickle.dangerous"), Verdict.REJECT),
        (("archive.link",), Verdict.REJECT),
        (("scan.report_invalid",), Verdict.REJECT),
    ],
)
def test_the_strictest_rule_decides(rules: tuple[str, ...], verdict: Verdict) -> None:
    findings = [finding(rule, path=f"{n}.txt") for n, rule in enumerate(rules)]
    decision = decide(findings)
    assert decision.verdict is verdict
    assert all(RULES[cause.rule].verdict is verdict for cause in decision.causes)
    assert bool(decision.reason) is (verdict is not Verdict.PUBLISH)


def test_every_danger_stops_publication_and_nothing_else_does() -> None:
    for rule in RULES.values():
        stops = rule.verdict is not Verdict.PUBLISH
        assert stops is (rule.severity is Severity.DANGER), rule.id
        assert decide([Finding(rule.id, rule.severity)]).verdict is rule.verdict
