"""A national registry's numbers: 10,000 assets against 100, and a board of 5,000 entries against its SQL alone."""

import itertools
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg

from bench.support import ROOT, Line, Server, database, free_port, in_turns, median_ratio, uvicorn

LARGE, SMALL = 10_000, 100
BOARD = "/benchmarks/scale-000/benchmark-00000/leaderboard"
SORTS = ("updated", "name", "downloads")
PER_TURN = 40


def run(home: Path, rounds: int = 9) -> list[Line]:
    """Both databases are filled by ``cspon demo --scale``; their servers run side by side."""
    with ExitStack() as stack:
        large = stack.enter_context(_site(home / "large", LARGE))
        small = stack.enter_context(_site(home / "small", SMALL))
        return [_lists(large, small, rounds), *_boards(large, rounds)]


class _Site:
    """A running server of one size, and the address of its database."""

    def __init__(self, port: int, database_url: str) -> None:
        self.browser = httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"Accept-Language": "zh-CN"})
        self.database_url = database_url

    def seconds(self, paths: Iterator[str], count: int) -> float:
        """Time of so many pages, one after the other; all must be 200."""
        begin = time.perf_counter()
        for path in itertools.islice(paths, count):
            self.browser.get(path).raise_for_status()
        return time.perf_counter() - begin


@contextmanager
def _site(home: Path, assets: int) -> Iterator[_Site]:
    with database(home) as url:
        env = {**os.environ, "CSPON_DATABASE_URL": url, "CSPON_HOME": str(home)}
        command = [str(Path(sys.executable).parent / "cspon"), "demo", "--scale", str(assets)]
        subprocess.run(command, cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)
        port = free_port()
        with Server(uvicorn("portal.asgi:create_app", port, "--factory"), port, "/assets", env):
            yield _Site(port, url)


def _many_lists() -> Iterator[str]:
    """Lists whose counts beside the filters no cache holds; at either size every page is full."""
    pairs = itertools.product(range(20, 61), SORTS)
    return itertools.cycle([f"/assets?size={size}&sort={sort}" for size, sort in pairs])


def _lists(large: _Site, small: _Site, rounds: int) -> Line:
    many, few = _many_lists(), _many_lists()
    seen = in_turns(
        {"large": lambda: large.seconds(many, PER_TURN), "small": lambda: small.seconds(few, PER_TURN)},
        rounds,
    )
    return Line(
        f"list with facets, {LARGE:,} assets", f"the same with {SMALL}",
        median_ratio(seen["large"], seen["small"]), 2.0, False, seen,
    )  # fmt: skip


def _boards(site: _Site, rounds: int) -> list[Line]:
    lines = []
    with psycopg.connect(site.database_url.replace("postgresql+psycopg://", "postgresql://")) as connection:
        for name, path, count in (("a page of it", BOARD, 10), ("all of it as CSV", f"{BOARD}.csv", 2)):
            asked = _statements(site, path)

            def alone(asked: list[tuple[str, Any]] = asked, count: int = count) -> float:
                return _replayed(connection, asked, count)

            def page(path: str = path, count: int = count) -> float:
                return site.seconds(itertools.repeat(path), count)

            seen = in_turns({"board": page, "sql": alone}, rounds)
            ratio = median_ratio(seen["board"], seen["sql"])
            lines.append(
                Line(f"board of 5,000 entries, {name}", "its SQL statements alone", ratio, 3.0, False, seen)
            )
    return lines


def _statements(site: _Site, path: str) -> list[tuple[str, Any]]:
    """What the page asks of the database: statements with their values, as the driver gets them."""
    import warnings

    from sqlalchemy import event

    from portal.kit import db as kit_db

    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

    from portal.app import create_app

    kit_db.configure(site.database_url)
    seen: list[tuple[str, Any]] = []

    def keep(_connection: object, _cursor: object, statement: str, values: Any, *_rest: object) -> None:
        seen.append((statement, values))

    event.listen(kit_db.engine(), "before_cursor_execute", keep)
    with TestClient(create_app(), base_url=str(site.browser.base_url)) as client:
        client.get(path).raise_for_status()
    event.remove(kit_db.engine(), "before_cursor_execute", keep)
    return seen


def _replayed(connection: psycopg.Connection[Any], asked: list[tuple[str, Any]], count: int) -> float:
    begin = time.perf_counter()
    for _n in range(count):
        for statement, values in asked:
            connection.execute(statement, values).fetchall()
        connection.rollback()
    return time.perf_counter() - begin
