"""Who may do what with a benchmark. Pure functions."""

import uuid

from portal.kit.actor import Actor
from registry.benchmarks.models import BenchmarkVersion

OVERSEERS = ("secretariat",)


def owns(actor: Actor, namespace_id: uuid.UUID) -> bool:
    """Whether the actor publishes in the benchmark's namespace."""
    return actor.is_system or namespace_id in actor.namespaces


def takes_evaluations(benchmark: BenchmarkVersion) -> bool:
    """Whether anybody may still ask for an evaluation on this version: the latest one, and not closed."""
    return benchmark.is_latest and benchmark.closed_at is None
