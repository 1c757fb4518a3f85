"""Changes of dry runs: start, claim, the steps of the cases, the end, and the watchdog."""

import uuid
from dataclasses import dataclass
from typing import Any

from portal.audit.actions import record
from portal.kit.actor import SYSTEM, Actor
from portal.kit.db import Session, lock_key, notify
from portal.kit.errors import Clash, Conflict
from portal.kit.events import CHANNEL
from portal.kit.i18n import N_, _
from portal.kit.states import check_move
from portal.notices.actions import tell
from registry.assets.models import AssetKind
from registry.dryruns import queries
from registry.dryruns.cases import CASES
from registry.dryruns.models import (
    CASE_TRANSITIONS,
    DRY_RUN_TRANSITIONS,
    CaseState,
    DryRun,
    DryRunCase,
    DryRunState,
)
from registry.leases import actions as leases
from registry.leases import models as lease_models
from registry.leases import queries as rows
from registry.versions import queries as versions
from registry.versions.actions.common import draft
from registry.versions.digests import rehearsed

PASSED = N_("The dry run of %(name)s %(number)s passed: the benchmark can be published.")
FAILED = N_("The dry run of %(name)s %(number)s did not pass. Its page says which cases and why.")
BROKEN = N_("A fault of the platform ended the dry run of %(name)s %(number)s. Start it again.")
TOLD = {DryRunState.passed: PASSED, DryRunState.failed: FAILED, DryRunState.broken: BROKEN}


def topic(version_id: object) -> str:
    """Where readers of the dry runs of a version wait."""
    return f"dryrun/{version_id}"


def _tell(db: Session, run: DryRun) -> None:
    """Whoever started it learns how it ended."""
    found = versions.plain(db, run.version_id) if run.state in TOLD else None
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


TERMS = lease_models.Terms(
    table=DryRun,
    transitions=DRY_RUN_TRANSITIONS,
    queued=DryRunState.queued,
    running=DryRunState.running,
    broken=DryRunState.broken,
    noun="dry-run",
    job="dryruns.run",
    argument="run_id",
    queue="cpu",
    tries=3,
    waits_s=24 * 3600.0,
    runs_s=3600.0,
    topic=lambda run: topic(run.version_id),
    moved=_tell,
)


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
        leases.move(db, actor, TERMS, standing, DryRunState.replaced, who="publisher")
        db.flush()
    run = DryRun(version_id=version.id, started_by=actor.id, digest=digest)
    db.add(run)
    leases.wait(db, TERMS, run)
    _write_cases(db, run)
    record(db, actor, verb="dry-run.started", object=run, version=str(version.id), digest=digest)
    db.flush()
    return run


def _write_cases(db: Session, run: DryRun) -> None:
    for position, name in enumerate(CASES):
        db.add(DryRunCase(run_id=run.id, position=position, name=name))
    db.flush()


@dataclass(frozen=True)
class Held(lease_models.Held):
    """A dry run whose lease we hold."""

    version_id: uuid.UUID
    digest: str


def claim(db: Session, *, run_id: uuid.UUID, worker: str, lease_s: float, grade: str) -> Held | None:
    """Take a waiting dry run; None where it does not wait any more. All its cases begin anew."""
    run = rows.locked(db, TERMS, run_id, DryRunState.queued)
    if run is None:
        return None
    if run.attempt_count:
        queries.forget_cases(db, queries.cases_of(db, run.id))
        _write_cases(db, run)
    token = leases.take(db, TERMS, run, worker=worker, lease_s=lease_s, grade=grade)
    return Held(run.id, token, run.version_id, run.digest)


def begin_case(db: Session, held: Held, name: str) -> None:
    """A case is under way. `LeaseLost` where the dry run is not ours any more."""
    _step(db, held, name, CaseState.running)


def end_case(db: Session, held: Held, name: str, state: CaseState, **values: Any) -> None:
    """A case is over: ``got``, ``params``, ``score``, ``reason``, ``log_tail``, ``seconds``."""
    row = _step(db, held, name, state)
    for key, value in values.items():
        setattr(row, key, value)
    record(db, SYSTEM, verb=f"dry_run_case.{state.value}", object=row, run=str(held.id), case=name)
    db.flush()


def _step(db: Session, held: Held, name: str, state: CaseState) -> DryRunCase:
    leases.held(db, TERMS, held)
    row = queries.case(db, held.id, name)
    check_move(CASE_TRANSITIONS, row.state, state, "system")
    row.state = state
    notify(db, CHANNEL, topic(held.version_id))
    return row


def conclude(db: Session, held: Held) -> DryRunState:
    """All cases are over: passed where none has failed. The draft may then be published, if it is still the same."""
    run = leases.held(db, TERMS, held)
    cases = queries.cases_of(db, run.id)
    failed = [row.name for row in cases if row.state is CaseState.failed]
    proven = any(row.name == "reference" and row.state is CaseState.passed for row in cases)
    state = DryRunState.failed if failed or not proven else DryRunState.passed
    leases.move(db, SYSTEM, TERMS, run, state, digest=run.digest, failed=failed)
    if state is DryRunState.passed:
        version = queries.version_of(db, run.version_id)
        if version is not None:
            version.rehearsed_digest = run.digest
    db.flush()
    return state


def fail(db: Session, held: Held, code: str, params: dict[str, Any]) -> None:
    """The draft is no benchmark that could be tried: final, with the reason."""
    run = leases.held(db, TERMS, held)
    run.failure_code, run.failure_params = code, params
    leases.move(db, SYSTEM, TERMS, run, DryRunState.failed, code=code, params=params)
    db.flush()


def watch(db: Session) -> int:
    """Move on what has stopped moving; how many dry runs."""
    return leases.watch(db, TERMS)
