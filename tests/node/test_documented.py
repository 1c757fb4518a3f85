"""The manual names every refusal under its exit code, every command, and every variable."""

import re

from cspon_node import refusals
from tests.support.tree import ROOT

MANUAL = (ROOT / "docs/node.md").read_text(encoding="utf-8")


def test_every_refusal_stands_under_its_exit_code():
    rows = re.findall(r"^\| (\d) \| (.*)$", MANUAL, re.MULTILINE)
    told = {int(number): set(re.findall(r"`([a-z-]+)`", rest)) for number, rest in rows}
    wanted: dict[int, set[str]] = {}
    for code, rule in refusals.RULES.items():
        wanted.setdefault(rule.exit, set()).add(code)
    assert {number: codes for number, codes in told.items() if codes} == wanted


def test_every_command_and_variable_is_told_of():
    parser = (ROOT / "cspon_node/cli/parser.py").read_text()
    for name in re.findall(r'_command\(kinds, "([a-z]+)"', parser):
        assert f"cspon-node {name}" in MANUAL, name
    sources = "".join(path.read_text() for path in (ROOT / "cspon_node").rglob("*.py"))
    for name in set(re.findall(r"CSPON_NODE_[A-Z]+", sources)):
        assert f"`{name}`" in MANUAL, name


def test_every_refusal_is_brought_about_by_a_test():
    files = [path for path in (ROOT / "tests/node").rglob("*.py") if path.name != "test_documented.py"]
    tests = "".join(path.read_text() for path in files)
    assert not {code for code in refusals.RULES if f'"{code}"' not in tests}
