"""Changes of trials: ask, claim, the ends, cancel, the watchdog, and emptying."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.audit.actions import record
from portal.kit.actor import SYSTEM, Actor
from portal.kit.clock import now, shanghai
from portal.kit.db import Session, lock_key
from portal.kit.errors import Conflict, NotFound, TooMany
from portal.kit.i18n import _, ngettext
from portal.kit.storage import Blob, get_store
from portal.settings import get_settings
from registry.evaluation.queries.orders import StoredFile
from registry.leases import actions as leases
from registry.leases import models as lease_models
from registry.leases import queries as rows
from registry.trials import policy, queries
from registry.trials.forms import Given
from registry.trials.interface import Interface
from registry.trials.models import LIVE, TRIAL_TRANSITIONS, Trial, TrialState
from registry.versions import queries as versions
from registry.versions.models import SubmissionKind, VersionState

QUEUE = "trials"


def topic(trial_id: object) -> str:
    """Where the asker waits."""
    return f"trial/{trial_id}"


TERMS = lease_models.Terms(
    table=Trial,
    transitions=TRIAL_TRANSITIONS,
    queued=TrialState.queued,
    running=TrialState.running,
    broken=TrialState.broken,
    noun="trial",
    job="trials.run",
    argument="trial_id",
    queue=QUEUE,
    tries=2,
    waits_s=3600.0,
    runs_s=300.0,
    topic=lambda trial: topic(trial.id),
)


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
    )
    db.add(trial)
    leases.wait(db, TERMS, trial)
    queries.count_day(db, version_id, shanghai(now()).date())
    record(db, actor, verb="trial.asked", object=trial, version=str(version_id))
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


@dataclass(frozen=True)
class Held(lease_models.Held):
    """A trial whose lease we hold, and all that running it needs, in plain values."""

    kind: SubmissionKind
    runtime: str
    files: tuple[StoredFile, ...]
    interface: Interface
    parameters: Mapping[str, Any]
    inputs: Mapping[str, str]
    features: tuple[str, ...]


def claim(db: Session, *, trial_id: uuid.UUID, worker: str, lease_s: float, grade: str) -> Held | None:
    """Take a waiting trial; None where it does not wait any more, or its version was withdrawn meanwhile."""
    trial = rows.locked(db, TERMS, trial_id, TrialState.queued)
    found = versions.plain(db, trial.version_id) if trial is not None else None
    if trial is None or found is None:
        return None
    version = found[0]
    if version.state is not VersionState.published:
        trial.failure_code = "yanked"
        leases.move(db, SYSTEM, TERMS, trial, TrialState.failed, code="yanked")
        return None
    token = leases.take(db, TERMS, trial, worker=worker, lease_s=lease_s, grade=grade)
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
    trial = leases.held(db, TERMS, held)
    versions.note_blobs(db, [*answer.files.values(), *answer.parts.values()])
    trial.outputs = answer.outputs
    trial.files = {name: blob.sha256 for name, blob in answer.files.items()}
    trial.parts = {name: blob.sha256 for name, blob in answer.parts.items()}
    trial.log_tail, trial.seconds = answer.log_tail, answer.seconds
    leases.move(db, SYSTEM, TERMS, trial, TrialState.done)
    db.flush()


def fail(
    db: Session, held: Held, code: str, params: Mapping[str, Any], *, log_tail: str, seconds: float
) -> None:
    """The program or the input was at fault: final, with the reason and the end of what was printed."""
    trial = leases.held(db, TERMS, held)
    trial.failure_code, trial.failure_params = code, dict(params)
    trial.log_tail, trial.seconds = log_tail, seconds
    leases.move(db, SYSTEM, TERMS, trial, TrialState.failed, code=code)
    db.flush()


def cancel(db: Session, actor: Actor, *, trial_id: uuid.UUID) -> None:
    """The asker wants no answer any more; a running jail ends at its worker's next beat. Twice is once."""
    trial = rows.locked(db, TERMS, trial_id, *LIVE)
    if trial is None:
        if queries.state_of(db, trial_id) is None:
            raise NotFound(_("There is nothing at this address."))
        return
    leases.move(db, actor, TERMS, trial, TrialState.cancelled, who="asker")
    db.flush()


def watch(db: Session) -> int:
    """Move on what has stopped moving; how many trials."""
    return leases.watch(db, TERMS)


def empty(db: Session) -> int:
    """Delete input and answer of old trials, and the rows of those emptied long ago; how many were emptied.

    The store's sweep then removes the bytes, because nothing names them any more.
    """
    here = rows.instant(db)
    old = queries.to_empty(db, here - dt.timedelta(hours=get_settings().trials_keep_h))
    for trial in old:
        trial.parameters, trial.inputs, trial.outputs = {}, {}, []
        trial.files, trial.parts, trial.failure_params, trial.log_tail = {}, {}, {}, ""
        trial.emptied_at = here
    for trial in queries.to_forget(db, here - dt.timedelta(hours=policy.KEPT_AFTER_EMPTYING_H)):
        db.delete(trial)
    db.flush()
    return len(old)
