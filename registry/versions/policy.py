"""Who may do what to versions. Pure."""

import uuid

from portal.kit.actor import Actor
from registry.assets.policy import can_edit, is_staff
from registry.versions.models import VersionState

PUBLIC_STATES = frozenset({VersionState.published, VersionState.yanked})
STAFF_STATES = frozenset({VersionState.scanning, VersionState.quarantined, VersionState.rejected})


def can_read(actor: Actor, namespace_id: uuid.UUID, state: VersionState) -> bool:
    """Published (and yanked) versions are for all; drafts for publishers; what is checked also for staff."""
    if state in PUBLIC_STATES or can_edit(actor, namespace_id):
        return True
    return state in STAFF_STATES and is_staff(actor)


def can_see_hidden(actor: Actor, namespace_id: uuid.UUID) -> bool:
    """The hidden part of a benchmark is for publishers of its namespace alone (and for the portal itself)."""
    return actor.is_system or can_edit(actor, namespace_id)


def can_change_files(actor: Actor, namespace_id: uuid.UUID, state: VersionState) -> bool:
    """Publishers may change files while the version is a draft, and never afterwards."""
    return state is VersionState.draft and can_edit(actor, namespace_id)


def can_yank(actor: Actor, namespace_id: uuid.UUID, state: VersionState) -> bool:
    """Publishers withdraw what they have published."""
    return state is VersionState.published and can_edit(actor, namespace_id)
