"""Signing in by a passkey: possession and, by PIN, face or finger, the owner: both factors at once."""

import datetime as dt

from portal.accounts import ceremonies, queries, throttle
from portal.accounts.actions.access import locked_out, open_session, sign_out
from portal.accounts.actions.people import as_actor
from portal.accounts.ceremonies import Party
from portal.accounts.models import Account, AccountState, WebauthnKey
from portal.audit.actions import record
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.ids import digest_secret
from portal.kit.keys import seal, unseal

PASSKEY_LIFE = dt.timedelta(minutes=30)
"""As long as a sign-in page may stand open before somebody chooses a passkey there."""
_PURPOSE = "passkey"
_ONCE = (throttle.Limit(1, int(PASSKEY_LIFE.total_seconds()) // 60),)


def begin_passkey(party: Party) -> tuple[str, str]:
    """A challenge, and the same sealed with its end for the browser to bring back: nothing is stored for strangers."""
    challenge = ceremonies.new_challenge()
    until = int((now() + PASSKEY_LIFE).timestamp())
    return challenge, seal(_PURPOSE, f"{until} {challenge}", party.origin)


def _challenge(party: Party, sealed: str) -> str:
    """The challenge of this browser, once; empty where it was used, is too old, or is none of ours."""
    until, _space, challenge = (unseal(_PURPOSE, sealed[:1000], party.origin) or "").partition(" ")
    if not challenge or int(until) < now().timestamp():
        return ""
    return challenge if throttle.use_up(f"passkey:{digest_secret(challenge)}", _ONCE) else ""


def sign_in_by_passkey(
    db: Session,
    *,
    party: Party,
    answer: str,
    sealed: str,
    address: str = "",
    user_agent: str = "",
    old_secret: str | None = None,
) -> str | None:
    """The secret of a new session that has its second factor, or None: nothing is told of what was wrong.

    Raises ``TooMany`` above the limits of the address and ``Forbidden`` to the owner of a locked account.
    """
    from_address = f"address:{throttle.network(address)}"
    throttle.check(db, from_address, throttle.PER_ADDRESS)
    challenge = _challenge(party, sealed)
    key = queries.key_by_credential(db, ceremonies.credential_of(answer)) if challenge else None
    account = queries.by_id(db, key.account_id) if key is not None else None
    if key is None or account is None or not _holds(db, account, key, party, answer, challenge):
        throttle.count(db, from_address)
        return None
    if account.state is AccountState.locked:
        raise locked_out()
    if old_secret:
        sign_out(db, secret=old_secret)
    return open_session(db, account, address=address, user_agent=user_agent, second_factor=True)


def _holds(
    db: Session, account: Account, key: WebauthnKey, party: Party, answer: str, challenge: str
) -> bool:
    if account.state is AccountState.closed:
        return False
    count = ceremonies.verify_authentication(party, answer, challenge, key, alone=True)
    if count is None:
        record(db, as_actor(account), verb="webauthn_key.refused", object=key, stored_count=key.sign_count)
        return False
    key.sign_count, key.used_at = count, now()
    db.add(key)
    return True
