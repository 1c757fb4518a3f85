"""Profiles: those that come with the program, and the next version of one."""

from portal.audit.actions import record
from portal.kit.actor import Actor
from portal.kit.db import Session, lock_key
from portal.kit.errors import Clash, Forbidden, NotFound
from portal.kit.i18n import _
from registry.certification import policy
from registry.certification.forms import ProfileInput
from registry.certification.models import CertificationProfile
from registry.certification.profiles import shipped
from registry.certification.queries import profiles as queries
from registry.certification.queries.editions import today


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
    lock_key(db, "certification-profile", code)
    in_force(db)
    known = queries.versions_of(db, code)
    if not known:
        raise NotFound(_("There is nothing at this address."))
    last = known[0]
    if given.effective_from < today():
        why = _("A profile takes effect today or later.")
        raise Clash(why, fields={"effective_from": why})
    if given.effective_from < last.effective_from:
        why = _("The version before takes effect later than this.")
        raise Clash(why, fields={"effective_from": why})
    made = CertificationProfile(
        code=code, number=last.number + 1, title_zh=last.title_zh, title_en=last.title_en,
        purpose_zh=last.purpose_zh, purpose_en=last.purpose_en, valid_months=given.valid_months,
        criteria=given.criteria,  # type: ignore[arg-type]
        effective_from=given.effective_from, reason=given.reason, created_by=actor.id,
    )  # fmt: skip
    db.add(made)
    db.flush()
    record(
        db,
        actor,
        verb="certification_profile.revised",
        object=made,
        reason=given.reason,
        code=code,
        number=made.number,
    )
    return made
