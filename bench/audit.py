"""What the log costs: an action with its event against the same action without; verifying against hashing."""

import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import text
from sqlmodel import Session

from bench.support import Line, in_turns, median_ratio
from portal.accounts.models import Account, Namespace
from portal.audit import actions as audit
from portal.audit import exports, leaves, merkle
from portal.audit.reading import own_log
from portal.audit.verifying import verify
from portal.kit import db as kit_db
from portal.kit.actor import Actor
from registry.assets import actions
from registry.assets.forms import AssetInput
from registry.assets.models import AssetKind

ACTIONS = 60
EVENTS = 100_000
COMMITS = 480
WRITERS = {1: 1.5, 4: 3.0, 16: 6.0}
"""How many write at once, and the bound of the ratio."""
FILL = """
INSERT INTO audit_event (at, actor_name, verb, object_type, object_id, reason, evidence)
SELECT clock_timestamp(), 'somebody', 'evaluation.queued', 'evaluation', gen_random_uuid()::text, 'because ' || n,
  jsonb_build_object('attempt', n, 'digest', md5(n::text)) FROM generate_series(1, :count) n
"""


def _person() -> tuple[Actor, Any]:
    with Session(kit_db.engine(), expire_on_commit=False) as db:
        account = Account(email="bench-log@example.org", name="bench", sort_key="bench", password_hash="!")  # noqa: S106
        db.add(account)
        db.flush()
        namespace = Namespace(slug="bench-log", display_name="bench", account_id=account.id)
        db.add(namespace)
        db.commit()
        return Actor(id=account.id, name="bench", namespace="bench-log"), namespace.id


def _actions(actor: Actor, namespace_id: Any, name: str) -> float:
    """Seconds for making assets, each in a transaction of its own."""
    begin = time.perf_counter()
    for n in range(ACTIONS):
        with kit_db.transaction() as db:
            given = AssetInput(
                namespace="bench-log", name=f"{name}-{n}", kind=AssetKind.model, title="标题", licence="MIT"
            )
            actions.create(db, actor, namespace_id=namespace_id, given=given)
    return time.perf_counter() - begin


def _append() -> Line:
    actor, namespace_id = _person()
    kept, count = actions.record, 0

    def name() -> str:
        nonlocal count
        count += 1
        return f"log{count}"

    def without() -> float:
        actions.record = lambda *_args, **_kwargs: None  # type: ignore[assignment]
        try:
            return _actions(actor, namespace_id, name())
        finally:
            actions.record = kept

    seen = in_turns({"ours": lambda: _actions(actor, namespace_id, name()), "without": without}, 9)
    return Line(
        "making an asset with its audit event", "the same without", median_ratio(seen["ours"], seen["without"]),
        1.25, False, seen,
    )  # fmt: skip


def _setup_writers() -> None:
    """A row for each writer to change, and the log's table once more without what makes leaves of it."""
    with psycopg.connect(kit_db.raw_dsn(), autocommit=True) as connection:
        connection.execute("CREATE TABLE bench_thing (id int PRIMARY KEY, n int NOT NULL)")
        connection.execute("INSERT INTO bench_thing SELECT g, 0 FROM generate_series(1, 16) g")
        connection.execute("CREATE TABLE bench_event (LIKE audit_event INCLUDING ALL)")


def _commits(table: str, writers: int) -> float:
    """Seconds for the same number of transactions by so many at once: a row changed, an event written."""
    begin_together = threading.Barrier(writers + 1)
    event = (
        f"INSERT INTO {table} (at, actor_name, verb, object_type, object_id, evidence)"
        " VALUES (clock_timestamp(), 'somebody', 'thing.done', 'thing', %s, '{}')"
    )

    def write(number: int) -> None:
        with psycopg.connect(kit_db.raw_dsn()) as connection:
            begin_together.wait()
            for _ in range(COMMITS // writers):
                connection.execute("UPDATE bench_thing SET n = n + 1 WHERE id = %s", (number,))
                connection.execute(event, (str(number),))
                connection.commit()

    threads = [threading.Thread(target=write, args=(number + 1,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    begin_together.wait()
    begin = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - begin


def _throughput() -> list[Line]:
    """Audited commits wait for each other, others share a flush: what that costs by the number of writers."""
    _setup_writers()
    lines = []
    for writers, bound in WRITERS.items():
        ours, without = partial(_commits, "audit_event", writers), partial(_commits, "bench_event", writers)
        seen = in_turns({"ours": ours, "without": without}, 5)
        ratio = median_ratio(seen["ours"], seen["without"])
        rates = {f"{name} per s": [round(COMMITS / s) for s in times] for name, times in seen.items()}
        name = f"{COMMITS} audited commits by {writers} at once"
        lines.append(Line(name, "the same without leaves", ratio, bound, False, {**seen, **rates}))
    return lines


def _verifying(folder: Path) -> Line:
    with Session(kit_db.engine()) as db:
        for _ in range(10):
            db.execute(text(FILL), {"count": EVENTS // 10})
            db.commit()
            audit.sign_checkpoint(db)
            db.commit()
    file = folder / "log.export"
    with Session(kit_db.engine()) as db:
        exports.write(file, own_log(db))

    def hashing() -> float:
        begin = time.perf_counter()
        for entry in exports.read(file).entries:
            made = leaves.written(entry.event())
            assert made is not None
            merkle.leaf_hash(made)
        return time.perf_counter() - begin

    def verifying() -> float:
        begin = time.perf_counter()
        assert verify(exports.read(file)).ok
        return time.perf_counter() - begin

    seen = in_turns({"ours": verifying, "hashing": hashing}, 5)
    return Line(
        "verifying an export of 100,000 events", "making and hashing their leaves",
        median_ratio(seen["ours"], seen["hashing"]), 2, False, seen,
    )  # fmt: skip


def run(database_url: str, folder: Path) -> list[Line]:
    """Append in the action's transaction; many at once; verify an exported log."""
    kit_db.configure(database_url)
    return [_append(), *_throughput(), _verifying(folder)]
