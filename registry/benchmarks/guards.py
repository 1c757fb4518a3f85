"""What routes of benchmarks load and allow before they show or change anything."""

from dataclasses import dataclass
from typing import Any

from portal.kit.errors import Forbidden
from portal.kit.i18n import _
from portal.kit.pages import Context
from portal.kit.routes import public, signed_in
from registry.assets.guards import missing
from registry.assets.models import Asset
from registry.benchmarks import policy, queries
from registry.benchmarks.models import BenchmarkVersion
from registry.versions.models import Version


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


def benchmark(req: Context) -> Bench:
    """The benchmark in the address, in the version the address or ``?version=`` names, or the latest."""
    number = req.path.get("number") or req.query.get("version") or None
    row = queries.one(req.db, req.actor, req.path["ns"], req.path["name"], number)
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
    if not policy.owns(req.actor, bench.asset.namespace_id):
        raise Forbidden(_("Only the benchmark's owner may do this."))
    return bench
