"""Changes of trials: ask, claim, the ends, cancel, the watchdog, and emptying."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.audit.actions import record
from portal.kit.actor import SYSTEM, Actor
from portal.kit.clock import now, shanghai
from portal.kit.db import Session, lock_key, notify
from portal.kit.errors import Conflict, NotFound, TooMany
from portal.kit.events import CHANNEL
from portal.kit.i18n import _, ngettext
from portal.kit.ids import new_id
from portal.kit.jobs import defer
from portal.kit.states import check_move, is_final
from portal.kit.storage import Blob, get_store
from portal.settings import get_settings
from registry.evaluation.queries.orders import StoredFile
from registry.trials import policy, queries
from registry.trials.forms import Given
from registry.trials.interface import Interface
from registry.trials.models import LIVE, MAX_ATTEMPTS, TRIAL_TRANSITIONS, Trial, TrialState
from registry.versions import queries as versions
from registry.versions.models import SubmissionKind, VersionState

QUEUED_S = 3600.0
RUNNING_S = 300.0
QUEUE = "trials"


class LeaseLost(Exception):  # noqa: N818 - not a fault: somebody else has it, or the asker has cancelled
    """The trial is not ours any more: write nothing, end the jail."""


def topic(trial_id: object) -> str:
    """Where the asker waits."""
    return f"trial/{trial_id}"


def midnight() -> dt.datetime:
    """When the day of the quotas began."""
    return shanghai(now()).replace(hour=0, minute=0, second=0, microsecond=0)


def ask(
    db: Session,
    actor: Actor,
    *,
    version_id: uuid.UUID,
    interface: Interface,
    given: Given,
    samples: Mapping[str, str],
) -> Trial:
    """Queue a trial. ``samples``: SHA-256 of the version's own files, by input, for inputs that were not given.

    Refuses a second unfinished trial of the same person, and more than the quotas: of the person, of the version, of
    the site. All are counted under one lock in this transaction, so that no two requests share the last place.
    """
    assert actor.id is not None  # noqa: S101 - the guard lets members in only
    blobs = {name: get_store().put([data]) for name, data in given.inputs.items()}
    lock_key(db, "trial", "site")
    standing = queries.live_of(db, actor.id)
    if standing is not None:
        refusal = Conflict(
            _("You have a trial under way already."), hint=_("Wait for its answer, or cancel it first.")
        )
        refusal.way_out = f"/trials/{standing.id}"
        raise refusal
    _check(db, actor.id, version_id)
    versions.note_blobs(db, blobs.values())
    trial = Trial(
        version_id=version_id,
        asked_by=actor.id,
        interface=interface.model_dump(mode="json"),
        parameters=given.parameters,
        inputs={**samples, **{name: blob.sha256 for name, blob in blobs.items()}},
        features=given.features,
        sampled=not given.own,
        deadline_at=queries.instant(db) + dt.timedelta(seconds=QUEUED_S),
    )
    db.add(trial)
    db.flush()
    queries.count_day(db, version_id, shanghai(now()).date())
    record(db, actor, verb="trial.asked", object=trial, version=str(version_id))
    _enqueue(db, trial)
    db.flush()
    return trial


def _check(db: Session, account_id: uuid.UUID, version_id: uuid.UUID) -> None:
    used = queries.used(db, account_id, version_id, midnight())
    most = get_settings().trials_per_day
    tomorrow = _("The day ends at midnight in Beijing time (Asia/Shanghai).")
    if used.mine >= most:
        text = ngettext(
            "You have used your trial of today.", "You have used your %(n)s trials of today.", most
        )
        raise TooMany(text, hint=tomorrow)
    if used.version >= policy.PER_VERSION_A_DAY:
        raise TooMany(_("This version has been tried as often as a day allows."), hint=tomorrow)
    if used.site >= policy.PER_SITE_A_DAY:
        raise TooMany(_("This portal has answered as many trials as a day allows."), hint=tomorrow)
    if used.waiting >= policy.WAITING_ON_SITE:
        raise TooMany(
            _("Too many people are trying something just now."), hint=_("Please try again in a minute.")
        )


def _enqueue(db: Session, trial: Trial) -> None:
    defer(db, "trials.run", queue=QUEUE, queueing_lock=f"trial/{trial.id}", trial_id=str(trial.id))


def _move(
    db: Session, actor: Actor, trial: Trial, new: TrialState, *, who: str = "system", **evidence: Any
) -> None:
    check_move(TRIAL_TRANSITIONS, trial.state, new, who)
    old, trial.state = trial.state, new
    trial.touch()
    trial.lease_token = trial.lease_expires_at = None
    if is_final(TRIAL_TRANSITIONS, new):
        trial.finished_at = now()
    record(db, actor, verb=f"trial.{new.value}", object=trial, **{"from": old.value, **evidence})
    notify(db, CHANNEL, topic(trial.id))


@dataclass(frozen=True)
class Held:
    """A trial whose lease we hold, and all that running it needs, in plain values."""

    trial_id: uuid.UUID
    token: uuid.UUID
    kind: SubmissionKind
    runtime: str
    files: tuple[StoredFile, ...]
    interface: Interface
    parameters: Mapping[str, Any]
    inputs: Mapping[str, str]
    features: tuple[str, ...]


def claim(db: Session, *, trial_id: uuid.UUID, worker: str, lease_s: float, grade: str) -> Held | None:
    """Take a waiting trial; None where it does not wait any more, or its version was withdrawn meanwhile."""
    trial = queries.locked(db, trial_id, TrialState.queued)
    found = versions.plain(db, trial.version_id) if trial is not None else None
    if trial is None or found is None:
        return None
    version = found[0]
    if version.state is not VersionState.published:
        trial.failure_code = "yanked"
        _move(db, SYSTEM, trial, TrialState.failed, code="yanked")
        return None
    _move(db, SYSTEM, trial, TrialState.running, worker=worker)
    here = queries.instant(db)
    trial.attempt_count += 1
    trial.lease_token = token = new_id()
    trial.lease_expires_at = here + dt.timedelta(seconds=lease_s)
    trial.deadline_at = here + dt.timedelta(seconds=RUNNING_S)
    trial.worker, trial.sandbox_grade = worker[:120], grade
    db.flush()
    return Held(
        trial.id,
        token,
        version.submission,
        version.runtime,
        queries.stored_files(db, version.id),
        Interface.model_validate(trial.interface),
        dict(trial.parameters),
        dict(trial.inputs),
        tuple(trial.features),
    )


@dataclass(frozen=True)
class Answer:
    """What a run left: ``outputs`` one entry per declared output; ``files`` and ``parts`` are in the store already."""

    outputs: list[dict[str, Any]]
    files: Mapping[str, Blob]
    parts: Mapping[str, Blob]
    log_tail: str
    seconds: float


def conclude(db: Session, held: Held, answer: Answer) -> None:
    """The trial is answered. `LeaseLost` where it is not ours any more; nothing is written then."""
    trial = _held(db, held)
    versions.note_blobs(db, [*answer.files.values(), *answer.parts.values()])
    trial.outputs = answer.outputs
    trial.files = {name: blob.sha256 for name, blob in answer.files.items()}
    trial.parts = {name: blob.sha256 for name, blob in answer.parts.items()}
    trial.log_tail, trial.seconds = answer.log_tail, answer.seconds
    _move(db, SYSTEM, trial, TrialState.done)
    db.flush()


def fail(
    db: Session, held: Held, code: str, params: Mapping[str, Any], *, log_tail: str, seconds: float
) -> None:
    """The program or the input was at fault: final, with the reason and the end of what was printed."""
    trial = _held(db, held)
    trial.failure_code, trial.failure_params = code, dict(params)
    trial.log_tail, trial.seconds = log_tail, seconds
    _move(db, SYSTEM, trial, TrialState.failed, code=code)
    db.flush()


def give_back(db: Session, held: Held, *, counted: bool) -> None:
    """The worker stops, or the platform failed: the next one starts over; after two failures it is broken."""
    trial = _held(db, held)
    if not counted:
        trial.attempt_count -= 1
    requeue(db, trial)


def requeue(db: Session, trial: Trial) -> None:
    """Let a trial, whose row the caller has locked, wait again; or end it where it has failed too often."""
    if trial.state is TrialState.queued or trial.attempt_count >= MAX_ATTEMPTS:
        _move(db, SYSTEM, trial, TrialState.broken, attempts=trial.attempt_count)
    else:
        _move(db, SYSTEM, trial, TrialState.queued, attempts=trial.attempt_count)
        trial.deadline_at = queries.instant(db) + dt.timedelta(seconds=QUEUED_S)
        _enqueue(db, trial)
    db.flush()


def cancel(db: Session, actor: Actor, *, trial_id: uuid.UUID) -> None:
    """The asker wants no answer any more; a running jail ends at its worker's next beat. Twice is once."""
    trial = queries.locked(db, trial_id, *LIVE)
    if trial is None:
        if queries.state_of(db, trial_id) is None:
            raise NotFound(_("There is nothing at this address."))
        return
    _move(db, actor, trial, TrialState.cancelled, who="asker")
    db.flush()


