"""Changes of dry runs: start, claim, the steps of the cases, the end, and the watchdog."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from portal.audit.actions import record
from portal.kit.actor import SYSTEM, Actor
from portal.kit.clock import now
from portal.kit.db import Session, lock_key, notify
from portal.kit.errors import Clash, Conflict
from portal.kit.events import CHANNEL
from portal.kit.i18n import N_, _
from portal.kit.ids import new_id
from portal.kit.jobs import defer
from portal.kit.states import check_move, is_final
from portal.notices.actions import tell
from registry.assets.models import AssetKind
from registry.dryruns import queries
from registry.dryruns.cases import CASES
from registry.dryruns.models import (
    CASE_TRANSITIONS,
    DRY_RUN_TRANSITIONS,
    MAX_ATTEMPTS,
    CaseState,
    DryRun,
    DryRunCase,
    DryRunState,
)
from registry.versions import queries as versions
from registry.versions.actions.common import draft
from registry.versions.digests import rehearsed

QUEUED_S = 24 * 3600.0
RUNNING_S = 3600.0
PASSED = N_("The dry run of %(name)s %(number)s passed: the benchmark can be published.")
FAILED = N_("The dry run of %(name)s %(number)s did not pass. Its page says which cases and why.")
BROKEN = N_("A fault of the platform ended the dry run of %(name)s %(number)s. Start it again.")
TOLD = {DryRunState.passed: PASSED, DryRunState.failed: FAILED, DryRunState.broken: BROKEN}


class LeaseLost(Exception):  # noqa: N818 - not a fault: somebody else has it, or nobody wants it any more
    """The dry run is not ours any more: write nothing, end the jails."""


def topic(version_id: object) -> str:
    """Where readers of the dry runs of a version wait."""
    return f"dryrun/{version_id}"


def start(db: Session, actor: Actor, *, version_id: uuid.UUID) -> DryRun:
    """Queue a dry run of a benchmark's draft. The same files again give the one under way; changed files replace it.

    Refuses versions that are no draft of a benchmark, and drafts without ``benchmark.yaml``.
    """
    assert actor.id is not None  # noqa: S101 - the guard lets only publishers in
    version, asset = draft(db, version_id)
    if asset.kind is not AssetKind.benchmark:
        raise Clash(_("Only benchmarks have a dry run."))
    files = [(row.path, row.sha256) for row in versions.stored_files(db, version.id)]
    if not any(path == "benchmark.yaml" for path, _digest in files):
        raise Clash(_("A benchmark needs the file benchmark.yaml."))
    if versions.pending_uploads(db, version.id):
        raise Conflict(_("An archive is still being unpacked."), hint=_("Submit when it is done."))
    digest = rehearsed(files)
    lock_key(db, "dryrun", version_id)
    standing = queries.live(db, version.id)
    if standing is not None and standing.digest == digest:
        return standing
    if standing is not None:
        _move(db, actor, standing, DryRunState.replaced, who="publisher")
        db.flush()
    run = DryRun(version_id=version.id, started_by=actor.id, digest=digest)
    run.deadline_at = queries.instant(db) + dt.timedelta(seconds=QUEUED_S)
    db.add(run)
    db.flush()
    _write_cases(db, run)
    record(db, actor, verb="dry-run.started", object=run, version=str(version.id), digest=digest)
    _enqueue(db, run)
    db.flush()
    return run


def _write_cases(db: Session, run: DryRun) -> None:
    for position, name in enumerate(CASES):
        db.add(DryRunCase(run_id=run.id, position=position, name=name))
    db.flush()


def _enqueue(db: Session, run: DryRun) -> None:
    defer(db, "dryruns.run", queue="cpu", queueing_lock=f"dryrun/{run.id}", run_id=str(run.id))


def _move(
    db: Session, actor: Actor, run: DryRun, new: DryRunState, *, who: str = "system", **evidence: Any
) -> None:
    check_move(DRY_RUN_TRANSITIONS, run.state, new, who)
    old, run.state = run.state, new
    run.touch()
    run.lease_token = run.lease_expires_at = None
    if is_final(DRY_RUN_TRANSITIONS, new):
        run.finished_at = now()
    record(db, actor, verb=f"dry-run.{new.value}", object=run, **{"from": old.value, **evidence})
    notify(db, CHANNEL, topic(run.version_id))


@dataclass(frozen=True)
class Held:
    """A dry run whose lease we hold."""

    run_id: uuid.UUID
    version_id: uuid.UUID
    token: uuid.UUID
    digest: str


def claim(db: Session, *, run_id: uuid.UUID, worker: str, lease_s: float, grade: str) -> Held | None:
    """Take a waiting dry run; None where it does not wait any more. All its cases begin anew."""
    run = queries.locked(db, run_id, DryRunState.queued)
    if run is None:
        return None
    if run.attempt_count:
        queries.forget_cases(db, queries.cases_of(db, run.id))
        _write_cases(db, run)
    _move(db, SYSTEM, run, DryRunState.running, worker=worker)
    here = queries.instant(db)
    run.attempt_count += 1
    run.lease_token = token = new_id()
    run.lease_expires_at = here + dt.timedelta(seconds=lease_s)
    run.deadline_at = here + dt.timedelta(seconds=RUNNING_S)
    run.worker, run.sandbox_grade = worker[:120], grade
    db.flush()
    return Held(run.id, run.version_id, token, run.digest)


def begin_case(db: Session, held: Held, name: str) -> None:
    """A case is under way. `LeaseLost` where the dry run is not ours any more."""
    _step(db, held, name, CaseState.running)


def end_case(db: Session, held: Held, name: str, state: CaseState, **values: Any) -> None:
    """A case is over: ``got``, ``params``, ``score``, ``reason``, ``log_tail``, ``seconds``."""
    row = _step(db, held, name, state)
    for key, value in values.items():
        setattr(row, key, value)
    db.flush()


def _step(db: Session, held: Held, name: str, state: CaseState) -> DryRunCase:
    if queries.held(db, held.run_id, held.token) is None:
        raise LeaseLost
    row = queries.case(db, held.run_id, name)
    check_move(CASE_TRANSITIONS, row.state, state, "system")
    row.state = state
    notify(db, CHANNEL, topic(held.version_id))
    return row


def conclude(db: Session, held: Held) -> DryRunState:
    """All cases are over: passed where none has failed. The draft may then be published, if it is still the same."""
    run = _held(db, held)
    rows = queries.cases_of(db, run.id)
    failed = [row.name for row in rows if row.state is CaseState.failed]
    proven = any(row.name == "reference" and row.state is CaseState.passed for row in rows)
    state = DryRunState.failed if failed or not proven else DryRunState.passed
    _move(db, SYSTEM, run, state, digest=run.digest, failed=failed)
    if state is DryRunState.passed:
        version = queries.version_of(db, run.version_id)
        if version is not None:
            version.rehearsed_digest = run.digest
    _tell(db, run)
    db.flush()
    return state


def fail(db: Session, held: Held, code: str, params: dict[str, Any]) -> None:
    """The draft is no benchmark that could be tried: final, with the reason."""
    run = _held(db, held)
    run.failure_code, run.failure_params = code, params
    _move(db, SYSTEM, run, DryRunState.failed, code=code, params=params)
    _tell(db, run)
    db.flush()


def give_back(db: Session, held: Held, *, counted: bool) -> None:
    """The worker stops, or the platform failed: the next one starts over; after three failures it is broken."""
    run = _held(db, held)
    if not counted:
        run.attempt_count -= 1
    requeue(db, run)


def requeue(db: Session, run: DryRun) -> None:
    """Let a dry run, whose row the caller has locked, wait again; or end it where it has failed too often."""
    if run.state is DryRunState.queued or run.attempt_count >= MAX_ATTEMPTS:
        _move(db, SYSTEM, run, DryRunState.broken, attempts=run.attempt_count)
        _tell(db, run)
    else:
        _move(db, SYSTEM, run, DryRunState.queued, attempts=run.attempt_count)
        run.deadline_at = queries.instant(db) + dt.timedelta(seconds=QUEUED_S)
        _enqueue(db, run)
    db.flush()


def watch(db: Session) -> int:
    """Move on dry runs whose worker was lost or whose deadline has passed, and start those nobody was told of."""
    lost = queries.expired(db)
    for run in lost:
        requeue(db, run)
    untold = [queries.locked(db, run_id, DryRunState.queued) for run_id in queries.untold(db)]
    for waiting in untold:
        if waiting is not None:
            _enqueue(db, waiting)
            waiting.touch()
    db.flush()
    return len(lost) + len(untold)


def _held(db: Session, held: Held) -> DryRun:
    run = queries.held(db, held.run_id, held.token)
    if run is None:
        raise LeaseLost
    return run


def _tell(db: Session, run: DryRun) -> None:
    found = versions.plain(db, run.version_id)
    if found is None:
        return
    version, asset, namespace = found
    tell(
        db,
        run.started_by,
        message=TOLD[run.state],
        url=f"/assets/{namespace}/{asset.name}/versions/{version.number}/dry-run",
        name=f"{namespace}/{asset.name}",
        number=version.number,
    )
