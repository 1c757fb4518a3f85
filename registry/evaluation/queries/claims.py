"""Which evaluation goes next, and what everybody has used: the fair-share rule as SQL (ADR 0025).

Slot-seconds used = those in ``fair_share`` (decayed with the half-life of the rule) + those of attempts not settled
yet. A running attempt counts at least the usual length on its benchmark, so that slots that become free together do
not all go to the same person. Attempts that the platform spoilt count nothing, and nothing what others had run anew.
"""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from portal.kit.db import Session
from registry.evaluation.failures import FAILURES
from registry.evaluation.models import Evaluation
from registry.evaluation.queries.leases import locked_queued
from registry.workers.models import QueueRule

PLATFORMS = [code for code, failure in FAILURES.items() if failure.whose != "user"]
BATCH = 1000

_HEADS = """
WITH RECURSIVE heads AS (
  -- One probe of ix_evaluation_waiting per person and queue: never a scan of all that waits.
  SELECT q.queue, h.* FROM unnest(CAST(:queues AS text[])) AS q(queue) CROSS JOIN LATERAL (
    SELECT e.submitted_by, e.priority, e.created_at FROM evaluation e
    WHERE e.state = 'queued' AND e.queue = q.queue AND e.ready_at <= clock_timestamp()
    ORDER BY e.submitted_by, e.priority DESC, e.created_at LIMIT 1) h
  UNION ALL
  SELECT p.queue, h.* FROM heads p CROSS JOIN LATERAL (
    SELECT e.submitted_by, e.priority, e.created_at FROM evaluation e
    WHERE e.state = 'queued' AND e.queue = p.queue AND e.submitted_by > p.submitted_by
      AND e.ready_at <= clock_timestamp()
    ORDER BY e.submitted_by, e.priority DESC, e.created_at LIMIT 1) h
)"""
_USED = """
live AS (
  SELECT e.submitted_by AS account_id,
    count(*) FILTER (WHERE a.ended_at IS NULL) AS running,
    max(coalesce(a.ended_at, clock_timestamp())) AS served_at,
    sum(CASE
      WHEN e.priority < 0 THEN 0
      WHEN a.ended_at IS NULL THEN
        greatest(extract(epoch FROM clock_timestamp() - a.started_at), coalesce(p.seconds, 1))
      WHEN a.state = 'lost' OR a.failure_code = ANY (:platforms) THEN 0
      ELSE extract(epoch FROM a.ended_at - a.started_at) END)::float8 AS slot_s
  FROM attempt a JOIN evaluation e ON e.id = a.evaluation_id LEFT JOIN pace p ON p.benchmark_id = e.benchmark_id
  WHERE NOT a.settled GROUP BY 1
),
ranked AS (
  SELECT h.queue, h.submitted_by, h.created_at, coalesce(l.running, 0) AS running,
    h.priority + floor(extract(epoch FROM
      clock_timestamp() - greatest(h.created_at, f.served_at, l.served_at)) / :ageing_s)::int AS class,
    coalesce(f.slot_s * power(0.5, extract(epoch FROM clock_timestamp() - f.at)::float8 / :half_life_s), 0)
      + coalesce(l.slot_s, 0) AS used_s
  FROM heads h LEFT JOIN fair_share f ON f.account_id = h.submitted_by
    LEFT JOIN live l ON l.account_id = h.submitted_by
)"""
# The order of the sub-select is the order of the nested loop that a LATERAL with LIMIT demands; sorting again outside
# would lock the first of everybody before one is taken.
NEXT = text(
    f"""{_HEADS}, {_USED}
SELECT one.id, fair.submitted_by FROM (
  SELECT * FROM ranked WHERE running < :user_running ORDER BY class DESC, used_s, created_at, submitted_by) fair
CROSS JOIN LATERAL (
  SELECT e.id FROM evaluation e
  WHERE e.state = 'queued' AND e.queue = fair.queue AND e.submitted_by = fair.submitted_by
    AND e.ready_at <= clock_timestamp()
  ORDER BY e.priority DESC, e.created_at, e.id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED) one
LIMIT 1"""  # noqa: S608 - parts of this module only
)
_WAITING = f"""{_HEADS}, {_USED}
SELECT r.submitted_by, r.class, r.used_s, r.running, w.n, w.seconds FROM ranked r CROSS JOIN LATERAL (
  SELECT count(*) AS n, coalesce(sum(coalesce(p.seconds, :usual_s)), 0)::float8 AS seconds
  FROM evaluation e LEFT JOIN pace p ON p.benchmark_id = e.benchmark_id
  WHERE e.state = 'queued' AND e.queue = r.queue AND e.submitted_by = r.submitted_by) w"""  # noqa: S608
