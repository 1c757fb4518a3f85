"""Every verb of organisations, by the name others import."""

from portal.organisations.actions.basics import edit, page_url, register
from portal.organisations.actions.invitations import (
    accept_invitation,
    decline_invitation,
    expire_invitations,
    invite,
    resend_invitation,
    withdraw_invitation,
)
from portal.organisations.actions.members import change_role, forget_member, leave, remove_member
from portal.organisations.actions.verification import approve, refuse, request_verification, revoke

__all__ = [
    "accept_invitation",
    "approve",
    "change_role",
    "decline_invitation",
    "edit",
    "expire_invitations",
    "forget_member",
    "invite",
    "leave",
    "page_url",
    "refuse",
    "register",
    "remove_member",
    "request_verification",
    "resend_invitation",
    "revoke",
    "withdraw_invitation",
]
