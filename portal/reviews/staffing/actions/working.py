"""What a worker does for a run: reads the round under keys of the run, takes it up, keeps what was computed."""

import uuid
from typing import Any

from portal.kit.actor import SYSTEM
from portal.kit.clock import now
from portal.kit.db import Session, notify
from portal.kit.events import CHANNEL
from portal.kit.i18n import N_
from portal.notices.actions import tell
from portal.reviews.rounds.actions.common import locked
from portal.reviews.staffing.actions.inputs import gather
from portal.reviews.staffing.actions.notes import look_anew
from portal.reviews.staffing.actions.runs import RESTS, WORKS, move, topic
from portal.reviews.staffing.models import RunKind, RunState, StaffingRun
from portal.reviews.staffing.queries import runs as queries

READY = N_("A proposal is ready to be read")
SEALED = N_("The draw is sealed; it can be held now")
FAILED = N_("A computation of who reviews what has failed")
BROKEN = N_("The computation stopped with an error; the operator finds it in the worker's log.")
NOBODY = N_("No expert of the pool has room for a review.")
REFUSED = N_("The rules of the round cannot be computed with:")


def prepare(db: Session, run_id: uuid.UUID) -> None:
    """Write down what a waiting run starts from: conflicts are looked for, and the round is read as it is now."""
    run = queries.one(db, run_id)
    if run is None or run.state is not RunState.queued or run.problem or "submissions" in run.inputs:
        return
    # The round first, as everywhere.
    look_anew(db, SYSTEM, round_id=run.round_id)
    found = gather(db, locked(db, run.round_id), run.kind, invited_only=bool(run.inputs.get("invited_only")))
    run = queries.one(db, run_id, lock=True)
    if run is None or run.state is not RunState.queued:
        return
    if found is None:
        run.attempt += 1
        move(db, SYSTEM, run, RunState.running, "system")
        _fail(db, run, NOBODY)
        return
    run.people, run.inputs = found
    db.add(run)


def begin(db: Session, run_id: uuid.UUID) -> dict[str, Any] | None:
    """Take up a run that waits: what to compute, with the number of the attempt. None: there is nothing to do."""
    run = queries.one(db, run_id, lock=True)
    if run is None or run.state is not RunState.queued or "submissions" not in run.inputs:
        return None
    run.attempt += 1
    move(db, SYSTEM, run, RunState.running, "system", deadline=WORKS)
    step = "solve" if run.kind is not RunKind.lot else "draw" if run.seal else "seal"
    asked: dict[str, Any] = {
        "attempt": run.attempt, "step": step, "kind": run.kind.value, "inputs": run.inputs,
        "commitment": run.commitment,
    }  # fmt: skip
    if step == "draw":
        asked |= {"problem": run.problem, "seed": run.seed}
    return asked


def _mine(db: Session, run_id: uuid.UUID, attempt: int) -> StaffingRun | None:
    run = queries.one(db, run_id, lock=True)
    return run if run is not None and run.state is RunState.running and run.attempt == attempt else None


def say(db: Session, run_id: uuid.UUID, attempt: int, stage: str) -> bool:
    """Note what is being done; False where nobody waits for it any more."""
    run = _mine(db, run_id, attempt)
    if run is None:
        return False
    run.stage = stage[:60]
    run.touch()
    db.add(run)
    notify(db, CHANNEL, topic(run.id))
    return True


def finish(db: Session, run_id: uuid.UUID, attempt: int, found: dict[str, Any]) -> None:
    """Keep what was computed. What a later attempt or a cancellation has overtaken is dropped."""
    run = _mine(db, run_id, attempt)
    if run is None:
        return
    if "refused" in found:
        run.result = {"refused": found["refused"]}
        _fail(db, run, REFUSED)
        return
    answer = dict(found["answer"])
    run.problem = answer.pop("problem")
    if run.kind is RunKind.lot and not run.seal:
        run.seal, run.sealed_at, run.result = answer.pop("seal"), now(), answer
        move(db, SYSTEM, run, RunState.sealed, "system", deadline=RESTS)
        _tell(db, run, SEALED)
        return
    run.record = answer.pop("record", {})
    run.result = answer
    if run.kind is RunKind.lot:
        run.drawn_at = now()
    move(db, SYSTEM, run, RunState.done, "system", deadline=RESTS)
    _tell(db, run, READY)


def give_up(db: Session, run_id: uuid.UUID, attempt: int) -> None:
    """The attempt has ended in an error of the program."""
    run = _mine(db, run_id, attempt)
    if run is not None:
        _fail(db, run, BROKEN)


def _fail(db: Session, run: StaffingRun, reason: str) -> None:
    move(db, SYSTEM, run, RunState.failed, "system", deadline=RESTS, reason=reason)
    _tell(db, run, FAILED)


def _tell(db: Session, run: StaffingRun, message: str) -> None:
    tell(db, run.created_by, message=message, url=f"/rounds/{run.round_id}/staffing/{run.id}")
