"""Verification by the secretariat: asked for, approved, refused, revoked."""

import uuid

from portal.accounts import queries as accounts
from portal.accounts.models import Role
from portal.kit.actor import Actor
from portal.kit.db import Session, lock_key
from portal.kit.errors import Forbidden, Invalid
from portal.kit.i18n import N_, _
from portal.notices.actions import tell
from portal.organisations import policy
from portal.organisations.actions.basics import get_locked, move, require_admin, tell_admins
from portal.organisations.models import Organisation, Verification

ASKED = N_("“%(organisation)s” asks to be verified.")
APPROVED = N_("“%(organisation)s” is verified now.")
REFUSED = N_("“%(organisation)s” was not verified: %(reason)s")
REVOKED = N_("The verification of “%(organisation)s” was revoked: %(reason)s")


def request_verification(
    db: Session, actor: Actor, *, organisation_id: uuid.UUID, statement: str
) -> Organisation:
    """Ask the secretariat; for administrators of the organisation."""
    organisation = get_locked(db, organisation_id)
    require_admin(actor, organisation)
    organisation.verification_statement = statement
    move(db, actor, organisation, Verification.requested, "organisation_admin", reason="")
    for account in accounts.with_role(db, Role.secretariat):
        tell(
            db,
            account.id,
            message=ASKED,
            url="/organisations/verification",
            organisation=organisation.name,
        )
    return organisation


def approve(db: Session, actor: Actor, *, organisation_id: uuid.UUID) -> Organisation:
    """Say that the organisation is what it says. Its code is then its own: no other can be verified with it."""
    organisation = _decide(db, actor, organisation_id, Verification.verified, "")
    tell_admins(db, organisation, message=APPROVED)
    return organisation


def refuse(db: Session, actor: Actor, *, organisation_id: uuid.UUID, reason: str) -> Organisation:
    """Decline a request, with a reason that its administrators read."""
    organisation = _decide(db, actor, organisation_id, Verification.refused, reason)
    tell_admins(db, organisation, message=REFUSED, reason=reason)
    return organisation


def revoke(db: Session, actor: Actor, *, organisation_id: uuid.UUID, reason: str) -> Organisation:
    """Take a verification back, with a reason that its administrators read."""
    organisation = _decide(db, actor, organisation_id, Verification.revoked, reason)
    tell_admins(db, organisation, message=REVOKED, reason=reason)
    return organisation


def _decide(
    db: Session, actor: Actor, organisation_id: uuid.UUID, state: Verification, reason: str
) -> Organisation:
    if not policy.can_verify(actor):
        raise Forbidden(_("Only the secretariat verifies organisations."))
    if state is not Verification.verified and not reason.strip():
        raise Invalid(_("Please correct the marked fields."), fields={"reason": _("Please give a reason.")})
    organisation = get_locked(db, organisation_id)
    if policy.is_member(actor, organisation.id) and not actor.is_system:
        raise Forbidden(_("You belong to this organisation; somebody else must decide."))
    lock_key(db, "credit-code", organisation.credit_code)
    move(db, actor, organisation, state, "secretariat", reason=reason.strip())
    return organisation
