"""Upload of 1 GiB with SHA-256, against the same route with a hash that does nothing."""

import os
import socket
import time

from bench.support import Line, Server, free_port, in_turns, median_ratio, uvicorn

GIB = 1 << 30
BLOCK = os.urandom(1 << 20)


def _put(port: int, path: str, token: str, size: int) -> float:
    """Seconds of one PUT whose body is made in memory; every block differs by its number."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        head = (
            f"PUT {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Length: {size}\r\nContent-Type: application/octet-stream\r\n\r\n"
        )
        begin = time.perf_counter()
        connection.sendall(head.encode())
        for number in range(size // len(BLOCK)):
            connection.sendall(number.to_bytes(8, "big"))
            connection.sendall(memoryview(BLOCK)[8:])
        answer = connection.recv(65536)
        seconds = time.perf_counter() - begin
    if not answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201", b"HTTP/1.1 204")):
        raise RuntimeError(answer.decode(errors="replace")[:800])
    return seconds


def run(env: dict[str, str], address: str, token: str, rounds: int = 3) -> Line:
    """MiB per second of both; ``address`` is the path of a draft version's files."""
    ports = {"hashed": free_port(), "unhashed": free_port()}
    apps = {"hashed": "portal.app:create_app", "unhashed": "bench.peers:unhashed"}
    servers = [
        Server(uvicorn(apps[name], port, "--factory"), port, "/healthz", env) for name, port in ports.items()
    ]
    counter = iter(range(1000))
    with servers[0], servers[1]:
        seen = in_turns(
            {
                name: lambda p=port: 1024 / _put(p, f"{address}/bench-{next(counter)}.bin", token, GIB)  # type: ignore[misc]
                for name, port in ports.items()
            },
            rounds,
        )
    return Line(
        "1 GiB upload with SHA-256", "the same route without hashing",
        median_ratio(seen["hashed"], seen["unhashed"]), 0.7, True, seen,
    )  # fmt: skip
