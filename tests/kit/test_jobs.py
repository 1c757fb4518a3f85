"""Jobs deferred in a transaction: a job that waits already runs after whoever relied on it has committed."""

from sqlalchemy import text
from sqlmodel import Session

from portal.kit.db import transaction
from portal.kit.jobs import defer

FETCH = text("SELECT id FROM procrastinate_fetch_job_v2(NULL, :worker)")
REGISTER = text("SELECT worker_id FROM procrastinate_register_worker_v1()")
NAME = "evaluation.board"


def fetched(db: Session) -> list[int]:
    """What a worker that asks now is given."""
    worker = db.execute(REGISTER).scalar_one()
    found = [one for one in db.execute(FETCH, {"worker": worker}).scalars() if one is not None]
    db.commit()
    return found


def waiting(db: Session) -> int:
    db.rollback()
    return int(db.execute(text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'")).scalar_one())


def ask(session: Session) -> None:
    defer(session, NAME, queueing_lock="board/1", benchmark_id="1")


def test_a_waiting_job_is_not_taken_before_the_commit_that_relies_on_it(db: Session) -> None:
    with transaction() as first:
        ask(first)
    with transaction() as second:
        ask(second)
        assert fetched(db) == []
    assert waiting(db) == 1
    assert len(fetched(db)) == 1


def test_one_is_queued_anew_where_the_first_has_begun(db: Session) -> None:
    with transaction() as first:
        ask(first)
    assert len(fetched(db)) == 1
    with transaction() as second:
        ask(second)
    assert waiting(db) == 1
    with transaction() as third:
        ask(third)
    assert waiting(db) == 1