WAITING = text(_WAITING)
_OWN_AHEAD = text(
    """
    SELECT count(*), coalesce(sum(coalesce(p.seconds, :usual_s)), 0)::float8
    FROM evaluation e JOIN evaluation mine ON mine.id = :id LEFT JOIN pace p ON p.benchmark_id = e.benchmark_id
    WHERE e.state = 'queued' AND e.queue = mine.queue AND e.submitted_by = mine.submitted_by
      AND (-e.priority, e.created_at, e.id) < (-mine.priority, mine.created_at, mine.id)
    """
)
_RUNNING = text(
    """
    SELECT count(*) FROM attempt a JOIN evaluation e ON e.id = a.evaluation_id
    WHERE NOT a.settled AND a.ended_at IS NULL AND e.submitted_by = :account
    """
)
_SETTLE = text(
    """
    WITH due AS (
      UPDATE attempt SET settled = true WHERE id IN (
        SELECT id FROM attempt WHERE NOT settled AND ended_at IS NOT NULL LIMIT :batch FOR NO KEY UPDATE SKIP LOCKED)
      RETURNING evaluation_id, started_at, ended_at, state, failure_code
    ), used AS (
      SELECT e.submitted_by, e.benchmark_id, d.state, d.ended_at,
        extract(epoch FROM d.ended_at - d.started_at)::float8 AS seconds,
        CASE WHEN e.priority < 0 OR d.state = 'lost' OR d.failure_code = ANY (:platforms) THEN 0
          ELSE extract(epoch FROM d.ended_at - d.started_at)::float8
            * power(0.5, extract(epoch FROM clock_timestamp() - d.ended_at)::float8 / :half_life_s) END AS charged
      FROM due d JOIN evaluation e ON e.id = d.evaluation_id
    ), shares AS (
      INSERT INTO fair_share AS f (account_id, slot_s, at, served_at)
      SELECT submitted_by, sum(charged), clock_timestamp(), max(ended_at) FROM used GROUP BY 1 ORDER BY 1
      ON CONFLICT (account_id) DO UPDATE SET
        slot_s = excluded.slot_s
          + f.slot_s * power(0.5, extract(epoch FROM excluded.at - f.at)::float8 / :half_life_s),
        at = excluded.at, served_at = greatest(f.served_at, excluded.served_at)
      RETURNING 1
    ), paces AS (
      INSERT INTO pace AS p (benchmark_id, seconds, n)
      SELECT benchmark_id, avg(seconds), count(*) FROM used WHERE state = 'succeeded' GROUP BY 1 ORDER BY 1
      ON CONFLICT (benchmark_id) DO UPDATE SET
        seconds = (p.seconds * least(p.n, 20) + excluded.seconds * excluded.n) / (least(p.n, 20) + excluded.n),
        n = p.n + excluded.n
      RETURNING 1
    )
    SELECT (SELECT count(*) FROM due) + 0 * (SELECT count(*) FROM shares) + 0 * (SELECT count(*) FROM paces)
    """
)
USUAL_S = 60.0
"""Taken for the length of an evaluation on a benchmark that nobody has finished yet."""


def figures(rule: QueueRule) -> dict[str, Any]:
    """The rule's figures as the statements take them."""
    return {"half_life_s": rule.half_life_s, "ageing_s": rule.ageing_s, "platforms": PLATFORMS}


def next_waiting(db: Session, rule: QueueRule, queues: Sequence[str]) -> Evaluation | None:
    """The evaluation that goes next in these queues, locked; None where nothing may be taken.

    Others who claim at the same time are passed by, not waited for.
    """
    values = {**figures(rule), "queues": list(queues), "user_running": rule.user_running}
    row = db.execute(NEXT, values).first()
    return locked_queued(db, row.id) if row else None


def running_of(db: Session, account_id: uuid.UUID) -> int:
    """Evaluations of somebody that hold a slot."""
    return int(db.execute(_RUNNING, {"account": account_id}).scalar_one())


def settle(db: Session, rule: QueueRule) -> int:
    """Put what ended attempts used into the shares, and their length into the paces; how many attempts."""
    values = {"batch": BATCH, "platforms": PLATFORMS, "half_life_s": rule.half_life_s}
    return int(db.execute(_SETTLE, values).scalar_one())


def contenders(db: Session, rule: QueueRule, queue: str) -> list[Any]:
    """Everybody with work waiting in a queue: class, slot-seconds used, number and seconds waiting."""
    return list(db.execute(WAITING, {**figures(rule), "queues": [queue], "usual_s": USUAL_S}))


def own_ahead(db: Session, evaluation_id: uuid.UUID) -> tuple[int, float]:
    """How many of the same person's evaluations go before this one, and their seconds."""
    row = db.execute(_OWN_AHEAD, {"id": evaluation_id, "usual_s": USUAL_S}).one()
    return int(row[0]), float(row[1])
