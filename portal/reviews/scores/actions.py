"""The verbs of computations: begin, take up, finish, give up."""

import datetime as dt
import secrets
import uuid

from portal.audit.actions import record
from portal.kit.actor import SYSTEM, Actor
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.errors import Conflict
from portal.kit.i18n import N_, _
from portal.kit.jobs import defer
from portal.kit.states import check_move
from portal.reviews.panels import groups
from portal.reviews.rounds.actions.common import run_by, tell_secretariat
from portal.reviews.rounds.models import RoundState
from portal.reviews.rounds.queries import basic, calibrations
from portal.reviews.scores import queries
from portal.reviews.scores.inputs import Inputs
from portal.reviews.scores.models import RUN_TRANSITIONS, RunState, ScoreRun
from portal.reviews.scores.results import Result

JOB = "review_scores.compute"
WAITS, RUNS = dt.timedelta(minutes=30), dt.timedelta(minutes=15)
"""How long a computation may wait for a worker, and run."""
NOT_TAKEN = N_("No worker took it up in time. Start it again.")
TOO_LONG = N_("It ran for too long, or its worker went away. Start it again.")
BROKEN = N_("The computation met an error of the program. The operator finds it in the worker's log.")
FAILED = N_("The scores of a round could not be computed: %(title)s")


def start(db: Session, actor: Actor, *, round_id: uuid.UUID) -> ScoreRun:
    """Compute the scores of a round whose reviews are closed. One that waits or runs already is enough."""
    round_, _standing = run_by(db, actor, round_id)
    if round_.state is not RoundState.closed:
        raise Conflict(
            _("Scores are computed while a round is closed and not yet concluded."),
            hint=_("Reviews must be in first; after the conclusion the result stays as it was."),
        )
    running = queries.live(db, round_id)
    if running is not None:
        return running
    run = ScoreRun(
        round_id=round_id, started_by=actor.id, deadline_at=now() + WAITS, seed=secrets.randbelow(2**31)
    )
    db.add(run)
    db.flush()
    record(db, actor, verb="review_score_run.queued", object=run)
    defer(db, JOB, run_id=str(run.id))
    return run


def take(db: Session, *, run_id: uuid.UUID) -> tuple[ScoreRun, Inputs] | None:
    """For the job: begin, and read what to compute from. None where somebody else has, or it is over."""
    run = queries.one(db, run_id, lock=True)
    if run is None or run.state is not RunState.queued:
        return None
    round_ = basic.one(db, run.round_id)
    if round_ is None:
        return None
    found = queries.inputs(db, round_)
    run.inputs, run.deadline_at = found.digest(), now() + RUNS
    _move(db, run, RunState.running)
    return run, found


def finish(
    db: Session, *, run_id: uuid.UUID, result: Result, told: dict[uuid.UUID, dict[str, object]]
) -> bool:
    """Keep the result and the calibrations; whether it was still wanted."""
    run = queries.one(db, run_id, lock=True)
    if run is None or run.state is not RunState.running:
        return False
    run.result, run.deadline_at = result.model_dump(mode="json"), None
    _move(db, run, RunState.done)
    calibrations.replace(db, run.round_id, told)
    return True


def give_up(db: Session, *, run_id: uuid.UUID, reason: str) -> None:
    """End a computation that is not over, with a message id that says why; the secretariat is told."""
    run = queries.one(db, run_id, lock=True)
    if run is None or run.state not in (RunState.queued, RunState.running):
        return
    run.reason, run.deadline_at = reason, None
    _move(db, run, RunState.failed)
    round_ = basic.one(db, run.round_id)
    if round_ is not None:
        tell_secretariat(db, FAILED, f"/rounds/{round_.id}/scores", title=round_.titles)


def watch(db: Session) -> int:
    """End what is overdue and begin what a phase calls for; how much that was."""
    done = 0
    for run_id in queries.overdue(db, now()):
        run = queries.one(db, run_id, lock=True)
        if run is not None:
            waits = run.state is RunState.queued
            give_up(db, run_id=run_id, reason=NOT_TAKEN if waits else TOO_LONG)
            done += 1
    for round_id in queries.uncomputed(db):
        start(db, SYSTEM, round_id=round_id)
        done += 1
    return done


groups.register(queries.ranks)


def _move(db: Session, run: ScoreRun, state: RunState) -> None:
    check_move(RUN_TRANSITIONS, run.state, state, "system")
    run.state = state
    run.touch()
    db.add(run)
    db.flush()
    record(db, SYSTEM, verb=f"review_score_run.{state}", object=run, reason=run.reason or None)
