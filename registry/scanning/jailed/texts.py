"""Checks of one text file: secrets, personal data, classification marks, scripts in images, risky Python."""

import re
from pathlib import Path

from .hits import Hits
from .kinds import CONTROL_BYTES, decode_text, suffix_of
from .leaks import Lines, find_leaks
from .pickles import check_pickle_bytes
from .pickletext import looks_like_pickle
from .pysource import risky_constructs

MAX_SOURCE = 1024 * 1024
# 密级标志 of GB/T 9704-2012: the level, a star, the period; and the level named in a header field
MARKS = re.compile(
    r"(?:绝\s?密|机\s?密|秘\s?密)\s{0,3}[★☆✩⭐]|密\s{0,4}级\s{0,3}[:：]\s{0,3}(?:绝密|机密|秘密)"
)
SVG_SCRIPT = re.compile(r"(?i)<\s*script|\bon[a-z]{3,20}\s*=\s*[\"']|javascript:|<\s*foreignObject")
ENTITY = re.compile(r"<!ENTITY", re.IGNORECASE)


def check_text(root: Path, hits: Hits, limit: int) -> bool:
    """Findings for one text file, of which `limit` bytes are read; False when it turns out not to be text."""
    target = root / hits.path
    size = target.stat().st_size
    with target.open("rb") as source:
        data = source.read(limit)
        if any(CONTROL_BYTES.search(chunk) for chunk in iter(lambda: source.read(1024 * 1024), b"")):
            return False
    decoded = decode_text(data)
    if decoded is None:
        return False
    if looks_like_pickle(data[: 1024 * 1024]):
        check_pickle_bytes(data, hits)
        hits.add("pickle.executable_format")
    if size > limit:
        hits.add("text.partial", searched=limit, size=size)
    _check_content(Lines(decoded[0]), hits)
    return True


def _check_content(lines: Lines, hits: Hits) -> None:
    for leak in find_leaks(lines):
        hits.add(leak.rule, leak.line, lines.excerpt(leak.line), **leak.params)
    _mark(lines, hits, MARKS, "mark.classified")
    suffix = suffix_of(hits.path)
    if suffix == ".svg":
        _mark(lines, hits, SVG_SCRIPT, "svg.script")
    if suffix in {".svg", ".xml", ".qml", ".sld", ".html"}:
        _mark(lines, hits, ENTITY, "xml.entity")
    if suffix == ".py":
        _check_python(lines, hits)


def _mark(lines: Lines, hits: Hits, form: re.Pattern[str], rule: str) -> None:
    for number in sorted({lines.number(match.start()) for match in form.finditer(lines.text)})[:20]:
        hits.add(rule, number, lines.excerpt(number))


def _check_python(lines: Lines, hits: Hits) -> None:
    if len(lines.text) > MAX_SOURCE:
        hits.add("text.partial", searched=0, size=len(lines.text))
        return
    try:
        for number, construct in risky_constructs(lines.text):
            hits.add("python.risky", number, lines.excerpt(number), construct=construct)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        said = getattr(error, "lineno", None)
        known = said if isinstance(said, int) and 1 <= said <= lines.text.count("\n") + 1 else None
        hits.add(
            "python.syntax",
            known,
            lines.excerpt(known) if known else "",
            problem=getattr(error, "msg", error),
        )
