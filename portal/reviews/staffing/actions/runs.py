"""Runs: begun, committed, sealed, drawn, begun again, cancelled, revealed. What a worker does is in ``working``."""

import datetime as dt
import uuid

from portal.audit.actions import record
from portal.kit.actor import SYSTEM, Actor
from portal.kit.clock import now
from portal.kit.db import Session, notify
from portal.kit.errors import Conflict, Forbidden, Invalid, NotFound
from portal.kit.events import CHANNEL
from portal.kit.i18n import N_, _
from portal.kit.ids import new_secret
from portal.kit.jobs import defer
from portal.kit.states import check_move
from portal.reviews.matching.promises import commitment_to
from portal.reviews.rounds.actions.common import run_by
from portal.reviews.rounds.models import RUNNING, Round, RoundState, SubmissionState
from portal.reviews.rounds.policy import Standing
from portal.reviews.rounds.queries import basic
from portal.reviews.staffing import policy
from portal.reviews.staffing.actions.inputs import is_current
from portal.reviews.staffing.models import AT_WORK, RUN_TRANSITIONS, RunKind, RunState, StaffingRun
from portal.reviews.staffing.queries import runs as queries

JOB, QUEUE = "staffing.run", "staffing"
WAITS, WORKS, RESTS = dt.timedelta(hours=1), dt.timedelta(minutes=20), dt.timedelta(days=60)
"""How long a run waits for a worker, may take, and rests while the secretariat has to act."""
REVEALED_AFTER = dt.timedelta(days=30)
"""A seed that nobody reveals is revealed so long after the conclusion."""
LATE = N_("No worker has taken the run up in time.")
DEAD = N_("The worker has stopped or was too slow.")
LAPSED = N_("Nobody went on with it.")
SUPERSEDED = N_("It failed, and a new run was begun.")
ROUND_OVER = N_("The round is over.")


def topic(run_id: uuid.UUID) -> str:
    """What pages of a run wake up to."""
    return f"staffing/{run_id}"


def cleared(db: Session, actor: Actor, round_id: uuid.UUID) -> tuple[Round, Standing]:
    """The round, locked, for somebody of the secretariat who may know all of it.

    A proposal shows who sits where in the whole round, and loads tell the rest: whoever is in conflict with one
    submission works on none of it.
    """
    round_, standing = run_by(db, actor, round_id)
    if not (actor.is_system or policy.is_cleared(standing, queries.submissions_of(db, round_id))):
        raise Forbidden(policy.not_cleared())
    return round_, standing


def locked(db: Session, actor: Actor, round_id: uuid.UUID, run_id: uuid.UUID) -> tuple[Round, StaffingRun]:
    """The round and one of its runs, both locked, the round first."""
    round_, _standing = cleared(db, actor, round_id)
    run = queries.one(db, run_id, round_id=round_id, lock=True)
    if run is None:
        raise NotFound(_("There is nothing at this address."))
    return round_, run


def move(
    db: Session, actor: Actor, run: StaffingRun, state: RunState, who: str, *, deadline: dt.timedelta | None = None,
    reason: str = "",
) -> None:  # fmt: skip
    """Move a locked run along its table, with a new end; says so in the audit log."""
    check_move(RUN_TRANSITIONS, run.state, state, who)
    run.state, run.state_reason, run.state_at = state, reason, now()
    run.deadline_at = now() + deadline if deadline else None
    if state not in AT_WORK:
        run.stage = ""
    run.touch()
    db.add(run)
    record(db, actor, verb=f"review_staffing.{state}", object=run, reason=reason or None, kind=run.kind.value)
    notify(db, CHANNEL, topic(run.id))


def start(
    db: Session, actor: Actor, *, round_id: uuid.UUID, kind: RunKind, invited_only: bool = False
) -> StaffingRun:
    """Begin an assignment or a replacement. The worker looks for conflicts first; who is in one leaves the seat."""
    if kind is RunKind.lot:
        raise Conflict(_("A draw begins with the commitment to a seed."))
    round_, _standing = _open(db, actor, round_id, kind)
    _check_something(db, round_)
    run = _new(round_, actor, kind, RunState.queued)
    run.inputs = {"invited_only": invited_only}
    _wait(db, run)
    record(db, actor, verb="review_staffing.queued", object=run, kind=kind.value)
    return run


def promise(db: Session, actor: Actor, *, round_id: uuid.UUID) -> StaffingRun:
    """Choose a secret seed by chance and commit to it in public, before the submissions are closed."""
    round_, _standing = _open(db, actor, round_id, RunKind.lot)
    run = _new(round_, actor, RunKind.lot, RunState.committed)
    run.seed = new_secret()
    run.commitment, run.committed_at, run.deadline_at = commitment_to(run.seed), now(), now() + RESTS
    db.add(run)
    db.flush()
    record(db, actor, verb="review_staffing.committed", object=run, commitment=run.commitment)
    return run


def seal(
    db: Session, actor: Actor, *, round_id: uuid.UUID, run_id: uuid.UUID, invited_only: bool = False
) -> None:
    """Freeze what is drawn for: submissions, experts, conflicts, rules. A worker computes and publishes the seal."""
    round_, run = locked(db, actor, round_id, run_id)
    check_move(RUN_TRANSITIONS, run.state, RunState.queued, "secretariat")
    if run.state is not RunState.committed:
        raise Conflict(_("This draw is sealed already."))
    _check_something(db, round_)
    run.inputs = {"invited_only": invited_only}
    _queue(db, actor, run)


