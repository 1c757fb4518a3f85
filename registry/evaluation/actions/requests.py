"""Asking for an evaluation, and taking it back."""

import datetime as dt
import uuid

from portal.audit.actions import record
from portal.kit.actor import SYSTEM, Actor
from portal.kit.clock import now
from portal.kit.db import Session, lock_key
from portal.kit.errors import Clash, Conflict, Forbidden, NotFound
from portal.kit.i18n import _, label
from registry.benchmarks.models import BenchmarkVersion
from registry.evaluation import policy
from registry.evaluation.actions.quotas import check_capacity, check_quota, check_unfinished
from registry.evaluation.actions.steps import REQUESTED_S, end_attempt, enqueue, move, set_deadline, start_job
from registry.evaluation.models import (
    AttemptState,
    Evaluation,
    EvaluationEvent,
    EvaluationState,
)
from registry.evaluation.queries import leases, lists, requests
from registry.gates.queries import may_pass
from registry.leases.queries import instant
from registry.sandbox.errors import UnknownRuntime
from registry.sandbox.runtimes import parse_name
from registry.versions.models import SubmissionKind, Version, VersionState
from registry.versions.policy import can_read
from registry.workers import queries as workers


def request_evaluation(
    db: Session, actor: Actor, *, version_id: uuid.UUID, benchmark_id: uuid.UUID
) -> Evaluation:
    """Reserve quota and queue the evaluation of a version; the same pair again gives the standing one.

    Refuses versions of others or not published, kinds the benchmark does not take, unknown runtimes, closed or
    superseded benchmarks, and whoever has used the quota.
    """
    if actor.id is None:
        raise Forbidden(_("Please sign in first."))
    version = _own_version(db, actor, version_id)
    benchmark = _open_benchmark(db, actor, benchmark_id)
    _check_fit(version, benchmark)
    # Locks in this order, always: the pair (one live evaluation), the person's quota here, the person, the benchmark.
    lock_key(db, "evaluation", version_id, benchmark_id)
    found = requests.standing(db, version_id, benchmark_id)
    if found is not None:
        return found
    lock_key(db, "quota", benchmark_id, actor.id)
    check_quota(requests.used(db, actor.id, benchmark_id), benchmark)
    lock_key(db, "unfinished", actor.id)
    check_unfinished(requests.unfinished(db, actor.id, benchmark_id), benchmark, workers.rule(db))
    if benchmark.capacity_per_day is not None:
        lock_key(db, "capacity", benchmark_id)
        check_capacity(requests.today(db, benchmark_id), benchmark.capacity_per_day)
    evaluation = Evaluation(
        version_id=version.id,
        asset_id=version.asset_id,
        benchmark_id=benchmark.id,
        submitted_by=actor.id,
        queue=benchmark.queue,
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
        version=str(version.id),
        benchmark=str(benchmark.id),
    )
    enqueue(db, SYSTEM, evaluation)
    db.flush()
    return evaluation


def _own_version(db: Session, actor: Actor, version_id: uuid.UUID) -> Version:
    row = requests.submission(db, version_id)
    if row is None or not can_read(actor, row[1].namespace_id, row[0].state):
        raise NotFound(_("There is no such version."))
    version: Version = row[0]
    asset = row[1]
    if asset.namespace_id not in actor.namespaces:
        raise Forbidden(_("Only versions of your own namespaces can be submitted."))
    if version.state is not VersionState.published:
        raise Conflict(
            _("This version is “%(state)s”.", state=label(version.state)),
            hint=_("Only published versions can be evaluated."),
        )
    if version.submission is SubmissionKind.files:
        raise Clash(
            _("This version holds files only; there is nothing to evaluate."),
            hint=_("A submission holds predictions, a program with cspon.yaml, or one model."),
        )
    return version


def _open_benchmark(db: Session, actor: Actor, benchmark_id: uuid.UUID) -> BenchmarkVersion:
    row = requests.open_benchmark(db, benchmark_id)
    if row is None or not (row[1].is_public or row[1].namespace_id in actor.namespaces):
        raise NotFound(_("There is no such benchmark."))
    benchmark, asset, base, _namespace = row
    if not may_pass(db, actor, asset.id):
        # A program sees the inputs while it runs, so running it is reading them.
        raise Forbidden(
            _("The files of this benchmark are given on request."),
            hint=_("Ask for access on its page first."),
        )
    if benchmark.closed_at is not None or base.state is not VersionState.published:
        raise Conflict(_("This benchmark takes no evaluations any more."))
    if not benchmark.is_latest:
        raise Conflict(
            _("This version of the benchmark has been replaced."), hint=_("Submit to its latest version.")
        )
    return benchmark  # type: ignore[no-any-return]


def _check_fit(version: Version, benchmark: BenchmarkVersion) -> None:
    if version.submission.value not in benchmark.accepts:
        raise Clash(
            _(
                "This benchmark does not take submissions of the kind “%(kind)s”.",
                kind=label(version.submission),
            ),
            hint=_(
                "It takes: %(kinds)s.", kinds=" / ".join(label(SubmissionKind(k)) for k in benchmark.accepts)
            ),
        )
    if version.runtime:
        try:
            parse_name(version.runtime)
        except UnknownRuntime as error:
            raise Clash(
                _(
                    "The version asks for the runtime “%(name)s”, which this portal does not know.",
                    name=version.runtime,
                ),
                hint=_(
                    "It is not run: a runtime is never replaced by another. Choose a known one in cspon.yaml."
                ),
            ) from error


def remind(db: Session, evaluation_id: uuid.UUID, *, delay_s: float = 0.0) -> None:
    """Defer the job of a waiting evaluation again: its present job ends without having run it."""
    evaluation = leases.locked_queued(db, evaluation_id)
    if evaluation is not None:
        start_job(db, evaluation, at=instant(db) + dt.timedelta(seconds=delay_s) if delay_s else None)


def cancel(db: Session, actor: Actor, *, evaluation_id: uuid.UUID) -> Evaluation:
    """End an evaluation at once. Before it ran its quota is given back; a running jail is killed by its worker."""
    facts = lists.facts(db, evaluation_id)
    if facts is None or not policy.can_see(actor, facts):
        raise NotFound(_("There is no such evaluation."))
    if not policy.can_cancel(actor, facts):
        raise Forbidden(_("Only the submitter can cancel an evaluation."))
    evaluation = leases.locked(db, evaluation_id)
    if evaluation is None:
        raise NotFound(_("There is no such evaluation."))
    attempt = leases.live_attempt(db, evaluation_id)
    never_ran = attempt is None
    move(
        db,
        actor,
        evaluation,
        EvaluationState.cancelled,
        who="submitter",
        attempt_no=attempt.number if attempt else 0,
        quota_returned=never_ran,
    )
    evaluation.cancel_asked_at = now()
    evaluation.failure_code = "cancelled"
    evaluation.quota_returned = never_ran
    if attempt is not None:
        end_attempt(db, attempt, AttemptState.failed, "cancelled")
    db.flush()
    return evaluation
