"""Who may do what with evaluations. Pure functions over plain values."""

import uuid
from dataclasses import dataclass

from portal.kit.actor import Actor
from registry.evaluation.models import EvaluationState


@dataclass(frozen=True)
class Facts:
    """What policies ask about an evaluation."""

    submitted_by: uuid.UUID
    namespace_id: uuid.UUID
    """Of the submitted asset."""
    benchmark_namespace_id: uuid.UUID
    state: EvaluationState
    asset_public: bool
    benchmark_public: bool
    logs_visible: bool


def is_party(actor: Actor, facts: Facts) -> bool:
    """The submitter, who may publish in the submission's namespace, the benchmark's owner, the secretariat."""
    if actor.is_system or actor.has("secretariat"):
        return True
    if actor.is_anonymous:
        return False
    return (
        actor.id == facts.submitted_by
        or facts.namespace_id in actor.namespaces
        or facts.benchmark_namespace_id in actor.namespaces
    )


def can_see(actor: Actor, facts: Facts) -> bool:
    """Parties see everything from the start; others only results of public assets on public benchmarks."""
    if is_party(actor, facts):
        return True
    return facts.state is EvaluationState.done and facts.asset_public and facts.benchmark_public


def sees_all_cells(actor: Actor, benchmark_namespace_id: uuid.UUID) -> bool:
    """Scores by region and slice that a benchmark does not make public are for its owner only: a submitter could
    learn from them what lies in the hidden data.
    """
    return actor.is_system or benchmark_namespace_id in actor.namespaces


def can_cancel(actor: Actor, facts: Facts) -> bool:
    """The submitter, or whoever may publish in the submission's namespace."""
    return not actor.is_anonymous and (
        actor.id == facts.submitted_by or facts.namespace_id in actor.namespaces
    )


def visible_log_phases(actor: Actor, facts: Facts) -> frozenset[str]:
    """Whose output a reader may see. The scorer may print labels: only the benchmark's owner reads it."""
    if actor.is_system or facts.benchmark_namespace_id in actor.namespaces:
        return frozenset({"predict", "score"})
    submitter = not actor.is_anonymous and (
        actor.id == facts.submitted_by or facts.namespace_id in actor.namespaces
    )
    return frozenset({"predict"}) if facts.logs_visible and submitter else frozenset()
