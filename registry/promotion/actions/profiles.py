"""The rules of promotion: those that come with the program, and the next version of them."""

from portal.kit.actor import Actor
from portal.kit.db import Session
from portal.kit.errors import Conflict, Forbidden
from portal.kit.i18n import _
from registry.assets.models import AssetKind
from registry.certification.actions.common import in_person
from registry.editions import actions as editions
from registry.editions.queries import today
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
    in_person(actor)
    in_force(db)
    return editions.revise(
        db, actor, PromotionProfile, code=code, given=given,
        values=given.model_dump(mode="json", include={"source", "rules"}), verb="promotion_profile.revised",
    )  # fmt: skip
