"""What the verbs share: locking, conflicts, computing gates, moving along the table with its step in the log."""

import datetime as dt
import uuid
from typing import Any

from portal.accounts import queries as accounts
from portal.accounts.models import Role
from portal.audit.actions import record, request_checkpoint
from portal.kit.actor import Actor
from portal.kit.clock import now
from portal.kit.db import Session, lock_row
from portal.kit.errors import Conflict, Forbidden
from portal.kit.i18n import N_, _
from portal.kit.states import check_move
from portal.notices.actions import tell
from registry.assets.models import Asset
from registry.certification.policy import conflict
from registry.certification.queries import gathering as certification
from registry.gates.queries import publishers_of
from registry.promotion import changes, gates
from registry.promotion.forms import Rules
from registry.promotion.gates import Checked
from registry.promotion.models import (
    FINAL,
    PROMOTION_TRANSITIONS,
    TRACK,
    Promotion,
    PromotionProfile,
    PromotionStep,
    Stage,
)
from registry.promotion.queries import gathering
from registry.versions import queries as versions
from registry.versions.models import Version, VersionState

MOVED = N_("%(what)s: %(stage_msg)s.")
WAITS = N_("%(what)s was nominated for promotion.")


def url(promotion_id: object) -> str:
    """The page of a promotion."""
    return f"/promotions/{promotion_id}"


def locked(db: Session, promotion_id: uuid.UUID) -> Promotion:
    """The promotion, locked for a change."""
    return lock_row(db, Promotion, promotion_id)


def one(db: Session, promotion_id: uuid.UUID) -> Promotion:
    """The promotion, to be read only."""
    return db.get_one(Promotion, promotion_id)


def subject(db: Session, promotion: Promotion) -> tuple[Version, Asset, str]:
    """Its version, its asset, and the namespace's short name."""
    found = versions.plain(db, promotion.version_id)
    assert found is not None  # noqa: S101 - a foreign key
    return found


def rules_of(db: Session, promotion: Promotion) -> Rules:
    """The rules it began with."""
    return Rules.model_validate(db.get_one(PromotionProfile, promotion.profile_id).rules)


def has_part(db: Session, actor: Actor, promotion: Promotion) -> bool:
    """Whether somebody made it, nominated it, or is of an organisation it belongs to."""
    version, asset, _space = subject(db, promotion)
    parties = certification.parties(db, version, asset, promotion.nominated_by)
    return conflict(actor, parties, asset.namespace_id, certification.above(db, actor.organisations))


def free(db: Session, actor: Actor, promotion: Promotion) -> None:
    """Refuse whoever has part in it."""
    if has_part(db, actor, promotion):
        raise Forbidden(
            _("You have a part in this; somebody else must decide."),
            hint=_("Whoever made it, nominated it, or is of its owner's organisation does not move it on."),
        )


def following(promotion: Promotion) -> Stage | None:
    """The stage it would enter next: the one after, or the one it was suspended in."""
    if promotion.stage is Stage.suspended:
        return Stage(promotion.before_suspended)
    if promotion.stage in TRACK[:-1]:
        return TRACK[TRACK.index(promotion.stage) + 1]
    return None


def checked(db: Session, promotion: Promotion, target: Stage) -> list[Checked]:
    """The gates of a stage as they stand at this moment."""
    rule = rules_of(db, promotion).stages[target]
    return gates.check(rule.gates, gathering.facts(db, promotion)) if rule.gates else []


def still_there(db: Session, promotion: Promotion) -> None:
    """Refuse to go on with a version that is not published any more; no vote helps."""
    version, asset, _space = subject(db, promotion)
    if (
        version.state is not VersionState.published
        or asset.withheld
        or version.tree_digest != promotion.version_digest
    ):
        raise Conflict(_("The version is not published any more, or its asset is withheld."))


def deadline(rules: Rules, stage: Stage) -> dt.datetime:
    """When a stage that begins now ends by itself; a final one is over now."""
    if stage in FINAL:
        return now()
    days = rules.suspended_days if stage is Stage.suspended else rules.stages[stage].days
    return now() + dt.timedelta(days=days)


def move(
    db: Session,
    actor: Actor,
    promotion: Promotion,
    new: Stage,
    who: str,
    *,
    reason: str = "",
    found: list[Checked] | None = None,
    override: dict[str, Any] | None = None,
) -> PromotionStep:
    """Move a locked promotion along the table: its step, the audit event, and notices to those concerned."""
    old = promotion.stage
    check_move(PROMOTION_TRANSITIONS, old, new, who)
    promotion.before_suspended = old.value if new is Stage.suspended else ""
    promotion.stage, promotion.stage_reason, promotion.stage_at = new, reason, now()
    promotion.deadline_at = deadline(rules_of(db, promotion), new)
    promotion.step += 1
    promotion.touch()
    db.add(promotion)
    step = note(
        db, actor, promotion, old.value, who, reason=reason, found=found or [], override=override or {}
    )
    request_checkpoint(db)
    told(db, promotion, but=actor.id)
    for moved in changes.MOVED.values():
        moved(db, promotion.id)
    return step


def note(
    db: Session,
    actor: Actor,
    promotion: Promotion,
    old: str,
    who: str,
    *,
    reason: str,
    found: list[Checked],
    override: dict[str, Any],
) -> PromotionStep:
    """Write the newest step into the log, and the audit event with the digests of the evidence."""
    stood = [
        {
            "code": one.gate.code,
            "met": one.met,
            "digests": sorted({piece.digest for piece in one.evidence if piece.digest}),
        }
        for one in found
    ]
    step = PromotionStep(
        promotion_id=promotion.id, number=promotion.step, from_stage=old, stage=promotion.stage,
        actor_id=actor.id, who=who, reason=reason, gates=stood, override=override,
    )  # fmt: skip
    db.add(step)
    db.flush()
    record(
        db,
        actor,
        verb=f"promotion.{promotion.stage.value}",
        object=promotion,
        reason=reason or None,
        before=old,
        version=str(promotion.version_id),
        digest=promotion.version_digest,
        step=promotion.step,
        gates=stood,
        override=override,
    )
    return step


def told(db: Session, promotion: Promotion, *, but: uuid.UUID | None) -> None:
    """Tell the nominator and the owner's publishers of the stage it is in."""
    version, asset, space = subject(db, promotion)
    for account_id in sorted({promotion.nominated_by, *publishers_of(db, asset.namespace_id)} - {but}):
        tell(
            db, account_id, message=MOVED, url=url(promotion.id), what=f"{space}/{asset.name} {version.number}",
            stage_msg=promotion.stage.label,
        )  # fmt: skip


def tell_staff(db: Session, promotion: Promotion, *, but: uuid.UUID | None) -> None:
    """Tell the secretariat that something was nominated."""
    version, asset, space = subject(db, promotion)
    for account in accounts.with_role(db, Role.secretariat):
        if account.id != but:
            tell(
                db, account.id, message=WAITS, url=url(promotion.id),
                what=f"{space}/{asset.name} {version.number}",
            )  # fmt: skip
