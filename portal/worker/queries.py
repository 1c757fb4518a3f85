"""Jobs whose worker gives no sign of life. One statement per job: what was looked at is what is changed."""

from sqlalchemy import text

from portal.kit.db import Session

_STALLED = text(
    """
    SELECT j.id FROM procrastinate_jobs j LEFT JOIN procrastinate_workers w ON w.id = j.worker_id
    WHERE j.status = 'doing'
      AND (w.id IS NULL OR w.last_heartbeat < clock_timestamp() - make_interval(secs => :silent))
    ORDER BY j.id LIMIT 100
    """
)
_RECOVER = text(
    """
    UPDATE procrastinate_jobs j SET
      attempts = j.attempts + 1,
      scheduled_at = clock_timestamp(),
      status = CASE
        WHEN j.attempts >= :poisonous THEN 'failed'
        WHEN EXISTS (SELECT 1 FROM procrastinate_jobs t
                     WHERE t.queueing_lock = j.queueing_lock AND t.status = 'todo') THEN 'aborted'
        ELSE 'todo' END::procrastinate_job_status
    WHERE j.id = :id AND j.status = 'doing'
      AND (j.worker_id IS NULL OR EXISTS (
        SELECT 1 FROM procrastinate_workers w
        WHERE w.id = j.worker_id AND w.last_heartbeat < clock_timestamp() - make_interval(secs => :silent)))
    RETURNING j.task_name, j.status::text
    """
)
_WAITING = text(
    """
    SELECT count(*) FROM (
      SELECT FROM procrastinate_jobs
      WHERE status = 'todo' AND queue_name IN ('cpu', 'gpu', 'himem')
        AND (scheduled_at IS NULL OR scheduled_at <= clock_timestamp())
      LIMIT 100) w
    """
)


def waiting_evaluations(db: Session) -> int:
    """Evaluations that a worker could take now, at most 100 of them."""
    return int(db.execute(_WAITING).scalar_one())


def stalled(db: Session, silent_s: float) -> list[int]:
    """Ids of jobs under way whose worker has not been heard of for ``silent_s`` seconds."""
    return list(db.execute(_STALLED, {"silent": silent_s}).scalars())


def recover(db: Session, job_id: int, silent_s: float, poisonous: int) -> tuple[str, str] | None:
    """Move one such job on: its task's name and what became of it (``todo``, ``failed``, ``aborted``)."""
    row = db.execute(_RECOVER, {"id": job_id, "silent": silent_s, "poisonous": poisonous}).first()
    return (row[0], row[1]) if row else None