def draw(db: Session, actor: Actor, *, round_id: uuid.UUID, run_id: uuid.UUID) -> None:
    """Draw from what was sealed. Refused where the round has a submission that was not sealed."""
    round_, run = locked(db, actor, round_id, run_id)
    if run.state is not RunState.sealed:
        raise Conflict(_("Only what is sealed can be drawn."))
    _check_current(db, round_, run)
    _queue(db, actor, run)


def again(db: Session, actor: Actor, *, round_id: uuid.UUID, run_id: uuid.UUID) -> None:
    """Begin a failed run again: a sealed draw with what was sealed, everything else with the round as it is now."""
    round_, run = locked(db, actor, round_id, run_id)
    if run.state is not RunState.failed:
        raise Conflict(_("Only a run that failed can be begun again."))
    if run.seal:
        _check_current(db, round_, run)
    else:
        _check_something(db, round_)
        run.people, run.inputs = {}, {"invited_only": bool(run.inputs.get("invited_only"))}
    run.result = {}
    _queue(db, actor, run)


def cancel(db: Session, actor: Actor, *, round_id: uuid.UUID, run_id: uuid.UUID, reason: str) -> None:
    """End a run with nothing changed. Of a draw the reason is public, and so is the commitment, for ever."""
    _round, run = locked(db, actor, round_id, run_id)
    text = reason.replace("\x00", "").strip()
    if len(text) < policy.LEAST_REASON:
        why = _("Please give a reason that others can understand.")
        raise Invalid(why, fields={"reason": why})
    move(db, actor, run, RunState.cancelled, "secretariat", reason=text[:2000])


def reveal(db: Session, actor: Actor, *, round_id: uuid.UUID, run_id: uuid.UUID) -> None:
    """Publish the seed of a draw whose round is concluded. Doing it twice changes nothing."""
    round_, run = locked(db, actor, round_id, run_id)
    if run.kind is not RunKind.lot or run.state is not RunState.adopted:
        raise Conflict(_("There is no seed to reveal."))
    if round_.state is not RoundState.concluded:
        raise Conflict(_("The seed is revealed after the conclusion of the round."))
    if run.revealed_at is None:
        run.revealed_at = now()
        run.touch()
        db.add(run)
        record(db, actor, verb="review_staffing.revealed", object=run, commitment=run.commitment)


def run_deadlines(db: Session) -> int:
    """End what nobody took up, finished or went on with; reveal what nobody revealed; how much that was."""
    done = 0
    for run_id in {*queries.due(db, now()), *queries.of_ended_rounds(db)}:
        done += _end(db, run_id)
    for run_id in queries.unrevealed(db, now() - REVEALED_AFTER):
        run = queries.one(db, run_id, lock=True)
        if run is not None and run.revealed_at is None:
            run.revealed_at = now()
            db.add(run)
            record(db, SYSTEM, verb="review_staffing.revealed", object=run, commitment=run.commitment)
            done += 1
    return done


def _end(db: Session, run_id: uuid.UUID) -> bool:
    run = queries.one(db, run_id, lock=True)
    if run is None or run.state in {RunState.adopted, RunState.cancelled}:
        return False
    due = run.deadline_at is not None and run.deadline_at <= now()
    if not due:
        move(db, SYSTEM, run, RunState.cancelled, "system", reason=ROUND_OVER)
    elif run.state in AT_WORK:
        reason = LATE if run.state is RunState.queued else DEAD
        move(db, SYSTEM, run, RunState.failed, "system", deadline=RESTS, reason=reason)
    else:
        move(db, SYSTEM, run, RunState.cancelled, "system", reason=LAPSED)
    return True


def _open(db: Session, actor: Actor, round_id: uuid.UUID, kind: RunKind) -> tuple[Round, Standing]:
    round_, standing = cleared(db, actor, round_id)
    allowed = (RoundState.draft, *(RUNNING if kind is RunKind.replacement else (RoundState.inviting,)))
    if round_.state not in allowed:
        raise Conflict(_("Experts are assigned before the reviews begin; later only drop-outs are replaced."))
    before = queries.open_run(db, round_id)
    if before is not None:
        if not policy.gives_way(before):
            raise Conflict(
                _("There is a run of this round that is not over."),
                hint=_("Adopt its proposal or cancel it first."),
            )
        locked_ = queries.one(db, before.id, lock=True)
        assert locked_ is not None  # noqa: S101 - the round is locked, so nobody has removed it
        move(db, actor, locked_, RunState.cancelled, "secretariat", reason=SUPERSEDED)
        db.flush()
    return round_, standing


def _new(round_: Round, actor: Actor, kind: RunKind, state: RunState) -> StaffingRun:
    assert actor.id is not None  # noqa: S101 - ``run_by`` lets nobody but the secretariat through
    return StaffingRun(round_id=round_.id, kind=kind, state=state, created_by=actor.id)


def _queue(db: Session, actor: Actor, run: StaffingRun) -> None:
    move(db, actor, run, RunState.queued, "secretariat", deadline=WAITS)
    _wait(db, run)


def _wait(db: Session, run: StaffingRun) -> None:
    run.deadline_at = now() + WAITS
    db.add(run)
    db.flush()
    defer(db, JOB, queue=QUEUE, queueing_lock=f"staffing/{run.id}", run_id=str(run.id))


def _check_something(db: Session, round_: Round) -> None:
    if not any(each.state is SubmissionState.entered for each in basic.submissions(db, round_.id)):
        raise Conflict(_("There is nothing to review in this round yet."), hint=_("Enter submissions first."))


def _check_current(db: Session, round_: Round, run: StaffingRun) -> None:
    if not is_current(db, round_, run.people.values()):
        raise Conflict(
            _("The round has a submission that was not sealed."),
            hint=_("Cancel this draw, with the reason, and commit to a new seed."),
        )
