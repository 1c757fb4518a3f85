"""Bundles: ordered when a promotion enters a channel, moved on by the job that builds them, withdrawn at once."""

import datetime as dt
import uuid
from collections.abc import Mapping

from portal.audit.actions import record
from portal.kit.actor import SYSTEM, Actor
from portal.kit.clock import now
from portal.kit.db import Session, lock_row
from portal.kit.errors import Conflict
from portal.kit.i18n import N_, _
from portal.kit.jobs import defer
from portal.kit.states import check_move
from portal.kit.storage import Blob
from portal.notices.actions import tell
from registry.promotion.models import Promotion
from registry.rollout import policy
from registry.rollout.models import (
    BUNDLE_HOURS,
    BUNDLE_TIMED_OUT,
    BUNDLE_TRANSITIONS,
    BundleState,
    Channel,
    NodeState,
    RolloutBundle,
)
from registry.rollout.queries import bundles as queries
from registry.rollout.queries import nodes, receipts
from registry.versions import queries as versions
from registry.versions.models import VersionState

BUILD, SETTLE, NOTICES = "rollout.build", "rollout.settle", "rollout.notices"
LATE = N_("Timed out: it was not built or signed before the deadline.")
STOPPED = N_("The version is not promoted any more.")
NEWER = N_("A newer bundle of this version took its place.")
OFFERED = N_("%(what)s is offered to your node %(name)s: %(channel_msg)s.")
WITHDRAWN = N_("%(what)s is withdrawn and must not be used any more on your node %(name)s.")


def url(version_url: str) -> str:
    """The panel on the version's page."""
    return f"{version_url}#rollout"


def locked(db: Session, bundle_id: uuid.UUID) -> RolloutBundle:
    """The bundle, locked for a change."""
    return lock_row(db, RolloutBundle, bundle_id)


def order(
    db: Session,
    actor: Actor,
    *,
    promotion_id: uuid.UUID,
    channel: Channel | None = None,
    wheels: Mapping[str, str] | None = None,
) -> RolloutBundle:
    """Have the version of a promotion packed for the channel of its stage, or for one it has passed.

    The promotion's stage is the gate: refused for a channel it has not reached, while it is stopped, and for a version
    that is not published any more. One that is being made or ready gives way. ``wheels``: entry -> digest in the store.
    """
    promotion = db.get(Promotion, promotion_id)
    reached = queries.CHANNEL_OF.get(promotion.stage) if promotion is not None else None
    if promotion is None or reached is None:
        raise Conflict(_("This version is not promoted to any channel now."))
    wanted = channel or reached
    if list(Channel).index(wanted) > list(Channel).index(reached):
        raise Conflict(_("The promotion has not reached this channel."))
    found = versions.plain(db, promotion.version_id)
    assert found is not None  # noqa: S101 - a foreign key
    version, asset, _space = found
    if (
        version.state is not VersionState.published
        or asset.withheld
        or version.tree_digest != promotion.version_digest
    ):
        raise Conflict(_("The version is not published any more, or its asset is withheld."))
    for old in queries.live(db, version.id, wanted, lock=True):
        move(db, old, BundleState.replaced, reason=NEWER)
    made = RolloutBundle(
        version_id=version.id, asset_id=asset.id, promotion_id=promotion.id, channel=wanted,
        sequence=queries.next_sequence(db), stage=promotion.stage.value, step=promotion.step,
        parts=dict(wheels or {}), ordered_by=actor.id,
        deadline_at=now() + dt.timedelta(hours=BUNDLE_HOURS[BundleState.building]),
    )  # fmt: skip
    db.add(made)
    db.flush()
    record(
        db, actor, verb="bundle.ordered", object=made, version=str(version.id), digest=version.tree_digest,
        channel=wanted.value, sequence=made.sequence, promotion=str(promotion.id), step=promotion.step,
    )  # fmt: skip
    defer(db, BUILD, queueing_lock=f"rollout:{made.id}", bundle_id=str(made.id))
    return made


def move(
    db: Session,
    bundle: RolloutBundle,
    new: BundleState,
    *,
    reason: str = "",
    ends: dt.datetime | None = None,
) -> None:
    """Move a locked bundle along the table, with its deadline and its event."""
    old = bundle.state
    check_move(BUNDLE_TRANSITIONS, old, new, "system")
    bundle.state, bundle.state_reason, bundle.state_at = new, reason[:2000], now()
    until = now() + dt.timedelta(hours=BUNDLE_HOURS.get(new, 0))
    bundle.deadline_at = min(until, ends) if ends is not None else until
    bundle.touch()
    db.add(bundle)
    db.flush()
    record(
        db, SYSTEM, verb=f"bundle.{new.value}", object=bundle, reason=reason or None, before=old.value,
        version=str(bundle.version_id), channel=bundle.channel.value, sequence=bundle.sequence,
        manifest=bundle.manifest_sha256 or "", sha256=bundle.sha256 or "",
    )  # fmt: skip


