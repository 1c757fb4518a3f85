"""Liking and watching; and telling watchers what happened to a version."""

import uuid

from portal.kit.actor import Actor
from portal.kit.db import Session
from portal.kit.errors import SignInNeeded
from portal.kit.i18n import N_, _
from portal.notices.actions import tell
from registry.assets import queries as assets
from registry.community.models import WatchLevel
from registry.community.queries import reactions as queries
from registry.gates.queries import publishers_of
from registry.versions import queries as versions
from registry.versions.addresses import address
from registry.versions.models import VersionState

TOLD = {
    VersionState.published: N_("%(asset)s, which you watch, has the new version %(number)s."),
    VersionState.yanked: N_("Version %(number)s of %(asset)s, which you watch, was withdrawn: %(reason)s"),
}


def _member(actor: Actor) -> uuid.UUID:
    if actor.id is None:
        raise SignInNeeded(_("Please sign in first."))
    return actor.id


def like(db: Session, actor: Actor, *, asset_id: uuid.UUID) -> bool:
    """Like an asset, once; whether it is new."""
    new = queries.add_like(db, asset_id, _member(actor))
    if new:
        assets.count_likes(db, asset_id, 1)
    return new


def unlike(db: Session, actor: Actor, *, asset_id: uuid.UUID) -> bool:
    """Take the like back; whether there was one."""
    gone = queries.remove_like(db, asset_id, _member(actor))
    if gone:
        assets.count_likes(db, asset_id, -1)
    return gone


def watch(db: Session, actor: Actor, *, asset_id: uuid.UUID, level: WatchLevel) -> None:
    """Be told of what happens to an asset."""
    queries.set_watch(db, asset_id, _member(actor), level)


def unwatch(db: Session, actor: Actor, *, asset_id: uuid.UUID) -> bool:
    """Be told no more; whether it was watched."""
    return queries.remove_watch(db, asset_id, _member(actor))


def tell_watchers(db: Session, *, version_id: uuid.UUID, state: VersionState) -> int:
    """Tell all watchers that a version was published or withdrawn; how many. Whoever made it knows already.

    What is withheld by now is told to nobody outside its namespace.
    """
    found = versions.plain(db, version_id)
    if found is None or state not in TOLD or found[0].state is not state:
        return 0
    version, asset, namespace = found
    own = set(publishers_of(db, asset.namespace_id)) if asset.withheld else None
    told = 0
    for account in queries.watchers(db, asset.id, discussions=False):
        if account.id == version.created_by or (own is not None and account.id not in own):
            continue
        tell(
            db,
            account.id,
            message=TOLD[state],
            url=address(version, namespace, asset.name),
            asset=f"{namespace}/{asset.name}",
            number=version.number,
            reason=version.state_reason,
        )
        told += 1
    return told
