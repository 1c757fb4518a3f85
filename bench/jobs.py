"""No-op jobs end to end (deferred by our kit, run by Procrastinate), against a bare SKIP LOCKED loop."""

import asyncio
import time

import procrastinate
import psycopg

from bench.support import Line, in_turns, median_ratio
from portal.kit import jobs
from portal.kit.db import configure, raw_dsn, transaction
from portal.worker.fetching import Fetching
from portal.worker.main import OTHER_JOBS

COUNT = 1000
_done: list[int] = []


@jobs.job("bench.noop", queue="bench")
async def noop(n: int) -> None:
    """Nothing, but counted."""
    _done.append(n)


def _ours() -> float:
    _done.clear()
    begin = time.perf_counter()
    with transaction() as db:
        for n in range(COUNT):
            jobs.defer(db, "bench.noop", queue="bench", n=n)
    asyncio.run(_work())
    assert sorted(_done) == list(range(COUNT))
    return COUNT / (time.perf_counter() - begin)


async def _work() -> None:
    """As the worker does it: its connections, its concurrency, its way with finished jobs."""
    connections = jobs.pool(raw_dsn())
    await connections.open(wait=True)
    with jobs.app.replace_connector(procrastinate.PsycopgConnector()) as app:
        async with app.open_async(connections):
            await Fetching("bench", ["bench"], OTHER_JOBS, asyncio.Event()).drain()
    await connections.close()


def _bare() -> float:
    """One connection: insert all in one transaction, then select + update one at a time, one commit each."""
    with psycopg.connect(raw_dsn(), autocommit=False) as connection:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS bench_queue (id bigserial PRIMARY KEY, state text, n int)"
        )
        connection.execute("TRUNCATE bench_queue")
        connection.commit()
        begin = time.perf_counter()
        with connection.cursor() as cursor:
            for n in range(COUNT):
                cursor.execute("INSERT INTO bench_queue (state, n) VALUES ('todo', %s)", (n,))
        connection.commit()
        for _n in range(COUNT):
            row = connection.execute(
                "SELECT id FROM bench_queue WHERE state = 'todo' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED"
            ).fetchone()
            assert row
            connection.execute("UPDATE bench_queue SET state = 'done' WHERE id = %s", row)
            connection.commit()
        return COUNT / (time.perf_counter() - begin)


def run(database_url: str, rounds: int = 5) -> Line:
    """Jobs per second, both from the insert on."""
    configure(database_url)
    seen = in_turns({"ours": _ours, "bare": _bare}, rounds)
    return Line(
        "no-op jobs end to end", "bare SKIP LOCKED select + update",
        median_ratio(seen["ours"], seen["bare"]), 0.25, True, seen,
    )  # fmt: skip