def prepared(db: Session, bundle_id: uuid.UUID, manifest: Blob, parts: Mapping[str, Blob]) -> None:
    """Its manifest and the files of its evidence are in the store. Of two that built it at once the first counts."""
    bundle = locked(db, bundle_id)
    if bundle.state is not BundleState.building or bundle.manifest_sha256 is not None:
        return
    versions.note_blobs(db, [manifest, *parts.values()])
    bundle.manifest_sha256 = manifest.sha256
    bundle.parts = bundle.parts | {name: blob.sha256 for name, blob in parts.items()}
    bundle.touch()
    db.add(bundle)


def ready(db: Session, bundle_id: uuid.UUID, packed: Blob, ends: dt.datetime | None) -> None:
    """The zip is in the store: it is offered from now on, or (packed anew) in place of the one before."""
    bundle = locked(db, bundle_id)
    if bundle.state not in (BundleState.building, BundleState.signing, BundleState.ready):
        return
    versions.note_blobs(db, [packed])
    bundle.sha256, bundle.size, bundle.packed_at = packed.sha256, packed.size, now()
    bundle.touch()
    db.add(bundle)
    if bundle.state is not BundleState.ready:
        move(db, bundle, BundleState.ready, ends=ends)
        _tell(db, bundle, OFFERED)


def stop(db: Session, *, version_id: uuid.UUID) -> int:
    """Withdraw what there is of a version and tell the nodes; how many bundles. The list of such is signed next."""
    done = 0
    told: set[tuple[uuid.UUID, uuid.UUID]] = set()
    for bundle in queries.live(db, version_id, lock=True):
        was_ready = bundle.state is BundleState.ready
        move(db, bundle, BundleState.withdrawn, reason=STOPPED)
        done += 1
        if was_ready:
            _tell(db, bundle, WITHDRAWN, told)
    defer(db, NOTICES, queueing_lock=NOTICES)
    return done


def _tell(
    db: Session, bundle: RolloutBundle, message: str, told: set[tuple[uuid.UUID, uuid.UUID]] | None = None
) -> None:
    """The operators of nodes that are offered it, or that have said they installed it; who is in ``told`` knows."""
    knows = told if told is not None else set()
    row = queries.one(db, bundle.id)
    assert row is not None  # noqa: S101 - it is locked
    sites = nodes.sites(db, [bundle.promotion_id]).get(bundle.promotion_id, [])
    had = set(receipts.nodes_with(db, bundle.version_id)) if message is WITHDRAWN else set()
    rows = nodes.of_state(db, NodeState.confirmed)
    places = nodes.places(db, rows)
    chosen = [
        node for node in rows if node.id in had or policy.offered(places[node.id], bundle.channel, sites)
    ]
    people = nodes.operators(db, {node.organisation_id for node in chosen})
    for node in chosen:
        for account_id in people.get(node.organisation_id, []):
            if (node.id, account_id) in knows:
                continue
            knows.add((node.id, account_id))
            tell(
                db, account_id, message=message, url=f"/nodes/{node.id}", name=node.name,
                what=f"{row.namespace}/{row.name} {row.version}", channel_msg=bundle.channel.label,
            )  # fmt: skip


def failed(db: Session, bundle_id: uuid.UUID, reason: str) -> None:
    """It could not be built; why is shown to those who may order it again."""
    bundle = locked(db, bundle_id)
    if bundle.state in (BundleState.building, BundleState.signing):
        move(db, bundle, BundleState.failed, reason=reason)


def held_up(db: Session, bundle_id: uuid.UUID, reason: str) -> None:
    """It could not be built just now and is tried again; why is shown meanwhile."""
    bundle = locked(db, bundle_id)
    if bundle.state in (BundleState.building, BundleState.signing) and bundle.state_reason != reason[:2000]:
        bundle.state_reason = reason[:2000]
        bundle.touch()
        db.add(bundle)


def watch(db: Session) -> int:
    """End what has passed its deadline, order what is lacking, go on with what was signed; how many ended."""
    done = 0
    for key in queries.overdue(db, now()):
        bundle = locked(db, key)
        if bundle.deadline_at <= now() and bundle.state in BUNDLE_TIMED_OUT:
            move(db, bundle, BUNDLE_TIMED_OUT[bundle.state], reason=LATE)
            done += 1
    for promotion_id, channel in queries.lacking(db):
        order(db, SYSTEM, promotion_id=promotion_id, channel=channel)
    for row in queries.stopped(db):
        if queries.live(db, row.id):
            stop(db, version_id=row.id)
    for state, job in ((BundleState.building, BUILD), (BundleState.signing, SETTLE)):
        for key in queries.in_state(db, state):
            defer(db, job, queueing_lock=f"rollout:{key}", bundle_id=str(key))
    return done
