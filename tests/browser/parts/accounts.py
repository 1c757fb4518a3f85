"""Pages of the second step that a signed-in person sees; the step itself is walked through in ``test_keys``."""

from typing import Any

from portal.accounts import actions
from portal.accounts.sessions import actor_of
from portal.kit.db import transaction


def add(world: Any) -> None:
    """The owner of the benchmark is about to set up an app."""
    with transaction() as db:
        actions.begin_totp(db, actor_of(db, world.people["owner"].id))
    world.pages["researcher"] += ["/settings/security", "/confirm"]
    world.pages["owner"] += ["/settings/security/app"]
