"""Invitations by mail: sent, sent again, withdrawn, accepted, declined, expired."""

import datetime as dt
import uuid

from portal.accounts import queries as accounts
from portal.audit.actions import record
from portal.kit.actor import SYSTEM, Actor
from portal.kit.clock import now, shanghai
from portal.kit.db import Session, lock_key
from portal.kit.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from portal.kit.i18n import DEFAULT, N_, _
from portal.kit.ids import digest_secret, new_secret
from portal.kit.states import check_move
from portal.notices.actions import send_mail, speaking
from portal.organisations import queries
from portal.organisations.actions.basics import get_locked, require_admin, tell_admins
from portal.organisations.models import (
    INVITATION_TRANSITIONS,
    Invitation,
    InvitationState,
    MemberRole,
    Membership,
    Organisation,
)
from portal.settings import get_settings

LIFE = dt.timedelta(days=14)
RESEND_AFTER = dt.timedelta(minutes=5)
MAX_OPEN = 100

SUBJECT = N_("Invitation to “%(organisation)s”")
BODY = N_(
    "Hello,\n\n%(person)s invites you to join “%(organisation)s” as “%(role)s”. Until %(until)s you can accept or "
    "decline here, with an account of this mail address:\n\n%(url)s\n\nIf you do not know why you get this, "
    "do nothing.\n"
)
JOINED = N_("%(person)s joined “%(organisation)s”.")


def invite(
    db: Session, actor: Actor, *, organisation_id: uuid.UUID, email: str, role: MemberRole
) -> Invitation:
    """Mail an invitation that holds for 14 days; for administrators. One open invitation per address."""
    organisation = get_locked(db, organisation_id)
    require_admin(actor, organisation)
    email = email.strip().casefold()
    lock_key(db, "invitation", organisation.id, email)
    open_ones = queries.invitations(db, organisation.id)
    if len(open_ones) >= MAX_OPEN:
        raise TooMany(_("There are %(n)s open invitations; withdraw some first.", n=len(open_ones)))
    if any(item.email == email for item in open_ones):
        raise Invalid(
            _("Please correct the marked fields."),
            fields={"email": _("This address is invited already; you can send the invitation again.")},
        )
    account = accounts.by_email(db, email)
    if account is not None and queries.membership(db, organisation.id, account.id) is not None:
        raise Invalid(
            _("Please correct the marked fields."), fields={"email": _("This person is a member already.")}
        )
    if actor.id is None:
        raise Forbidden(_("Please sign in first."))
    secret = new_secret()
    invitation = Invitation(
        organisation_id=organisation.id,
        email=email,
        role=role,
        secret_digest=digest_secret(secret),
        invited_by=actor.id,
        expires_at=now() + LIFE,
    )
    db.add(invitation)
    db.flush()
    record(db, actor, verb="invitation.sent", object=invitation, role=role.value)
    _mail(db, actor, organisation, invitation, secret)
    return invitation


def resend_invitation(
    db: Session, actor: Actor, *, organisation_id: uuid.UUID, invitation_id: uuid.UUID
) -> Invitation:
    """Mail it again with a new secret (the old link is dead then) and 14 more days; not within five minutes."""
    organisation, invitation = _of_organisation(db, actor, organisation_id, invitation_id)
    if invitation.state is not InvitationState.open:
        raise Conflict(_("This invitation is no longer open."))
    sent_at = invitation.expires_at - LIFE
    if now() - sent_at < RESEND_AFTER:
        raise TooMany(_("This invitation was sent a moment ago."), hint=_("Please wait five minutes."))
    secret = new_secret()
    invitation.secret_digest = digest_secret(secret)
    invitation.expires_at = now() + LIFE
    db.add(invitation)
    record(db, actor, verb="invitation.resent", object=invitation)
    _mail(db, actor, organisation, invitation, secret)
    return invitation


