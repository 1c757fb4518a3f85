"""What a person sees: words and progress on the error stream, the result on the output, so that pipes stay clean."""

import json
import sys
from typing import Any

from portal.kit.clock import monotonic
from portal.kit.i18n import _

EVERY_S = 0.2


def plain(text: str) -> str:
    """Words of others, without anything that could steer the terminal."""
    return "".join(c if c.isprintable() or c in "\t\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


class Screen:
    """One command's terminal. With ``as_json`` nothing but one JSON value is printed."""

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json
        self._moving = sys.stderr.isatty() and not as_json
        self._next = 0.0

    def say(self, text: str) -> None:
        """A line for the person."""
        if not self.as_json:
            self._clear()
            sys.stderr.write(plain(text) + "\n")
            sys.stderr.flush()

    def result(self, value: Any, text: str) -> None:
        """The outcome: JSON for scripts, ``text`` for people."""
        self._clear()
        if self.as_json:
            sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")
        elif text:
            sys.stdout.write(plain(text) + "\n")
        sys.stdout.flush()

    def table(self, headings: list[str], rows: list[list[str]]) -> str:
        """Columns in step, also where Chinese characters take two places."""
        lines = [headings, *rows]
        widths = [max(_width(line[n]) for line in lines) for n in range(len(headings))]
        return "\n".join(
            "  ".join(cell + " " * (widths[n] - _width(cell)) for n, cell in enumerate(line)).rstrip()
            for line in lines
        )

    def progress(self, label: str) -> "Progress":
        """A line that moves on a terminal and is silent in a pipe."""
        return Progress(self, label)

    def move(self, text: str, *, last: bool) -> None:
        """Draw the moving line, five times a second at most."""
        if self._moving and (last or monotonic() >= self._next):
            self._next = monotonic() + EVERY_S
            sys.stderr.write(f"\r\x1b[K{plain(text)}")
            sys.stderr.flush()
            if last:
                self._clear()

    def _clear(self) -> None:
        if self._moving:
            sys.stderr.write("\r\x1b[K")


class Progress:
    """Bytes done of bytes in all, as `verifying.Show` and as steps of a longer work."""

    def __init__(self, screen: Screen, label: str) -> None:
        self._screen, self._label = screen, label

    def __call__(self, done: int, whole: int) -> None:
        """So much is done."""
        share = done * 100 // whole if whole else 100
        text = _(
            "%(what)s: %(done)s of %(all)s MB (%(percent)s %%)",
            what=self._label,
            done=done >> 20,
            all=whole >> 20,
            percent=share,
        )
        self._screen.move(text, last=done >= whole)


def _width(text: str) -> int:
    return sum(2 if "\u1100" <= c <= "\uffdc" else 1 for c in text)
