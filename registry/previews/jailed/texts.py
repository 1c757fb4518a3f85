"""Text by lines, its tokens marked by Pygments with one of a few classes."""

from pathlib import Path
from typing import Any

from .result import Output
from .words import decode, visible

MAX_BYTES = 512 * 1024
MAX_CHARS = 200_000
MAX_LINE = 2000
PAGE_LINES = 400
MAX_PAGES = 25
Run = tuple[str, str]


def read(source: Path, output: Output, *, kind: str, suffix: str) -> dict[str, Any]:
    """Pages of lines; Markdown is handed over as text, because the host renders and sanitises it."""
    size = source.stat().st_size
    with source.open("rb") as file:
        data = file.read(MAX_BYTES)
    text, encoding = decode(data, whole=size <= MAX_BYTES)
    if kind == "markdown":
        output.json("source", {"text": visible(text[:MAX_CHARS])})
        return {"encoding": encoding, "cut": size > MAX_BYTES or len(text) > MAX_CHARS}
    lines, language = highlighted(text, suffix)
    shown = lines[: PAGE_LINES * MAX_PAGES]
    for page, first in enumerate(range(0, max(len(shown), 1), PAGE_LINES), start=1):
        output.json(f"lines-{page}", {"first": first + 1, "lines": shown[first : first + PAGE_LINES]})
    return {
        "encoding": encoding,
        "language": language,
        "lines": len(shown),
        "cut": size > MAX_BYTES or len(lines) > len(shown),
    }


def highlighted(text: str, suffix: str) -> tuple[list[list[Run]], str]:
    """Lines of (class, text) runs and the language's name; plain where there is no lexer for the suffix."""
    text = visible(text).removesuffix("\n")
    lexer = _lexer(suffix)
    if lexer is None:
        return [_cut([("", line)]) for line in text.split("\n")], ""
    lines: list[list[Run]] = [[]]
    for token, value in lexer.get_tokens(text):
        for number, part in enumerate(value.split("\n")):
            if number:
                lines.append([])
            if part:
                _append(lines[-1], _class_of(token), part)
    if lines and not lines[-1]:
        lines.pop()
    return [_cut(line) for line in lines], lexer.name[:60]


def _lexer(suffix: str) -> Any:
    from pygments.lexers import get_lexer_for_filename
    from pygments.util import ClassNotFound

    if suffix in {"", ".txt", ".log", ".text", ".sha256"}:
        return None
    try:
        return get_lexer_for_filename(f"file{suffix}", stripnl=False)
    except ClassNotFound:
        return None


def _class_of(token: Any) -> str:
    from pygments.token import Comment, Keyword, Literal, Name, Number, Operator, String

    kinds = (
        (Comment, "c"),
        (Number, "m"),
        (String, "s"),
        (Literal, "m"),
        (Keyword, "k"),
        (Operator.Word, "k"),
        (Name.Function, "f"),
        (Name.Class, "f"),
        (Name.Tag, "k"),
        (Name.Attribute, "f"),
        (Name.Decorator, "b"),
        (Name.Builtin, "b"),
        (Name.Exception, "b"),
    )
    return next((short for kind, short in kinds if token in kind), "")


def _append(line: list[Run], short: str, part: str) -> None:
    if line and line[-1][0] == short:
        part = line.pop()[1] + part
    line.append((short, part))


def _cut(line: list[Run]) -> list[Run]:
    """At most MAX_LINE characters in at most 400 runs: minified code is one line of a megabyte."""
    kept: list[Run] = []
    room = MAX_LINE
    for short, part in line[:400]:
        if len(part) > room:
            kept.append((short, part[:room] + "…"))
            return kept
        kept.append((short, part))
        room -= len(part)
    if len(line) > 400:
        kept.append(("", "…"))
    return kept