def watch(db: Session) -> int:
    """Move on trials whose worker was lost or whose deadline has passed, and start those nobody was told of."""
    lost = queries.expired(db)
    for trial in lost:
        requeue(db, trial)
    untold = [queries.locked(db, trial_id, TrialState.queued) for trial_id in queries.untold(db)]
    for waiting in untold:
        if waiting is not None:
            _enqueue(db, waiting)
            waiting.touch()
    db.flush()
    return len(lost) + len(untold)


def empty(db: Session) -> int:
    """Delete input and answer of old trials, and the rows of those emptied long ago; how many were emptied.

    The store's sweep then removes the bytes, because nothing names them any more.
    """
    here = queries.instant(db)
    old = queries.to_empty(db, here - dt.timedelta(hours=get_settings().trials_keep_h))
    for trial in old:
        trial.parameters, trial.inputs, trial.outputs = {}, {}, []
        trial.files, trial.parts, trial.failure_params, trial.log_tail = {}, {}, {}, ""
        trial.emptied_at = here
    for trial in queries.to_forget(db, here - dt.timedelta(hours=policy.KEPT_AFTER_EMPTYING_H)):
        db.delete(trial)
    db.flush()
    return len(old)


def _held(db: Session, held: Held) -> Trial:
    trial = queries.held(db, held.trial_id, held.token)
    if trial is None:
        raise LeaseLost
    return trial
