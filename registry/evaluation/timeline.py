"""The history of an evaluation as pages show it."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from portal.kit.i18n import N_, _, label
from registry.evaluation.failures import FAILURES
from registry.evaluation.models import ACTIVE, EvaluationEvent, EvaluationState

RETRIED = N_("Attempt %(n)s ended: %(why)s. It is tried again.")
GIVEN_BACK = N_("The worker stopped in good order; attempt %(n)s does not count.")
ATTEMPT = N_("Attempt %(n)s")
_PATH = (
    EvaluationState.requested,
    EvaluationState.queued,
    EvaluationState.predicting,
    EvaluationState.scoring,
    EvaluationState.done,
)


def known_by(events: Sequence[EvaluationEvent], state: EvaluationState) -> Sequence[EvaluationEvent]:
    """The events up to the last that led to ``state``, all of them if none did.

    The row may have been read before its events; a later event shown beside an older state would keep a reader's
    stream, which goes on after the last event it was given, at that older state.
    """
    for end in range(len(events), 0, -1):
        if events[end - 1].state is state:
            return events[:end]
    return events


def items(events: Sequence[EvaluationEvent], state: EvaluationState) -> list[dict[str, Any]]:
    """Items for ``ui.timeline``, oldest first; the last one is where the evaluation stands."""
    shown = []
    for number, event in enumerate(events, start=1):
        current = number == len(events)
        shown.append(
            {
                "label": label(event.state),
                "level": event.state.level if current or event.state not in ACTIVE else "good",
                "at": event.at,
                "detail": _detail(event),
                "current": current and state in ACTIVE,
            }
        )
    return shown


def _detail(event: EvaluationEvent) -> str | None:
    if event.state is EvaluationState.queued and event.note:
        if event.note == "released":
            return _(GIVEN_BACK, n=event.attempt_no)
        failure = FAILURES.get(event.note)
        return _(RETRIED, n=event.attempt_no, why=_(failure.title) if failure else event.note)
    if event.note in FAILURES:
        return _(FAILURES[event.note].title)
    if event.state is EvaluationState.predicting and event.attempt_no > 1:
        return _(ATTEMPT, n=event.attempt_no)
    return None


def steps(events: Sequence[EvaluationEvent], state: EvaluationState) -> list[dict[str, Any]]:
    """The straight path for ``ui.steps``: what is done, what is under way, what is to come."""
    if state not in _PATH:
        return []
    times: dict[EvaluationState, dt.datetime] = {event.state: event.at for event in events}
    here = _PATH.index(state)
    found = []
    for number, step in enumerate(_PATH):
        where = "done" if number < here or state is EvaluationState.done else "todo"
        if number == here and state is not EvaluationState.done:
            where = "current"
        found.append(
            {"label": label(step), "state": where, "at": times.get(step) if number <= here else None}
        )
    return found
