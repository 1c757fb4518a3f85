"""Only whoever holds the lease writes; the watchdog moves on what has stopped; nothing is doubled."""

import datetime as dt
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, text
from sqlmodel import Session, col, select

from portal.kit.db import transaction
from portal.kit.errors import Conflict
from portal.kit.storage import get_store
from registry.evaluation import actions
from registry.evaluation.actions.endings import Finding, MetricValue
from registry.evaluation.models import (
    MAX_ATTEMPTS,
    Attempt,
    AttemptLog,
    AttemptState,
    Evaluation,
    EvaluationEvent,
    EvaluationState,
    Result,
)
from registry.evaluation.queries import leases
from registry.evaluation.queries.orders import Order
from registry.leases.actions import LeaseLost
from tests.evaluation.tiny import Scene, actor


def claim(evaluation_id: uuid.UUID, lease_s: float = 45.0) -> Order:
    with transaction() as db:
        order = actions.claim(
            db,
            evaluation_id=evaluation_id,
            worker="w",
            lease_s=lease_s,
            grade="strong",
            profile_digest="p" * 64,
        )
    assert order is not None
    return order


def in_transaction(function: Callable[[Session], Any]) -> Any:
    with transaction() as db:
        return function(db)


def finding() -> Finding:
    blob = get_store().put([b'{"id": "a"}\n'])
    return Finding(
        metrics=[MetricValue("rmse", 1.0, 0.5, 1.5), MetricValue("hits", 1.0, 1.0, 1.0)],
        version_digest="1" * 64,
        benchmark_digest="2" * 64,
        scorer_digest="3" * 64,
        runtime="base-py311",
        runtime_digest="4" * 64,
        scorer_runtime="base-py311",
        scorer_runtime_digest="5" * 64,
        per_item_sha256=blob.sha256,
        per_item_size=blob.size,
        predictions_digest="6" * 64,
        item_count=1,
        bootstrap_seed=7,
        resamples=100,
        predict_s=1.0,
        score_s=1.0,
        peak_memory_bytes=1,
    )


def writes(order: Order) -> dict[str, Callable[[Session], object]]:
    """Everything a worker may write."""
    lease = order.lease
    return {
        "note": lambda db: actions.note(db, lease, lease_s=45, text="late", samples=[["predict", 1, 1, 1]]),
        "to_scoring": lambda db: actions.to_scoring(db, lease, limit_s=20),
        "finish_done": lambda db: actions.finish_done(db, lease, finding()),
        "finish_failed": lambda db: actions.finish_failed(db, lease, "command_failed", {"exit_code": 1}),
        "finish_platform": lambda db: actions.finish_failed(db, lease, "sandbox_fault", {"reason": "x"}),
        "release": lambda db: actions.release(db, lease),
    }


def expire(db: Session) -> None:
    db.execute(text("UPDATE attempt SET lease_expires_at = clock_timestamp() - interval '1 second'"))
    db.commit()


def lose(db: Session, order: Order) -> None:
    expire(db)
    assert in_transaction(actions.watch).lost == 1


def cancel(db: Session, scene: Scene, order: Order) -> None:
    who = actor(scene.researcher)
    in_transaction(lambda session: actions.cancel(session, who, evaluation_id=order.lease.evaluation_id))


@pytest.mark.parametrize("how", ["lost", "cancelled", "failed", "wrong token"])
@pytest.mark.parametrize(
    "what", ["note", "to_scoring", "finish_done", "finish_failed", "finish_platform", "release"]
)
def test_without_a_lease_nothing_is_written(db: Session, scene: Scene, how: str, what: str) -> None:
    order = claim(scene.request(scene.program()))
    in_transaction(lambda s: actions.note(s, order.lease, lease_s=45))
    if how == "lost":
        lose(db, order)
    elif how == "cancelled":
        cancel(db, scene, order)
    elif how == "failed":
        in_transaction(lambda s: actions.finish_failed(s, order.lease, "log_limit", {"log_kb": 1}))
    else:
        db.execute(text("UPDATE attempt SET lease_token = gen_random_uuid()"))
        db.commit()
    before = snapshot(db)
    with pytest.raises(LeaseLost):
        in_transaction(writes(order)[what])
    db.expire_all()
    assert snapshot(db) == before


