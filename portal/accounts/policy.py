"""Who may do what to accounts."""

import uuid

from portal.accounts.models import SEPARATED, Role
from portal.kit.actor import Actor


def can_change_roles(actor: Actor, account_id: uuid.UUID) -> bool:
    """A system administrator, for anybody but himself; the portal itself."""
    return actor.has(Role.system_admin) and actor.id != account_id and actor.may("write")


def can_lock(actor: Actor, account_id: uuid.UUID) -> bool:
    """A security administrator, for anybody but himself; the portal itself."""
    return actor.has(Role.security_admin) and actor.id != account_id and actor.may("write")


def clashes(held: set[Role], wanted: Role) -> set[Role]:
    """Which of the held roles forbid the wanted one: nobody holds two of the three separated ones."""
    return (held & SEPARATED) - {wanted} if wanted in SEPARATED else set()