def withdraw_invitation(
    db: Session, actor: Actor, *, organisation_id: uuid.UUID, invitation_id: uuid.UUID
) -> Invitation:
    """Take an open invitation back; its link is dead then."""
    _organisation, invitation = _of_organisation(db, actor, organisation_id, invitation_id)
    _move(db, actor, invitation, InvitationState.withdrawn, "organisation_admin")
    return invitation


def accept_invitation(db: Session, actor: Actor, *, secret: str) -> Organisation:
    """Join, with an account of the invited address. ``NotFound`` for a link that is used, withdrawn or too old."""
    invitation, organisation = _for_me(db, actor, secret)
    if actor.id is None:
        raise Forbidden(_("Please sign in first."))
    membership = queries.membership(db, organisation.id, actor.id)
    if membership is None:
        membership = Membership(organisation_id=organisation.id, account_id=actor.id, role=invitation.role)
        db.add(membership)
        db.flush()
        record(db, actor, verb="membership.begun", object=membership, role=invitation.role.value)
    _move(db, actor, invitation, InvitationState.accepted, "invitee")
    tell_admins(db, organisation, message=JOINED, but=actor.id, person=actor.name)
    return organisation


def decline_invitation(db: Session, actor: Actor, *, secret: str) -> None:
    """Say no; the link is dead then."""
    invitation, _organisation = _for_me(db, actor, secret)
    _move(db, actor, invitation, InvitationState.declined, "invitee")


def expire_invitations(db: Session, actor: Actor = SYSTEM) -> int:
    """End the open invitations whose time is over; how many."""
    overdue = queries.overdue_invitations(db, now())
    for invitation in overdue:
        _move(db, actor, invitation, InvitationState.expired, "system")
    return len(overdue)


def _for_me(db: Session, actor: Actor, secret: str) -> tuple[Invitation, Organisation]:
    """The live invitation behind a secret, both it and its organisation locked, if it is for the actor's address."""
    found = queries.invitation_by_digest(db, digest_secret(secret))
    if found is not None:
        # The organisation first, as everywhere: two orders of locking would end in deadlock.
        get_locked(db, found[1].id)
        found = queries.invitation_by_digest(db, digest_secret(secret), lock=True)
    if found is None or found[0].state is not InvitationState.open or found[0].expires_at <= now():
        raise NotFound(_("This invitation no longer holds."), hint=_("Ask for a new one."))
    account = accounts.by_id(db, actor.id)
    if account is None or account.email != found[0].email:
        raise Forbidden(
            _("This invitation was sent to another mail address."),
            hint=_("Sign in with the account of that address."),
        )
    return found[0], found[1]


def _of_organisation(
    db: Session, actor: Actor, organisation_id: uuid.UUID, invitation_id: uuid.UUID
) -> tuple[Organisation, Invitation]:
    organisation = get_locked(db, organisation_id)
    require_admin(actor, organisation)
    invitation = queries.invitation(db, organisation.id, invitation_id)
    if invitation is None:
        raise NotFound(_("There is no such invitation."))
    return organisation, invitation


def _move(db: Session, actor: Actor, invitation: Invitation, state: InvitationState, who: str) -> None:
    check_move(INVITATION_TRANSITIONS, invitation.state, state, who)
    invitation.state = state
    db.add(invitation)
    record(db, actor, verb=f"invitation.{state.value}", object=invitation)


def _mail(db: Session, actor: Actor, organisation: Organisation, invitation: Invitation, secret: str) -> None:
    """In the language of the invited person's account; Chinese where there is none yet."""
    account = accounts.by_email(db, invitation.email)
    with speaking(account.locale if account is not None else DEFAULT):
        body = _(
            BODY,
            person=actor.name,
            organisation=organisation.name,
            role=_(invitation.role.label),
            until=f"{shanghai(invitation.expires_at):%Y-%m-%d}",
            url=f"{get_settings().site_url}/invitations/{secret}",
        )
        send_mail(db, invitation.email, _(SUBJECT, organisation=organisation.name), body)
