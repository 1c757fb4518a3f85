"""Who may try a version, and who may see a trial: its asker, and nobody else in any role."""

from typing import Any

from portal.accounts.guards import limited
from portal.kit.errors import NotFound
from portal.kit.i18n import _
from portal.kit.limits import Limit
from portal.kit.pages import Context
from portal.kit.routes import signed_in
from registry.trials import queries
from registry.versions.guards import readable_version

PER_PERSON = (Limit(60, 60),)
"""Requests for trials, those that are refused too."""


def _member(req: Context) -> Any:
    """The version in the address, if the actor is signed in and may read its files."""
    signed_in(req)
    return readable_version(req)


asking = limited(_member, "trial", PER_PERSON)


def own_trial(req: Context) -> Any:
    """The trial in the address, if it is the actor's own; to everybody else there is nothing there."""
    signed_in(req)
    assert req.actor.id is not None  # noqa: S101 - signed in
    found = queries.own(req.db, req.actor.id, req.path_id())
    if found is None:
        raise NotFound(_("There is nothing at this address."))
    return found