def snapshot(db: Session) -> list[Any]:
    counts = [
        db.execute(select(func.count()).select_from(t)).scalar()
        for t in (Result, AttemptLog, EvaluationEvent)
    ]
    evaluation = db.exec(select(Evaluation)).one()
    attempts = db.exec(select(Attempt)).all()
    return [
        counts,
        evaluation.state,
        evaluation.attempt_count,
        evaluation.quota_returned,
        [(a.state, a.lease_expires_at, a.usage) for a in attempts],
    ]


def test_a_lease_is_kept_by_notes(db: Session, scene: Scene) -> None:
    order = claim(scene.request(scene.program()), lease_s=5)
    first = db.exec(select(Attempt)).one()
    assert first.state is AttemptState.leased
    in_transaction(
        lambda s: actions.note(s, order.lease, lease_s=500, text="a\n", samples=[["predict", 0.5, 0.1, 9]])
    )
    in_transaction(
        lambda s: actions.note(s, order.lease, lease_s=500, text="b\n", samples=[["predict", 1.0, 0.2, 9]])
    )
    db.expire_all()
    kept = db.exec(select(Attempt)).one()
    assert kept.state is AttemptState.running
    assert kept.lease_expires_at > first.started_at + dt.timedelta(seconds=400)
    assert [sample[1] for sample in kept.usage] == [0.5, 1.0]
    assert [piece.text for piece in db.exec(select(AttemptLog).order_by(col(AttemptLog.id)))] == [
        "a\n",
        "b\n",
    ]
    assert not in_transaction(actions.watch)


def test_a_note_never_waits_for_a_move(db: Session, scene: Scene) -> None:
    """Heartbeat and state change run side by side: were they to wait for each other, one would be killed after 1 s."""
    order = claim(scene.request(scene.program()))
    in_transaction(lambda s: actions.note(s, order.lease, lease_s=45))
    with transaction() as moving, ThreadPoolExecutor(1) as pool:
        assert leases.locked(moving, order.lease.evaluation_id) is not None
        late = pool.submit(in_transaction, lambda s: actions.note(s, order.lease, lease_s=45, text="x"))
        late.result(timeout=5)
        actions.to_scoring(moving, order.lease, limit_s=20)
    db.expire_all()
    assert db.get_one(Evaluation, order.lease.evaluation_id).state is EvaluationState.scoring


def test_two_claims_of_one_evaluation_give_one_attempt(db: Session, scene: Scene) -> None:
    evaluation_id = scene.request(scene.program())
    claim(evaluation_id)
    again = in_transaction(
        lambda s: actions.claim(
            s, evaluation_id=evaluation_id, worker="w2", lease_s=45, grade="strong", profile_digest=""
        )
    )
    assert again is None
    assert len(db.exec(select(Attempt)).all()) == 1


def test_a_lost_worker_is_replaced_three_times_at_most(db: Session, scene: Scene) -> None:
    evaluation_id = scene.request(scene.program())
    for number in range(1, MAX_ATTEMPTS + 1):
        order = claim(evaluation_id)
        assert order.lease.number == number
        lose(db, order)
        db.expire_all()
    evaluation = db.get_one(Evaluation, evaluation_id)
    assert (evaluation.state, evaluation.failure_code) == (EvaluationState.failed_platform, "worker_lost")
    assert evaluation.quota_returned
    assert {a.state for a in db.exec(select(Attempt))} == {AttemptState.lost}


def test_a_released_attempt_does_not_count(db: Session, scene: Scene) -> None:
    evaluation_id = scene.request(scene.program())
    for _ in range(MAX_ATTEMPTS + 2):
        order = claim(evaluation_id)
        in_transaction(lambda s, lease=order.lease: actions.release(s, lease))
    db.expire_all()
    evaluation = db.get_one(Evaluation, evaluation_id)
    assert (evaluation.state, evaluation.attempt_count) == (EvaluationState.queued, 0)
    assert len(db.exec(select(Attempt)).all()) == MAX_ATTEMPTS + 2


