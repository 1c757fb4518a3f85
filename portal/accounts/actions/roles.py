"""Platform roles: given and taken by system administrators."""

import uuid

from portal.accounts import queries
from portal.accounts.models import Account, AccountRole, AccountState, Role
from portal.accounts.policy import can_change_roles, clashes
from portal.audit.actions import record
from portal.kit.actor import Actor
from portal.kit.db import Session
from portal.kit.errors import Conflict, Forbidden, NotFound
from portal.kit.i18n import N_, _, label
from portal.notices.actions import tell


def grant_role(
    db: Session, actor: Actor, *, account_id: uuid.UUID, role: Role, reason: str = ""
) -> AccountRole:
    """Give somebody else a role. Nobody holds two of the separated ones; who has it already keeps it."""
    account = _subject(db, actor, account_id)
    if account.state is not AccountState.active:
        raise Conflict(_("This account cannot be used, so it cannot hold a role."))
    held = queries.roles_of(db, account_id)
    for row in held:
        if row.role is role:
            return row
    clash = clashes({row.role for row in held}, role)
    if clash:
        raise Conflict(
            _(
                "Nobody may be both “%(one)s” and “%(other)s”.",
                one=label(role),
                other=label(next(iter(clash))),
            ),
            hint=_("The three operators' roles are separated."),
        )
    row = AccountRole(account_id=account_id, role=role, granted_by=actor.id)
    db.add(row)
    db.flush()
    record(db, actor, verb="role.granted", object=account, reason=reason or None, role=role.value)
    tell(
        db,
        account_id,
        message=N_("You were given the role “%(role_msg)s”."),
        url="/settings",
        role_msg=role.label,
    )
    return row


def revoke_role(db: Session, actor: Actor, *, account_id: uuid.UUID, role: Role, reason: str = "") -> None:
    """Take a role from somebody else."""
    account = _subject(db, actor, account_id)
    for row in queries.roles_of(db, account_id):
        if row.role is role:
            db.delete(row)
            db.flush()
            record(db, actor, verb="role.revoked", object=account, reason=reason or None, role=role.value)
            tell(
                db,
                account_id,
                message=N_("The role “%(role_msg)s” was taken from you."),
                url="/settings",
                role_msg=role.label,
            )
            return
    raise Conflict(_("This account does not hold that role."))


def _subject(db: Session, actor: Actor, account_id: uuid.UUID) -> Account:
    """The account, locked, so that two grants at once cannot slip past the separation."""
    if not can_change_roles(actor, account_id):
        raise Forbidden(_("Only a system administrator may change roles, and never his own."))
    account = queries.by_id(db, account_id, lock=True)
    if account is None:
        raise NotFound(_("There is no such account."))
    return account
