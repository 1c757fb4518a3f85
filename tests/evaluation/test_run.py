"""Whole attempts in real jails, run by the worker's own code."""

import asyncio
import uuid

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
from tests.evaluation.tiny import Scene, answers


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
