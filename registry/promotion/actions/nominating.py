"""Nominating a version, and taking one's nomination back."""

import uuid

from portal.kit.actor import Actor
from portal.kit.db import Session, lock_key
from portal.kit.errors import Conflict, Forbidden, NotFound
from portal.kit.forms import need_reason
from portal.kit.i18n import _
from registry.assets.models import EXECUTABLE
from registry.promotion.actions import common, profiles
from registry.promotion.forms import NominationInput, Rules
from registry.promotion.models import Promotion, Stage
from registry.promotion.queries import promotions as queries
from registry.versions import queries as versions
from registry.versions.models import VersionState


def nominate(
    db: Session, actor: Actor, *, version_id: uuid.UUID, given: NominationInput, demo: bool = False
) -> Promotion:
    """Nominate a published version, with reasons. Any member may; a version has one live promotion."""
    if actor.id is None or not actor.may("write"):
        raise Forbidden(_("Please sign in to nominate."))
    lock_key(db, "promotion", str(version_id))
    found = versions.plain(db, version_id)
    if found is None:
        raise NotFound(_("There is nothing at this address."))
    version, asset, _space = found
    if version.state is not VersionState.published or asset.withheld:
        raise Conflict(_("Only a published version can be nominated."))
    if asset.kind not in EXECUTABLE:
        raise Conflict(_("Only models, algorithms and tools are promoted."))
    live = queries.live_of(db, version.id)
    if live is not None:
        refusal = Conflict(_("This version is being promoted already."))
        refusal.way_out = common.url(live)
        raise refusal
    profile = profiles.for_kind(db, asset.kind)
    made = Promotion(
        version_id=version.id, asset_id=asset.id, version_digest=version.tree_digest, profile_id=profile.id,
        nominated_by=actor.id, reasons=given.reasons, demo=demo,
        deadline_at=common.deadline(Rules.model_validate(profile.rules), Stage.nominated),
    )  # fmt: skip
    db.add(made)
    db.flush()
    common.note(db, actor, made, "", "nominator", reason="", found=[], override={})
    common.told(db, made, but=actor.id)
    common.tell_staff(db, made, but=actor.id)
    return made


def withdraw(db: Session, actor: Actor, *, promotion_id: uuid.UUID, reason: str) -> Promotion:
    """Take a nomination back, while it is no more than that: whoever made it."""
    promotion = common.locked(db, promotion_id)
    if actor.id is None or promotion.nominated_by != actor.id or not actor.may("write"):
        raise Forbidden(_("Only whoever nominated it takes the nomination back."))
    common.move(db, actor, promotion, Stage.withdrawn, "nominator", reason=need_reason(reason))
    return promotion
