"""A new version of a benchmark takes over the standing entries of the one before, when its owner asks for it."""

import uuid
from dataclasses import dataclass
from typing import Any

from portal.audit.actions import record
from portal.kit.actor import SYSTEM, Actor
from portal.kit.db import Session, lock_key
from portal.kit.errors import Conflict, Forbidden, NotFound
from portal.kit.i18n import _
from registry.benchmarks import policy as benchmark_policy
from registry.benchmarks.models import BenchmarkVersion
from registry.evaluation.actions.steps import REQUESTED_S, enqueue, set_deadline
from registry.evaluation.models import ACTIVE, Evaluation, EvaluationEvent, EvaluationState
from registry.evaluation.queries import requests, reruns
from registry.sandbox.errors import UnknownRuntime
from registry.sandbox.runtimes import parse_name
from registry.versions.models import VersionState

LOW = -10
"""Priority of these evaluations: after everything that people have asked for."""
AGAIN = frozenset({EvaluationState.failed_platform, EvaluationState.cancelled})


@dataclass(frozen=True)
class Taken:
    """How the entries of the board before stand on the new version."""

    entries: int = 0
    created: int = 0
    """Queued just now."""
    done: int = 0
    active: int = 0
    failed: int = 0
    unfit: int = 0

    @property
    def missing(self) -> int:
        """Entries that nobody has evaluated on the new version yet."""
        return self.entries - self.done - self.active - self.failed - self.unfit


def re_evaluate(db: Session, actor: Actor, *, benchmark_id: uuid.UUID) -> Taken:
    """Queue the best version of every entry of the board before on this version of the benchmark.

    Low priority, and nobody's quota; asking again queues only what is missing, was cancelled, or failed by a fault of
    the platform. Refuses whoever does not own the benchmark, closed and replaced versions, and first versions.
    """
    row = requests.open_benchmark(db, benchmark_id)
    if row is None:
        raise NotFound(_("There is no such benchmark."))
    benchmark, asset, base, _namespace = row
    if not benchmark_policy.owns(actor, asset.namespace_id):
        raise Forbidden(_("Only the benchmark's owner may do this."))
    if benchmark.closed_at is not None or base.state is not VersionState.published:
        raise Conflict(_("This benchmark takes no evaluations any more."))
    if not benchmark.is_latest:
        raise Conflict(
            _("This version of the benchmark has been replaced."), hint=_("Submit to its latest version.")
        )
    old = reruns.before(db, benchmark_id)
    if old is None:
        raise Conflict(_("There is no version before this one whose entries could be taken over."))
    lock_key(db, "re-evaluate", benchmark_id)
    taken = 0
    entries = reruns.standing(db, old[0].id)
    known = reruns.states(db, benchmark_id, [entry.version_id for entry in entries])
    for entry in entries:
        state = known.get(entry.version_id)
        if fits(entry, benchmark) and (state is None or state in AGAIN):
            taken += _request(db, actor, entry, benchmark)
    record(
        db,
        actor,
        verb="benchmark.re-evaluated",
        object=benchmark,
        entries=len(entries),
        created=taken,
        old=old[1],
    )
    db.flush()
    return progress(db, benchmark, old[0].id, created=taken)


def fits(entry: Any, benchmark: BenchmarkVersion) -> bool:
    """Whether the new version of the benchmark can run an entry: its kind is accepted, its runtime known."""
    submission, runtime = entry.submission.value, entry.runtime
    try:
        if runtime:
            parse_name(runtime)
    except UnknownRuntime:
        return False
    return submission in benchmark.accepts


def _request(db: Session, actor: Actor, entry: Any, benchmark: BenchmarkVersion) -> bool:
    version_id, asset_id = entry.version_id, entry.asset_id
    lock_key(db, "evaluation", version_id, benchmark.id)
    if requests.standing(db, version_id, benchmark.id) is not None:
        return False
    evaluation = Evaluation(
        version_id=version_id,
        asset_id=asset_id,
        benchmark_id=benchmark.id,
        submitted_by=entry.submitted_by,
        priority=LOW,
        queue=benchmark.queue,
        quota_returned=True,
    )
    set_deadline(db, evaluation, REQUESTED_S)
    db.add(evaluation)
    db.flush()
    db.add(EvaluationEvent(evaluation_id=evaluation.id, state=EvaluationState.requested))
    record(
        db,
        actor,
        verb="evaluation.requested",
        object=evaluation,
        reason="re-evaluation",
        version=str(version_id),
        benchmark=str(benchmark.id),
    )
    enqueue(db, SYSTEM, evaluation)
    db.flush()
    return True


def progress(db: Session, benchmark: BenchmarkVersion, old_id: uuid.UUID, *, created: int = 0) -> Taken:
    """How far the entries of the board before have come on this version. Two queries."""
    entries = reruns.standing(db, old_id)
    known = reruns.states(db, benchmark.id, [entry.version_id for entry in entries])
    found = [known.get(entry.version_id) for entry in entries if fits(entry, benchmark)]
    return Taken(
        entries=len(entries),
        created=created,
        done=sum(state is EvaluationState.done for state in found),
        active=sum(state in ACTIVE for state in found if state),
        failed=sum(state is EvaluationState.failed_user for state in found),
        unfit=len(entries) - len(found),
    )
