"""Results whose labels are public, hidden, and hidden beside open inputs; and the benchmarks they were made on."""

from typing import Any

from portal.kit.db import transaction
from registry.benchmarks import actions as benchmarks
from registry.benchmarks.models import BenchmarkVersion
from tests.evaluation.tiny import Scene, actor
from tests.exchange.conftest import accept


def add(world: Any) -> None:
    """Rows as a worker writes them: what is run is looked at elsewhere."""
    hidden, halfway, public = (
        Scene(world.db, world.make, inputs_public=inputs_public) for inputs_public in (False, True, False)
    )
    world.people["reproduction_owner"] = hidden.owner
    owned: list[str] = []
    for scene in (hidden, halfway, public):
        key = accept(world.db, scene, scene.program(), rmse=1.25, hits=0.5).id
        world.pages[""].append(f"/evaluations/{key}/reproduction")
        if scene is hidden:
            owned.append(f"/evaluations/{key}/reproduction")
    for scene in (hidden, public):
        with transaction() as db:
            benchmark = db.get_one(BenchmarkVersion, scene.benchmark.id)
            benchmarks.close(db, actor(scene.owner), benchmark, scene.asset, reason="over")
    with transaction() as db:
        benchmark = db.get_one(BenchmarkVersion, public.benchmark.id)
        benchmarks.publish_labels(db, actor(public.owner), benchmark, public.asset, reason="over")
    page = "/benchmarks/{0.owner.namespace.slug}/{0.asset.name}"
    world.pages["reproduction_owner"] = [*owned, page.format(hidden)]
    world.pages[""].append(page.format(public))
