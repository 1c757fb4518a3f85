"""Small things about text that several domains need."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def like(text: str) -> str:
    """A pattern for LIKE that finds ``text`` itself anywhere: its wildcards mean nothing."""
    return "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def safe_cell(value: object) -> str:
    """Text that a spreadsheet shows and never evaluates: a leading apostrophe before formula characters."""
    text = "" if value is None else str(value)
    return "'" + text if text.startswith(_FORMULA) else text


def is_formula(value: str | None) -> bool:
    """Whether a spreadsheet would take the text for a formula. A plain number with a sign is none."""
    if not value or not value.startswith(_FORMULA):
        return False
    try:
        float(value)
    except ValueError:
        return True
    return False


def marked(piece: str, words: Iterable[str]) -> Markup:
    """Escaped text in which the words are marked, whatever their case."""
    pattern = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True) if word)
    if not pattern:
        return escape(piece)
    parts = re.split(f"({pattern})", piece, flags=re.IGNORECASE)
    return Markup("").join(
        Markup("<mark>{}</mark>").format(part) if n % 2 else escape(part) for n, part in enumerate(parts)
    )


def to_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """UTF-8 with a byte order mark (else spreadsheets guess the encoding), CRLF line ends (RFC 4180)."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([safe_cell(cell) for cell in header])
    for row in rows:
        writer.writerow([cell if isinstance(cell, int | float) else safe_cell(cell) for cell in row])
    return b"\xef\xbb\xbf" + out.getvalue().encode()
