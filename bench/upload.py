"""Upload of 1 GiB with SHA-256, against the same route with a hash that does nothing; and in parts, against one PUT."""

import base64
import hashlib
import http.client
import json
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
    apps = {"hashed": "portal.asgi:create_app", "unhashed": "bench.peers:unhashed"}
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


def _part(number: int, size: int) -> bytes:
    return b"".join((number * size + n).to_bytes(8, "big") + BLOCK[8:] for n in range(size // len(BLOCK)))


def _in_parts(port: int, version: str, token: str, size: int, name: str) -> float:
    """Seconds of an upload in parts, one after the other, until it is a file of the draft.

    What a client does besides (cutting and hashing parts) is not counted: the server's side is compared.
    """
    there = http.client.HTTPConnection("127.0.0.1", port)

    def ask(method: str, path: str, body: bytes = b"", **headers: str) -> dict[str, object]:
        there.request(method, path, body, {"Authorization": f"Bearer {token}", **headers})
        answer = there.getresponse()
        said = answer.read()
        if answer.status >= 300:
            raise RuntimeError(said.decode(errors="replace")[:800])
        return dict(json.loads(said))

    begun = json.dumps({"path": name, "size": size}).encode()
    session = ask("POST", f"{version}/uploads", begun, **{"Content-Type": "application/json"})
    base, part_size = f"{version}/uploads/{session['id']}", int(str(session["part_size"]))
    seconds = 0.0
    for number in range(size // part_size):
        part = _part(number, part_size)
        digest = base64.b64encode(hashlib.sha256(part).digest()).decode()
        begin = time.perf_counter()
        ask("PUT", f"{base}/parts/{number}", part, **{"Content-Digest": f"sha-256=:{digest}:"})
        seconds += time.perf_counter() - begin
    begin = time.perf_counter()
    ask("POST", f"{base}/complete")
    return seconds + time.perf_counter() - begin


def in_parts(env: dict[str, str], address: str, token: str, rounds: int = 3) -> Line:
    """MiB per second in parts (each hashed, then all read back and hashed again) and in one PUT."""
    port, counter = free_port(), iter(range(1000))
    version = address.removesuffix("/files")
    with Server(uvicorn("portal.asgi:create_app", port, "--factory"), port, "/healthz", env):
        seen = in_turns(
            {
                "parts": lambda: 1024 / _in_parts(port, version, token, GIB, f"parts-{next(counter)}.bin"),
                "whole": lambda: 1024 / _put(port, f"{address}/whole-{next(counter)}.bin", token, GIB),
            },
            rounds,
        )
    return Line(
        "1 GiB in parts, hashed by part and whole", "one PUT of the same size",
        median_ratio(seen["parts"], seen["whole"]), 0.4, True, seen,
    )  # fmt: skip
