"""Whole attempts in real jails, run by the worker's own code."""

import asyncio
import uuid
from dataclasses import replace

from sqlmodel import Session, select

from registry.evaluation.models import (
    Attempt,
    AttemptState,
    Evaluation,
    EvaluationState,
    Result,
    ResultMetric,
)
from registry.evaluation.run.attempt import run_attempt
from registry.evaluation.run.place import Place
from registry.sandbox.backend import MIB
from registry.sandbox.nsjail import NsjailBackend
from registry.sandbox.slots import SlotPool
from registry.sandbox.warm import Pool
from tests.evaluation.tiny import PERFECT, SCORER, Scene, answers
from tests.support.make import Make


def run(place: Place, evaluation_id: uuid.UUID) -> None:
    asyncio.run(run_attempt(place, evaluation_id))


def test_a_program_is_scored(db: Session, scene: Scene, place: Place) -> None:
    evaluation_id = scene.request(scene.program())
    run(place, evaluation_id)
    evaluation = db.get_one(Evaluation, evaluation_id)
    assert (evaluation.state, evaluation.failure_code, evaluation.failure_params) == (
        EvaluationState.done,
        "",
        {},
    )
    result = db.exec(select(Result)).one()
    metrics = {m.name: m for m in db.exec(select(ResultMetric).where(ResultMetric.result_id == result.id))}
    assert metrics["rmse"].value == 0.0
    assert metrics["hits"].value == 1.0
    attempt = db.exec(select(Attempt)).one()
    assert attempt.state is AttemptState.succeeded
    print(attempt.timings, attempt.usage)


def test_predictions_are_scored_without_a_predict_jail(db: Session, scene: Scene, place: Place) -> None:
    evaluation_id = scene.request(scene.predictions(answers(1.0)))
    run(place, evaluation_id)
    assert db.get_one(Evaluation, evaluation_id).state is EvaluationState.done
    metric = db.exec(select(ResultMetric).where(ResultMetric.name == "rmse")).one()
    assert metric.value == 1.0


def test_the_second_run_is_warm_in_both_steps_and_says_so(
    db: Session, make: Make, place: Place, backend: NsjailBackend
) -> None:
    """The same scores, the same profile, and the timings tell; a weak host keeps none and runs cold."""
    scene = Scene(db, make, "import numpy\n" + SCORER)
    ids = [
        scene.request(scene.program("import numpy\n" + PERFECT, number=f"1.0.{number}"))
        for number in range(2)
    ]

    async def both() -> None:
        pool = Pool(backend, place.slots, memory_bytes=512 * MIB, jails=2)
        try:
            for evaluation_id in ids:
                await run_attempt(replace(place, pool=pool), evaluation_id)
                await pool.settle()
        finally:
            await pool.close()

    place.slots = SlotPool(backend.work / "slots", 6)
    asyncio.run(both())
    warm = 1.0 if backend.grade == "strong" else 0.0
    for evaluation_id, expected in zip(ids, (0.0, warm), strict=True):
        assert db.get_one(Evaluation, evaluation_id).state is EvaluationState.done
        attempt = db.exec(select(Attempt).where(Attempt.evaluation_id == evaluation_id)).one()
        assert (attempt.timings["predict_warm"], attempt.timings["score_warm"]) == (expected, expected)
    first, second = db.exec(select(Result)).all()
    assert first.profile_digest == second.profile_digest
    assert first.predictions_digest == second.predictions_digest
