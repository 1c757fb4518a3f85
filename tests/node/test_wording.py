"""Sentences of refusals are this program's own, in both languages; what a library or the system said stands beside."""

import errno
import json
import os
from pathlib import Path

import pytest

from cspon_node import refusals
from cspon_node.cli import main
from cspon_node.refusals import DISK, RULES, Refusal, disk
from portal.kit.i18n import set_locale

LIBRARY = "New timestamp version 3 must be >= 4"


@pytest.fixture(autouse=True)
def chinese_again():
    yield
    set_locale("zh_Hans")


@pytest.mark.parametrize("code", sorted(RULES))
def test_no_sentence_holds_what_a_library_said(code: str) -> None:
    """Where a sentence has a place for a reason, the reason is ours: those kinds are named here."""
    ours = {"input", "runtime", "sandbox", "output", "disk", "portal", "portal-refused", "withdrawn"}
    assert ("%(why)s" in RULES[code].text) is (code in ours)
    if code not in ours:
        names = (
            "name",
            "role",
            "target",
            "channel",
            "version",
            "asset",
            "path",
            "home",
            "number",
            "at",
            "origin",
        )
        values = dict.fromkeys((*names, "count", "size", "seen", "found", "wanted", "needed", "free"), "x")
        said = []
        for locale in ("zh_Hans", "en"):
            set_locale(locale)
            refusal = Refusal(code, why=LIBRARY, **values)
            assert LIBRARY not in refusal.message + refusal.advice
            assert refusal.detail == LIBRARY
            said.append(refusal.message)
        assert said[0] != said[1]


@pytest.mark.parametrize("number", [*DISK, errno.EBUSY])
def test_what_the_system_said_about_a_file(number: int) -> None:
    error = OSError(number, os.strerror(number))
    for locale in ("zh_Hans", "en"):
        set_locale(locale)
        refusal = disk("/data/x", error)
        assert os.strerror(number) not in refusal.message
        assert refusal.message.startswith("/data/x")
        assert refusal.detail == os.strerror(number)
    set_locale("zh_Hans")
    assert any("\u4e00" <= c <= "\u9fff" for c in disk("/data/x", error).message)
    assert "\n" not in disk("x", ValueError("a\nb")).detail


@pytest.mark.parametrize(
    ("language", "words", "line"),
    [("zh", "信任的根", "技术细节"), ("en", "root of trust", "Technical detail")],
)
def test_on_the_terminal_and_as_json(
    language: str, words: str, line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "root.json"
    root.write_text("{}")
    given = ["--language", language, "--home", str(tmp_path / "home"), "--trust", str(root), "--name", "a"]
    assert main(["init", *given]) == refusals.UNTRUSTED
    said = capsys.readouterr().err.splitlines()
    assert "[trust-unreadable]" in said[0]
    assert words in said[0]
    assert said[-1].startswith(line)
    assert main(["init", "--json", *given]) == refusals.UNTRUSTED
    value = json.loads(capsys.readouterr().out)
    assert set(value) == {"verdict", "code", "message", "advice", "detail"}
    assert value["detail"]
    assert value["detail"] not in value["message"]
