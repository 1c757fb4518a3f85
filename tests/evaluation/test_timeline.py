"""What a page shows of an evaluation's history when its row was read before a later move."""

from portal.kit.clock import now
from portal.kit.ids import new_id
from registry.evaluation.models import EvaluationEvent, EvaluationState
from registry.evaluation.timeline import known_by


def _events(*states: EvaluationState) -> list[EvaluationEvent]:
    evaluation = new_id()
    return [
        EvaluationEvent(evaluation_id=evaluation, state=state, at=now(), attempt_no=0) for state in states
    ]


def test_a_move_after_the_row_was_read_is_left_to_the_stream() -> None:
    events = _events(EvaluationState.requested, EvaluationState.queued, EvaluationState.predicting)
    assert known_by(events, EvaluationState.queued) == events[:2]


def test_the_last_of_several_events_of_a_state_counts() -> None:
    events = _events(
        EvaluationState.requested, EvaluationState.queued, EvaluationState.predicting, EvaluationState.queued
    )
    assert known_by(events, EvaluationState.queued) == events


def test_without_an_event_of_the_state_nothing_is_left_out() -> None:
    events = _events(EvaluationState.requested, EvaluationState.queued)
    assert known_by(events, EvaluationState.done) == events
