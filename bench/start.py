"""Start of the web process to its first 200, against a bare FastAPI application."""

from bench.support import Line, Server, free_port, in_turns, median_ratio, uvicorn


def run(database_url: str, home: str, rounds: int = 5) -> Line:
    """Both by uvicorn with one worker; ours with a running database and warm caches of compiled templates."""
    env = {"CSPON_DATABASE_URL": database_url, "CSPON_HOME": home}

    def ours() -> float:
        port = free_port()
        with Server(uvicorn("portal.asgi:create_app", port, "--factory"), port, "/about", env) as server:
            return server.started_s

    def bare() -> float:
        port = free_port()
        with Server(uvicorn("bench.peers:bare", port), port, "/hello") as server:
            return server.started_s

    ours()
    seen = in_turns({"ours": ours, "bare": bare}, rounds)
    return Line(
        "start of the web process to first 200", "a bare FastAPI app",
        median_ratio(seen["ours"], seen["bare"]), 8.0, False, seen,
    )  # fmt: skip
