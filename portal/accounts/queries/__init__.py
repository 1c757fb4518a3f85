"""Every query of accounts, by the name others import."""

from portal.accounts.queries.access import (
    delete_dead,
    live_reset,
    nth_latest_attempt,
    open_resets,
    session_by_digest,
    sessions_of,
    token_of,
    tokens_of,
)
from portal.accounts.queries.actor import account_with_roles, mark_session_seen, mark_token_used
from portal.accounts.queries.factors import (
    burn_code,
    delete_codes,
    delete_factors,
    has_factor,
    key_by_credential,
    keys_of,
    pending_session,
    session_by_id,
    totp_of,
    unused_codes,
)
from portal.accounts.queries.names import (
    namespace,
    namespace_of,
    organisations_of,
    person,
    publishable,
    slugs_like,
)
from portal.accounts.queries.people import by_email, by_id, only_admin_of, roles_of, with_role

__all__ = [
    "account_with_roles",
    "burn_code",
    "by_email",
    "by_id",
    "delete_codes",
    "delete_dead",
    "delete_factors",
    "has_factor",
    "key_by_credential",
    "keys_of",
    "live_reset",
    "mark_session_seen",
    "mark_token_used",
    "namespace",
    "namespace_of",
    "nth_latest_attempt",
    "only_admin_of",
    "open_resets",
    "organisations_of",
    "pending_session",
    "person",
    "publishable",
    "roles_of",
    "session_by_digest",
    "session_by_id",
    "sessions_of",
    "slugs_like",
    "token_of",
    "tokens_of",
    "totp_of",
    "unused_codes",
    "with_role",
]
