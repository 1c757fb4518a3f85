"""A benchmark's draft whose dry run is over, and one that was never tried."""

from typing import Any

from portal.kit.db import transaction
from registry.authoring.steps import STEPS
from registry.dryruns import queries
from registry.dryruns.models import LIVE
from tests.dryruns.drafts import Desk


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
