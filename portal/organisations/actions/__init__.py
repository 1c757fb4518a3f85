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
from portal.organisations.actions.tree import (
    decide_parent,
    end_parent,
    lapse_proposals,
    propose_parent,
    set_parent,
    withdraw_proposal,
)
from portal.organisations.actions.verification import approve, refuse, request_verification, revoke

__all__ = [
    "accept_invitation",
    "approve",
    "change_role",
    "decide_parent",
    "decline_invitation",
    "edit",
    "end_parent",
    "expire_invitations",
    "forget_member",
    "invite",
    "lapse_proposals",
    "leave",
    "page_url",
    "propose_parent",
    "refuse",
    "register",
    "remove_member",
    "request_verification",
    "resend_invitation",
    "revoke",
    "set_parent",
    "withdraw_invitation",
    "withdraw_proposal",
]
