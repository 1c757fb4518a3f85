"""What the verbs of versions share."""

import uuid

from portal.audit.actions import record
from portal.kit.actor import Actor
from portal.kit.db import Session, notify
from portal.kit.errors import Conflict, NotFound
from portal.kit.events import CHANNEL
from portal.kit.i18n import _
from portal.kit.states import check_move
from registry.assets import actions as assets
from registry.assets.models import Asset
from registry.versions import queries
from registry.versions.models import VERSION_TRANSITIONS, Version, VersionState


def locked(db: Session, version_id: uuid.UUID) -> tuple[Version, Asset]:
    """The version, locked, and its asset."""
    found = queries.get_for_change(db, version_id)
    if found is None:
        raise NotFound(_("There is nothing at this address."))
    return found


def draft(db: Session, version_id: uuid.UUID) -> tuple[Version, Asset]:
    """The version, locked, if it is still a draft: whatever was submitted never changes."""
    version, asset = locked(db, version_id)
    if version.state is not VersionState.draft:
        raise Conflict(
            _("The files of a submitted version do not change."), hint=_("Make a new version instead.")
        )
    return version, asset


def topic(version_id: uuid.UUID) -> str:
    """The live topic of a version's page."""
    return f"version:{version_id}"


def move(
    db: Session,
    actor: Actor,
    version: Version,
    new: VersionState,
    *,
    who: str,
    verb: str,
    reason: str = "",
    **evidence: object,
) -> None:
    """Check the table, change, write the audit event, tell live readers and the asset's caches."""
    check_move(VERSION_TRANSITIONS, version.state, new, who)
    old, version.state = version.state, new
    version.state_reason = reason[:2000]
    version.touch()
    db.add(version)
    db.flush()
    record(
        db,
        actor,
        verb=verb,
        object=version,
        reason=reason or None,
        number=version.number,
        **{"from": old.value, "to": new.value, "tree_digest": version.tree_digest, **evidence},
    )
    notify(db, CHANNEL, topic(version.id))
    assets.touch(db, version.asset_id)
