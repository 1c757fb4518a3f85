"""Differences of texts: lines of files with some context, words of cards. Bytes are only ever decoded as text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from portal.kit.diffs import Run, runs
from portal.kit.storage import get_store

MAX_BYTES = 64 * 1024
MAX_LINES = 4000
MAX_LINE = 2000
CONTEXT = 3
MOST_LINES, MOST_WORDS = 600, 400
"""Edits that are looked for; texts that differ more are shown as replaced."""


@dataclass(frozen=True)
class Line:
    """A line of a difference: ``kind`` is equal, delete, insert or gap; numbers count from 1, 0 where there is none."""

    kind: str
    old: int
    new: int
    text: str


@dataclass(frozen=True)
class Piece:
    """A stretch of words: ``kind`` is equal, delete or insert."""

    kind: str
    text: str


def read(sha256: str, size: int) -> str | None:
    """A small text file; None where it is large or no UTF-8 text."""
    if size > MAX_BYTES:
        return None
    with get_store().open(sha256) as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES or b"\x00" in data:
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return text if text.count("\n") < MAX_LINES else None


def lines(old: str, new: str) -> list[Line]:
    """The changed lines with three lines around them; a gap stands for what is left out."""
    before, after = _lines(old), _lines(new)
    found: list[Line] = []
    changed = runs(before, after, MOST_LINES)
    for n, run in enumerate(changed):
        if run.kind == "equal":
            found += _context(run, before, first=n == 0, last=n == len(changed) - 1)
        elif run.kind == "delete":
            found += [Line("delete", at + 1, 0, before[at]) for at in range(run.a0, run.a1)]
        else:
            found += [Line("insert", 0, at + 1, after[at]) for at in range(run.b0, run.b1)]
    return found


def _lines(text: str) -> list[str]:
    return [line[:MAX_LINE] for line in text.replace("\r\n", "\n").split("\n")]


def _context(run: Run, before: Sequence[str], *, first: bool, last: bool) -> Iterable[Line]:
    count = run.a1 - run.a0
    head = 0 if first else min(CONTEXT, count)
    tail = 0 if last else min(CONTEXT, count - head)
    kept = [*range(head), *range(count - tail, count)]
    shown = [Line("equal", run.a0 + at + 1, run.b0 + at + 1, before[run.a0 + at]) for at in kept]
    if count > head + tail:
        shown.insert(head, Line("gap", 0, 0, str(count - head - tail)))
    return shown


def words(old: str, new: str) -> list[Piece]:
    """The whole text with the words that changed: lines first, then the words of lines that were rewritten."""
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    found: list[Piece] = []
    changed = runs(before, after, MOST_LINES)
    at = 0
    while at < len(changed):
        run = changed[at]
        following = changed[at + 1] if at + 1 < len(changed) else None
        if run.kind == "delete" and following is not None and following.kind == "insert":
            found += _words("".join(before[run.a0 : run.a1]), "".join(after[following.b0 : following.b1]))
            at += 2
            continue
        text = "".join(after[run.b0 : run.b1] if run.kind == "insert" else before[run.a0 : run.a1])
        found.append(Piece(run.kind, text))
        at += 1
    return _merged(found)


def tokens(text: str) -> list[str]:
    """Words, blanks and marks that make up the text. Chinese has no blanks between words, so a dictionary cuts it."""
    import rjieba

    cut = [str(word) for word in rjieba.cut(text)]
    return cut if "".join(cut) == text else list(text)


def _words(old: str, new: str) -> list[Piece]:
    before, after = tokens(old), tokens(new)
    found = []
    for run in runs(before, after, MOST_WORDS):
        part = after[run.b0 : run.b1] if run.kind == "insert" else before[run.a0 : run.a1]
        found.append(Piece(run.kind, "".join(part)))
    return found


def _merged(pieces: Iterable[Piece]) -> list[Piece]:
    """Neighbours of one kind as one."""
    found: list[Piece] = []
    for piece in pieces:
        if found and found[-1].kind == piece.kind:
            found[-1] = Piece(piece.kind, found[-1].text + piece.text)
        elif piece.text:
            found.append(piece)
    return found
