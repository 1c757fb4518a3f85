"""Pages of the second step that a signed-in person sees; the step itself is walked through in ``test_keys``."""

from typing import Any

from portal.accounts import actions
from portal.accounts.sessions import actor_of
from portal.kit.actor import Actor
from portal.kit.db import transaction


def add(world: Any) -> None:
    """The owner of the benchmark is about to set up an app."""
    owner = actor_of_person(world, "owner")
    with transaction() as db:
        actions.begin_totp(db, owner)
        actions.begin_email_change(db, owner, email="moved@example.org")
        actions.begin_sign_up(
            db, email="joining@example.org", name="新用户", password="晴天的长椅 walks 42", namespace=None
        )
    with transaction() as db:
        actions.request_export(db, actor_of_person(world, "researcher"))
    # The redirects among them are looked at where they lead; the second step itself is walked through in ``test_keys``.
    world.pages[""] += [
        "/sign-in/second",
        "/sign-up/sent",
        world._mailed(r"/sign-up/\S+", "joining@example.org"),
    ]
    world.pages["researcher"] += [
        "/settings/security",
        "/settings/data",
        "/confirm",
        "/second-factor",
        "/.well-known/change-password",
    ]
    world.pages["owner"] += [
        "/settings/security/app",
        world._mailed(r"/settings/email/\S+", "moved@example.org"),
    ]


def actor_of_person(world: Any, who: str) -> Actor:
    with transaction() as db:
        return actor_of(db, world.people[who].id)
