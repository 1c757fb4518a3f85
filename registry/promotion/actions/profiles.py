"""The rules of promotion: those that come with the program, and the next version of them."""

from portal.audit.actions import record
from portal.kit.actor import Actor
from portal.kit.db import Session, lock_key
from portal.kit.errors import Clash, Conflict, Forbidden, NotFound
from portal.kit.i18n import _
from registry.assets.models import AssetKind
from registry.certification.queries.editions import today
from registry.promotion import policy
from registry.promotion.forms import ProfileInput
from registry.promotion.models import PromotionProfile
from registry.promotion.profiles import shipped
from registry.promotion.queries import profiles as queries


def in_force(db: Session) -> list[PromotionProfile]:
    """The rules in force today; those that come with the program are brought in where they are missing."""
    queries.add_shipped(db, shipped())
    return queries.in_force(db, today())


def for_kind(db: Session, kind: AssetKind) -> PromotionProfile:
    """The rules in force for a kind of asset."""
    for each in in_force(db):
        if kind.value in each.kinds:
            return each
    raise Conflict(_("No rules of promotion are in force for this kind of asset."))


def revise(db: Session, actor: Actor, *, code: str, given: ProfileInput) -> PromotionProfile:
    """The next version of the rules. Promotions under way keep those they began with."""
    if not policy.can_edit_profiles(actor):
        raise Forbidden(_("Only the secretariat changes the rules of promotion."))
    lock_key(db, "promotion-profile", code)
    in_force(db)
    known = queries.versions_of(db, code)
    if not known:
        raise NotFound(_("There is nothing at this address."))
    last = known[0]
    if given.effective_from < max(today(), last.effective_from):
        why = _("Rules take effect today or later, and not before the version before them.")
        raise Clash(why, fields={"effective_from": why})
    made = PromotionProfile(
        code=code, number=last.number + 1, title_zh=last.title_zh, title_en=last.title_en, source=given.source,
        kinds=last.kinds, rules=given.rules, effective_from=given.effective_from,  # type: ignore[arg-type]
        reason=given.reason, created_by=actor.id,
    )  # fmt: skip
    db.add(made)
    db.flush()
    record(
        db,
        actor,
        verb="promotion_profile.revised",
        object=made,
        reason=given.reason,
        code=code,
        number=made.number,
    )
    return made
