"""Pages against what they could cost at the least: a hand-written list page, and hello JSON of the same application."""

from collections.abc import Mapping

from bench.support import Line, Server, free_port, in_turns, median_ratio, requests_per_second, uvicorn


def run_list(our_port: int, env: Mapping[str, str], rounds: int = 7) -> Line:
    """60 rows of HTML; requests per second of both."""
    port = free_port()
    with Server(uvicorn("bench.peers:raw", port, "--factory"), port, "/list", env):
        seen = in_turns(
            {
                "ours": lambda: requests_per_second(our_port, "/assets?size=60"),
                "raw": lambda: requests_per_second(port, "/list"),
            },
            rounds,
        )
    return Line(
        "list page of 60 rows", "raw psycopg + the same template",
        median_ratio(seen["ours"], seen["raw"]), 0.6, True, seen,
    )  # fmt: skip


def run_detail(our_port: int, path: str, rounds: int = 7) -> Line:
    """The detail page of an asset; hello JSON is /healthz, which passes the same middleware."""
    seen = in_turns(
        {
            "ours": lambda: requests_per_second(our_port, path),
            "hello": lambda: requests_per_second(our_port, "/healthz"),
        },
        rounds,
    )
    return Line(
        "detail page of an asset", "hello JSON of the same app",
        median_ratio(seen["ours"], seen["hello"]), 0.06, True, seen,
    )  # fmt: skip
