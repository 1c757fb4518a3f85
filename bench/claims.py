"""The claim by fair share among 100,000 waiting evaluations, against a bare SKIP LOCKED claim of the oldest."""

import time

import psycopg
from sqlalchemy import text
from sqlmodel import Session

from bench.support import Line, in_turns, median_ratio
from portal.kit import db as kit_db
from registry.evaluation.queries import claims
from registry.workers.models import QueueRule

PEOPLE, EACH = 200, 500
CLAIMS = 20
BARE = """
SELECT id FROM evaluation WHERE state = 'queued' AND queue = 'cpu' AND ready_at <= clock_timestamp()
ORDER BY created_at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
"""


def fill(db: Session) -> None:
    """100,000 evaluations of 200 people wait; rows they point to are left out, for claims never read them."""
    db.execute(text("SET LOCAL session_replication_role = replica"))
    db.execute(
        text(
            """
            INSERT INTO evaluation (id, version_id, asset_id, benchmark_id, submitted_by, state, deadline_at,
                attempt_count, priority, queue, ready_at, quota_returned, failure_code, failure_params,
                created_at, updated_at)
            SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), md5('b')::uuid, md5('p' || p)::uuid,
                'queued', now() + interval '1 day', 0, 0, 'cpu', now(), false, '', '{}',
                now() - make_interval(secs => n), now()
            FROM generate_series(1, :people) p, generate_series(1, :each) n
            """
        ),
        {"people": PEOPLE, "each": EACH},
    )
    db.execute(
        text(
            "INSERT INTO fair_share (account_id, slot_s, at, served_at)"
            " SELECT md5('p' || p)::uuid, p * 7 % 100, now(), now() FROM generate_series(1, :people) p"
        ),
        {"people": PEOPLE},
    )


def _ours() -> float:
    """Seconds per claim: the statement and its lock, given back at the end."""
    with Session(kit_db.engine()) as db:
        begin = time.perf_counter()
        for _ in range(CLAIMS):
            assert claims.next_waiting(db, QueueRule(), ("cpu",)) is not None
            db.rollback()
        return (time.perf_counter() - begin) / CLAIMS


def _bare() -> float:
    with psycopg.connect(kit_db.raw_dsn()) as connection:
        connection.execute(
            "CREATE INDEX IF NOT EXISTS bench_bare ON evaluation (created_at) WHERE state = 'queued'"
        )
        connection.commit()
        begin = time.perf_counter()
        for _ in range(CLAIMS):
            assert connection.execute(BARE).fetchone() is not None
            connection.rollback()
        return (time.perf_counter() - begin) / CLAIMS


def run(database_url: str, rounds: int = 5) -> Line:
    """Seconds per claim, ours over bare; both take and give back a lock on one of 100,000 rows."""
    kit_db.configure(database_url)
    with Session(kit_db.engine()) as db:
        fill(db)
        db.commit()
    with psycopg.connect(kit_db.raw_dsn(), autocommit=True) as connection:
        connection.execute("ANALYZE evaluation")
    try:
        seen = in_turns({"ours": _ours, "bare": _bare}, rounds)
    finally:
        with psycopg.connect(kit_db.raw_dsn(), autocommit=True) as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute("DROP INDEX IF EXISTS bench_bare")
            connection.execute("DELETE FROM evaluation WHERE benchmark_id = md5('b')::uuid")
            connection.execute("DELETE FROM fair_share")
    return Line(
        "claim by fair share, 100,000 waiting of 200 people", "bare SKIP LOCKED claim",
        median_ratio(seen["ours"], seen["bare"]), 40, False, seen,
    )  # fmt: skip
