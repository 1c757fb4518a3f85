"""Run one function over many items in a child process, so that an item that kills or stalls the child costs
only itself."""

import json
import os
import select
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

MAX_LINE = 8 * 1024 * 1024
MAX_FAILURES = 10


@dataclass(frozen=True)
class Outcome:
    """`value` is what the function gave for `item`; None with a `problem` when the child died or stalled on
    it."""

    item: str
    value: Any
    problem: str = ""


class TooManyFailuresError(Exception):
    """The child failed on MAX_FAILURES items; the rest was not looked at."""


def run(items: Sequence[str], work: Callable[[str], Any], seconds: float) -> Iterator[Outcome]:
    """One outcome per item, in order. `seconds` bounds each item. The values must be JSON."""
    position, failures = 0, 0
    while position < len(items):
        if failures >= MAX_FAILURES:
            raise TooManyFailuresError
        for outcome in _one_child(items[position:], work, seconds):
            position += 1
            failures += bool(outcome.problem)
            yield outcome


def _one_child(items: Sequence[str], work: Callable[[str], Any], seconds: float) -> Iterator[Outcome]:
    """Outcomes up to the end, or up to and including the first item that the child fails on."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read_end)
        _serve(items, work, write_end)
    os.close(write_end)
    pending = bytearray()
    try:
        for item in items:
            line = _read_line(read_end, pending, time.monotonic() + seconds)
            if line is None:
                yield Outcome(item, None, _end(child))
                child = 0
                return
            yield Outcome(item, json.loads(line))
    finally:
        os.close(read_end)
        if child:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def _serve(items: Sequence[str], work: Callable[[str], Any], write_end: int) -> None:
    """The child: never returns."""
    try:
        with os.fdopen(write_end, "wb") as out:
            for item in items:
                out.write(json.dumps(work(item), allow_nan=False).encode("ascii") + b"\n")
                out.flush()
    finally:
        os._exit(70)


def _read_line(source: int, pending: bytearray, deadline: float) -> bytes | None:
    """The next line, or None at the end of the stream, at the deadline, or when the line is too long."""
    while b"\n" not in pending:
        ready, _, _ = select.select([source], [], [], max(0.0, deadline - time.monotonic()))
        chunk = os.read(source, 256 * 1024) if ready else b""
        if not chunk or len(pending) > MAX_LINE:
            return None
        pending += chunk
    line, _, rest = bytes(pending).partition(b"\n")
    pending[:] = rest
    return line


def _end(child: int) -> str:
    """Why the child stopped; a child that still runs is killed."""
    for _ in range(20):
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            signalled = os.WIFSIGNALED(status)
            return f"ended by signal {os.WTERMSIG(status)}" if signalled else "failed"
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "took too long"
