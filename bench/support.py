"""What the lines share: servers as child processes, a load generator, and how ratios are made."""

import asyncio
import contextlib
import http.client
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Line:
    """One line of the table: a ratio against its bound, with what was measured."""

    name: str
    against: str
    ratio: float
    bound: float
    at_least: bool
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Whether the bound is kept."""
        return self.ratio >= self.bound if self.at_least else self.ratio <= self.bound


def median_ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the ratios round by round: both sides of a round met the same noise."""
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


def in_turns(cases: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Measure every case once per round, in changing order."""
    seen: dict[str, list[float]] = {name: [] for name in cases}
    names = list(cases)
    for number in range(rounds):
        for name in names if number % 2 == 0 else reversed(names):
            seen[name].append(cases[name]())
    return seen


def free_port() -> int:
    """A port nobody listens on just now."""
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A web server as a child process; ``started_s`` is the time to the first 200."""

    def __init__(
        self, argv: Sequence[str], port: int, path: str, env: Mapping[str, str] | None = None
    ) -> None:
        self.argv, self.port, self.path = list(argv), port, path
        self.env = {**os.environ, **(env or {})}
        self.started_s = 0.0

    def __enter__(self) -> "Server":
        begin = time.perf_counter()
        self.process = subprocess.Popen(
            self.argv, cwd=ROOT, env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        while not self._answers():
            if self.process.poll() is not None:
                error = self.process.stderr.read().decode()[-2000:] if self.process.stderr else ""
                raise RuntimeError(f"{self.argv} stopped: {error}")
            if time.perf_counter() - begin > 120:
                self.process.kill()
                raise RuntimeError(f"{self.argv} does not answer")
            time.sleep(0.005)
        self.started_s = time.perf_counter() - begin
        return self

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", self.path, headers={"Accept-Language": "zh-CN"})
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def __exit__(self, *_exc: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def uvicorn(app: str, port: int, *extra: str) -> list[str]:
    """The command of a uvicorn with one worker."""
    return [
        sys.executable, "-m", "uvicorn", app, "--host", "127.0.0.1", "--port", str(port), "--no-access-log",
        "--log-level", "warning", *extra,
    ]  # fmt: skip


def requests_per_second(port: int, path: str, *, connections: int = 8, seconds: float = 1.0) -> float:
    """Closed-loop load: every connection asks again as soon as it has its whole answer; all must be 200."""
    return asyncio.run(_load(port, path, connections, seconds))


async def _load(port: int, path: str, connections: int, seconds: float) -> float:
    request = (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: */*\r\nAccept-Language: zh-CN\r\n\r\n"
    ).encode()
    end = time.perf_counter() + seconds
    begin = time.perf_counter()
    counts = await asyncio.gather(*(_ask(port, request, end) for _ in range(connections)))
    return sum(counts) / (time.perf_counter() - begin)


async def _ask(port: int, request: bytes, end: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    done = 0
    while time.perf_counter() < end:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode(errors="replace")[:300])
        length = next(int(h[15:]) for h in head.lower().split(b"\r\n") if h.startswith(b"content-length:"))
        await reader.readexactly(length)
        done += 1
    writer.close()
    return done


@contextlib.contextmanager
def database(home: Path, *, durable: bool = True) -> Iterator[str]:
    """An embedded PostgreSQL of its own (fsync on) with the present schema; its address."""
    from portal.kit import embedded
    from portal.kit.migrate import upgrade

    server = embedded.start(home, durable=durable)
    try:
        upgrade(server.url)
        yield server.url
    finally:
        server.stop()
