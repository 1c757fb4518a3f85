"""What routes load and allow before they show anything."""

from dataclasses import dataclass
from typing import Any

from portal.kit.errors import Forbidden, NotFound
from portal.kit.i18n import _
from portal.kit.pages import Context
from portal.kit.routes import public, signed_in
from registry.assets.guards import missing
from registry.assets.models import Asset
from registry.benchmarks import policy as benchmark_policy
from registry.benchmarks import queries as benchmark_queries
from registry.benchmarks.models import BenchmarkVersion
from registry.evaluation import policy
from registry.evaluation.policy import Facts
from registry.evaluation.queries import lists
from registry.versions.models import Version


@dataclass(frozen=True)
class Seen:
    """An evaluation the reader may see."""

    row: Any
    facts: Facts


@dataclass(frozen=True)
class Bench:
    """A benchmark the reader may see."""

    benchmark: BenchmarkVersion
    asset: Asset
    namespace: Any
    version: Version

    @property
    def full_name(self) -> str:
        """``namespace/name``."""
        return f"{self.namespace.slug}/{self.asset.name}"

    @property
    def url(self) -> str:
        """The benchmark's page."""
        return f"/benchmarks/{self.full_name}"


def readable(req: Context) -> Seen:
    """The evaluation named ``id`` in the address; absent and invisible give the same 404."""
    evaluation_id = req.path_id()
    facts = lists.facts(req.db, evaluation_id)
    if facts is None or not policy.can_see(req.actor, facts):
        raise NotFound(_("There is no such evaluation."))
    return Seen(lists.one(req.db, evaluation_id), facts)


def benchmark(req: Context) -> Bench:
    """The benchmark in the address, in the version asked for by ``?version=`` or the latest."""
    number = req.query.get("version") or None
    row = benchmark_queries.one(req.db, req.actor, req.path["ns"], req.path["name"], number)
    if row is None:
        raise missing(req, _("There is no such benchmark."))
    return Bench(*row)


def shown(req: Context) -> Bench:
    """Anyone may read a public benchmark."""
    public(req)
    return benchmark(req)


def owned(req: Context) -> Bench:
    """A benchmark of a namespace the reader publishes in, in the version asked for."""
    signed_in(req)
    bench = benchmark(req)
    if not benchmark_policy.owns(req.actor, bench.asset.namespace_id):
        raise Forbidden(_("Only the benchmark's owner may do this."))
    return bench
