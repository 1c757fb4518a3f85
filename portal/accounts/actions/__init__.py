"""Every verb of accounts, by the name others import."""

from portal.accounts.actions.access import (
    SignedIn,
    change_password,
    end_other_sessions,
    end_session,
    open_session,
    own_password_is,
    request_reset,
    reset_password,
    sign_in,
    sign_out,
    sweep,
)
from portal.accounts.actions.people import (
    claim_namespace,
    close_account,
    free_slug,
    lock_account,
    register_account,
    set_locale,
    unlock_account,
    update_profile,
)
from portal.accounts.actions.roles import grant_role, revoke_role
from portal.accounts.actions.tokens import create_token, revoke_token

__all__ = [
    "SignedIn",
    "change_password",
    "claim_namespace",
    "close_account",
    "create_token",
    "end_other_sessions",
    "end_session",
    "free_slug",
    "grant_role",
    "lock_account",
    "open_session",
    "own_password_is",
    "register_account",
    "request_reset",
    "reset_password",
    "revoke_role",
    "revoke_token",
    "set_locale",
    "sign_in",
    "sign_out",
    "sweep",
    "unlock_account",
    "update_profile",
]
