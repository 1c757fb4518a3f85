"""Profiles: those that come with the program, and the next version of one."""

from portal.kit.actor import Actor
from portal.kit.db import Session
from portal.kit.errors import Clash, Forbidden
from portal.kit.i18n import _
from registry.certification import policy
from registry.certification.actions.common import in_person
from registry.certification.forms import ProfileInput
from registry.certification.models import CertificationProfile
from registry.certification.profiles import shipped
from registry.certification.queries import profiles as queries
from registry.editions import actions as editions
from registry.editions.queries import today


def in_force(db: Session) -> list[CertificationProfile]:
    """The profiles in force today; those that come with the program are brought in where they are missing."""
    queries.add_shipped(db, shipped())
    return queries.in_force(db, today())


def one_in_force(db: Session, code: str) -> CertificationProfile:
    """A profile in force, by its code."""
    for each in in_force(db):
        if each.code == code:
            return each
    why = _("Please choose one of the offered values.")
    raise Clash(_("There is no such profile."), fields={"profile": why})


def revise(db: Session, actor: Actor, *, code: str, given: ProfileInput) -> CertificationProfile:
    """The next version of a profile. Assessments under way and certificates keep the version they began with."""
    if not policy.can_edit_profiles(actor):
        raise Forbidden(_("Only the secretariat and certifiers change profiles."))
    in_person(actor)
    in_force(db)
    return editions.revise(
        db, actor, CertificationProfile, code=code, given=given, verb="certification_profile.revised",
        values=given.model_dump(mode="json", include={"valid_months", "criteria"}),
    )  # fmt: skip
