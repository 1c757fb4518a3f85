"""Everything shown to users exists in Chinese and in English."""

import ast
import re
from functools import lru_cache

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from tests.support.tree import ROOT, name, parsed

METHODS = [("**.py", "python"), ("**.html", "jinja2")]
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
CJK = re.compile(r"[\u4e00-\u9fff]")


@lru_cache(maxsize=1)
def _messages() -> dict[str | tuple[str, ...], str]:
    found: dict[str | tuple[str, ...], str] = {}
    options = {
        "**.html": {"trimmed": "false", "encoding": "utf-8", "silent": "false", "newstyle_gettext": "true"}
    }
    for top in ("portal", "registry", "competitions", "standards", "cspon_node", "templates"):
        for file, line, message, *_rest in extract_from_dir(str(ROOT / top), METHODS, options, KEYWORDS):
            found[message] = f"{top}/{file}:{line}"
    return found


@lru_cache(maxsize=1)
def _chinese() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for path in sorted((ROOT / "portal/locale/zh_Hans").glob("*.po")):
        with path.open("rb") as file:
            catalog = read_po(file, locale="zh_Hans")
        for message in catalog:
            if not message.id:
                continue
            key = message.id[0] if isinstance(message.id, (tuple, list)) else message.id
            strings = (
                tuple(message.string) if isinstance(message.string, (tuple, list)) else (message.string,)
            )
            assert "fuzzy" not in message.flags, f"{name(path)}: fuzzy {key!r}"
            assert found.get(key, strings) == strings, f"{name(path)}: a second translation of {key!r}"
            found[key] = strings
    return found


def test_every_message_has_chinese() -> None:
    chinese = _chinese()
    missing = []
    for message, where in _messages().items():
        key = message[0] if isinstance(message, tuple) else message
        if not all(chinese.get(key, ("",))):
            missing.append(f"{where} {key!r}")
    assert not missing, f"{len(missing)} without Chinese:\n" + "\n".join(missing)


def test_no_message_hides_in_an_f_string() -> None:
    # The extraction reads tokens; until Python 3.12 an f-string is one token, and what it translates is not seen.
    hidden = []
    for top in ("portal", "registry", "competitions", "standards", "cspon_node"):
        for path in sorted((ROOT / top).rglob("*.py")):
            for text in ast.walk(parsed(path)):
                if isinstance(text, ast.JoinedStr) and any(map(_translates, ast.walk(text))):
                    hidden.append(f"{name(path)}:{text.lineno}")
    assert not hidden, hidden


def _translates(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in KEYWORDS
        and bool(node.args)
        and isinstance(node.args[0], ast.Constant)
    )


def test_messages_are_english() -> None:
    wrong = [
        f"{where} {m!r}" for m, where in _messages().items() if CJK.search(m if isinstance(m, str) else m[0])
    ]
    assert not wrong, wrong


def test_placeholders_survive_translation() -> None:
    chinese = _chinese()
    wrong = []
    for message, where in _messages().items():
        key = message[0] if isinstance(message, tuple) else message
        allowed = set(PLACEHOLDER.findall(" ".join(message) if isinstance(message, tuple) else message)) | {
            "n"
        }
        for string in chinese.get(key, ()):
            if not set(PLACEHOLDER.findall(string)) <= allowed:
                wrong.append(f"{where} {key!r} -> {string!r}")
    assert not wrong, wrong


def test_no_bare_text_in_templates() -> None:
    """Letters between tags that no gettext call wraps would show in one language only."""
    wrong = []
    for path in sorted((ROOT / "templates").rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        text = re.sub(
            r"{#.*?#}|{%.*?%}|{{.*?}}|<(script|code|pre|samp|kbd)\b.*?</\1>", " ", text, flags=re.DOTALL
        )
        for match in re.finditer(r">([^<]*)<", text):
            words = re.sub(r"&\w+;", " ", match.group(1)).strip()
            if re.search(r"[A-Za-z]{3,}|[\u4e00-\u9fff]", words) and words not in ALLOWED:
                wrong.append(f"{name(path)}: {words[:60]!r}")
    assert not wrong, "\n".join(wrong)


ALLOWED = {
    "English",
    "中文",
    "SHA-256",
    "CSV",
    "JSON",
    "ORCID",
    "Apache-2.0",
    "API",
    "OpenAPI",
    "BibTeX",
    "GB/T 7714",
    "SPDX",
}
"""Names that are the same in every language."""
