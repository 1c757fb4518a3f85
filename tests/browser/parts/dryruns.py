"""A benchmark's draft whose dry run is over, one that was never tried, and a benchmark with two versions."""

from typing import Any

from portal.kit.actor import SYSTEM
from portal.kit.db import transaction
from registry.authoring.steps import STEPS
from registry.benchmarks import actions as benchmarks
from registry.dryruns import queries
from registry.dryruns.models import LIVE
from registry.versions.models import SubmissionKind
from tests.dryruns.drafts import Desk
from tests.evaluation.tiny import HIDDEN, Scene, manifest, tree


def add(world: Any) -> None:
    """Needs a running worker."""
    from tests.browser.world import eventually

    owner = world.people["owner"]
    tried, fresh = (Desk(world.db, world.make, owner=owner) for _ in range(2))
    tried.start()

    def over() -> bool:
        with transaction() as db:
            run = queries.newest(db, tried.version.id)
            return run is not None and run.state not in LIVE

    eventually(over, "the dry run ends")
    world.pages["owner"] += [f"{desk.url}{part}" for desk in (tried, fresh) for part in ("", "/dry-run")]
    steps = ["", "/raw/yaml", "/show/preview", *(f"/{step.key}" for step in STEPS)]
    world.pages["owner"] += [f"{tried.url}/author{step}" for step in steps]
    _two_versions(world)


def _two_versions(world: Any) -> None:
    """Two boards side by side, for anyone and for the owner."""
    scene = Scene(world.db, world.make)
    scene.request(scene.predictions())
    base = world.make.version(
        scene.asset, tree(manifest()), submission=SubmissionKind.files, hidden=HIDDEN, number="2.0.0"
    )
    with transaction() as db:
        benchmarks.register(db, SYSTEM, version_id=base.id)
    board = f"/benchmarks/{scene.owner.namespace.slug}/{scene.asset.name}/leaderboard"
    world.people["bench_owner"] = scene.owner
    world.pages["bench_owner"] = [f"{board}/versions", f"{board}?version=1.0.0"]
    world.pages[""].append(f"{board}/versions")
