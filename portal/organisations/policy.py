"""Who may do what to organisations."""

import uuid

from portal.accounts.models import Role
from portal.kit.actor import Actor
from portal.organisations.models import MemberRole


def can_register(actor: Actor) -> bool:
    """Anybody with an account."""
    return not actor.is_anonymous and actor.may("write")


def can_manage(actor: Actor, organisation_id: uuid.UUID) -> bool:
    """Its administrators."""
    return actor.organisations.get(organisation_id) == MemberRole.admin and actor.may("write")


def is_member(actor: Actor, organisation_id: uuid.UUID) -> bool:
    """Its members, in whatever role."""
    return organisation_id in actor.organisations


def can_verify(actor: Actor) -> bool:
    """The secretariat."""
    return actor.has(Role.secretariat) and actor.may("write")
