"""Log lines of all parts on one stream, each with the time and the name of its part."""

import os
import select
from typing import IO

from portal.kit.clock import now, shanghai

PIPE_BUF = 4096  # a write of this size never blocks on a stream that select() calls writable
COLOURS = {"web": 36, "worker": 33, "postgres": 35, "demo": 32, "migrate": 34}
LONGEST_LINE = 64 * 2**10


class Printer:
    """Writes whole lines; a reader that does not read (a paused terminal) costs lines, never the site."""

    def __init__(self, stream: IO[str], *, width: int = 8) -> None:
        self._fd = stream.fileno()
        self._colour = stream.isatty() and "NO_COLOR" not in os.environ
        self._width = width
        self._dropped = 0

    def say(self, name: str, text: str) -> None:
        """Print every line of ``text`` under the name of a part."""
        for line in text.splitlines():
            self._write(f"{self._prefix(name)} {line}\n")

    def plain(self, text: str) -> None:
        """Print ``text`` as it is: for what a person is meant to read, not a log reader."""
        self._write(text + "\n")

    def _prefix(self, name: str) -> str:
        label = f"{shanghai(now()):%H:%M:%S} {name:<{self._width}}|"
        return f"\x1b[{COLOURS.get(name, 37)}m{label}\x1b[0m" if self._colour else label

    def _write(self, line: str) -> None:
        data = line.encode(errors="replace")
        for start in range(0, len(data), PIPE_BUF):
            if not select.select([], [self._fd], [], 0)[1]:
                self._dropped += 1
                return
            if self._dropped:
                note, self._dropped = f"({self._dropped} lines were not shown)\n", 0
                self._put(note.encode())
            self._put(data[start : start + PIPE_BUF])

    def _put(self, data: bytes) -> None:
        try:
            os.write(self._fd, data)
        except OSError:
            self._dropped += 1  # nobody reads any more (`cspon up | head`): go on without


class LineBuffer:
    """Cuts a stream of bytes into lines."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[str]:
        """The lines that ``data`` completes; a line without an end is cut at 64 KiB."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            lines.append(self._rest)
            self._rest = b""
        return [line.decode(errors="replace").rstrip("\r") for line in lines]

    def flush(self) -> list[str]:
        """What is left when the stream has ended."""
        rest, self._rest = self._rest, b""
        return [rest.decode(errors="replace")] if rest else []