def test_recording_a_result_twice_makes_one(db: Session, scene: Scene) -> None:
    """The answer to a commit was lost, and the worker tries again."""
    order = claim(scene.request(scene.program()))
    in_transaction(lambda s: actions.to_scoring(s, order.lease, limit_s=20))
    in_transaction(lambda s: actions.finish_done(s, order.lease, finding()))
    with pytest.raises(LeaseLost):
        in_transaction(lambda s: actions.finish_done(s, order.lease, finding()))
    assert len(db.exec(select(Result)).all()) == 1
    assert (
        db.execute(
            text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'evaluation.board'")
        ).scalar()
        == 1
    )


def test_predicting_cannot_jump_to_done(db: Session, scene: Scene) -> None:
    order = claim(scene.request(scene.program()))
    with pytest.raises(Conflict):
        in_transaction(lambda s: actions.finish_done(s, order.lease, finding()))
    db.expire_all()
    assert db.exec(select(Result)).all() == []


@pytest.mark.parametrize("state", ["requested", "queued", "predicting", "scoring"])
def test_every_state_has_an_end(db: Session, scene: Scene, state: str) -> None:
    evaluation_id = scene.request(scene.program())
    if state in {"predicting", "scoring"}:
        order = claim(evaluation_id)
        if state == "scoring":
            in_transaction(lambda s: actions.to_scoring(s, order.lease, limit_s=20))
    if state == "requested":
        db.execute(text("UPDATE evaluation SET state = 'requested'"))
    db.execute(text("UPDATE evaluation SET deadline_at = clock_timestamp() - interval '1 second'"))
    db.commit()
    assert in_transaction(actions.watch).overdue == 1
    db.expire_all()
    evaluation = db.get_one(Evaluation, evaluation_id)
    if state in {"predicting", "scoring"}:
        assert evaluation.state is EvaluationState.queued
        assert db.exec(select(Attempt)).one().state is AttemptState.lost
    else:
        assert evaluation.state is EvaluationState.failed_platform
        assert evaluation.quota_returned


def test_a_queued_evaluation_without_a_job_gets_one(db: Session, scene: Scene) -> None:
    scene.request(scene.program())
    jobs = text(
        "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'evaluation.run' AND status = 'todo'"
    )
    assert db.execute(jobs).scalar() == 1
    db.execute(text("DELETE FROM procrastinate_jobs"))
    db.execute(text("UPDATE evaluation SET updated_at = now() - interval '1 hour'"))
    db.commit()
    assert in_transaction(actions.watch).told == 1
    assert db.execute(jobs).scalar() == 1
    db.commit()
    assert in_transaction(actions.watch).told == 0


def test_a_running_evaluation_without_an_attempt_is_requeued(db: Session, scene: Scene) -> None:
    order = claim(scene.request(scene.program()))
    db.execute(text("DELETE FROM attempt"))
    db.commit()
    assert in_transaction(actions.watch).orphaned == 1
    db.expire_all()
    assert db.get_one(Evaluation, order.lease.evaluation_id).state is EvaluationState.queued


def test_only_one_watches_at_a_time(db: Session, scene: Scene) -> None:
    claim(scene.request(scene.program()))
    expire(db)
    with transaction() as first:
        assert actions.watch(first).lost == 1
        assert in_transaction(actions.watch).lost == 0


def test_cancelling_a_running_one_keeps_its_quota(db: Session, scene: Scene) -> None:
    order = claim(scene.request(scene.program()))
    cancel(db, scene, order)
    evaluation = db.get_one(Evaluation, order.lease.evaluation_id)
    assert evaluation.state is EvaluationState.cancelled
    assert not evaluation.quota_returned
    attempt = db.exec(select(Attempt)).one()
    assert (attempt.state, attempt.failure_code) == (AttemptState.failed, "cancelled")
