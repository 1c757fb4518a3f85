"""Members: their roles, leaving, being removed."""

import uuid

from portal.audit.actions import record
from portal.kit.actor import Actor
from portal.kit.db import Session
from portal.kit.errors import Conflict, NotFound
from portal.kit.i18n import N_, _
from portal.notices.actions import tell
from portal.organisations import queries
from portal.organisations.actions.basics import get_locked, page_url, require_admin, tell_admins
from portal.organisations.models import MemberRole, Membership, Organisation

ROLE_CHANGED = N_("Your role in “%(organisation)s” is now “%(role_msg)s”.")
REMOVED = N_("You no longer belong to “%(organisation)s”.")
LEFT = N_("%(person)s left “%(organisation)s”.")


def change_role(
    db: Session, actor: Actor, *, organisation_id: uuid.UUID, account_id: uuid.UUID, role: MemberRole
) -> Membership:
    """Give a member another role; for administrators. The last administrator stays one."""
    organisation = get_locked(db, organisation_id)
    require_admin(actor, organisation)
    membership = _membership(db, organisation, account_id)
    if membership.role is role:
        return membership
    if membership.role is MemberRole.admin:
        _not_the_last(db, organisation)
    old, membership.role = membership.role, role
    db.add(membership)
    db.flush()
    record(db, actor, verb="membership.role_changed", object=membership, before=old.value, after=role.value)
    if account_id != actor.id:
        tell(
            db,
            account_id,
            message=ROLE_CHANGED,
            url=page_url(db, organisation),
            organisation=organisation.name,
            role_msg=role.label,
        )
    return membership


def remove_member(db: Session, actor: Actor, *, organisation_id: uuid.UUID, account_id: uuid.UUID) -> None:
    """End somebody's membership; for administrators. Oneself leaves by ``leave``."""
    organisation = get_locked(db, organisation_id)
    require_admin(actor, organisation)
    if account_id == actor.id:
        raise Conflict(_("To go yourself, leave the organisation."))
    _end(db, actor, organisation, _membership(db, organisation, account_id), verb="membership.removed")
    tell(db, account_id, message=REMOVED, url=page_url(db, organisation), organisation=organisation.name)


def leave(db: Session, actor: Actor, *, organisation_id: uuid.UUID) -> None:
    """End one's own membership. The last administrator cannot leave."""
    organisation = get_locked(db, organisation_id)
    if actor.id is None:
        raise NotFound(_("There is no such member."))
    _end(db, actor, organisation, _membership(db, organisation, actor.id), verb="membership.left")
    tell_admins(db, organisation, message=LEFT, person=actor.name)


def forget_member(db: Session, actor: Actor, *, account_id: uuid.UUID) -> int:
    """End all memberships of a closed account; how many there were."""
    found = queries.memberships_of(db, account_id)
    for membership in found:
        organisation = get_locked(db, membership.organisation_id)
        record(db, actor, verb="membership.left", object=membership)
        db.delete(membership)
        db.flush()
        organisation.touch()
        db.add(organisation)
    return len(found)


def _membership(db: Session, organisation: Organisation, account_id: uuid.UUID) -> Membership:
    membership = queries.membership(db, organisation.id, account_id)
    if membership is None:
        raise NotFound(_("There is no such member."))
    return membership


def _end(db: Session, actor: Actor, organisation: Organisation, membership: Membership, *, verb: str) -> None:
    if membership.role is MemberRole.admin:
        _not_the_last(db, organisation)
    record(db, actor, verb=verb, object=membership)
    db.delete(membership)
    db.flush()


def _not_the_last(db: Session, organisation: Organisation) -> None:
    if len(queries.admins(db, organisation.id)) < 2:
        raise Conflict(
            _("An organisation needs an administrator."), hint=_("Make somebody else an administrator first.")
        )
