"""Security keys and passkeys: adding, using, removing."""

import uuid

from portal.accounts import ceremonies, queries
from portal.accounts.actions.factors import Proof, after_adding, after_removing, own_account, prove_session
from portal.accounts.actions.people import as_actor
from portal.accounts.ceremonies import Party
from portal.accounts.models import Account, BrowserSession, WebauthnKey
from portal.audit.actions import record
from portal.kit.actor import Actor
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.errors import Conflict, NotFound
from portal.kit.i18n import _

MAX_KEYS = 20


def begin_ceremony(db: Session, session_id: uuid.UUID | None) -> str:
    """A new challenge for this browser, to be answered once; an older one is void."""
    session = queries.session_by_id(db, session_id)
    if session is None:
        raise NotFound(_("There is no such session."))
    session.challenge = ceremonies.new_challenge()
    db.add(session)
    return session.challenge


def _take_challenge(db: Session, session: BrowserSession | None) -> str:
    """The challenge, which is used up by this, whatever comes of it."""
    challenge = session.challenge if session is not None else ""
    if session is not None:
        session.challenge = ""
        db.add(session)
    return challenge


def add_key(db: Session, actor: Actor, *, party: Party, name: str, answer: str) -> list[str] | None:
    """Keep a new key if its answer is genuine; the recovery codes (empty where there were some already).

    None for an answer that does not hold; the caller must not raise, so that the challenge stays used.
    """
    account = own_account(db, actor)
    if len(queries.keys_of(db, account.id)) >= MAX_KEYS:
        raise Conflict(_("You have %(n)s security keys; remove one you no longer need.", n=MAX_KEYS))
    challenge = _take_challenge(db, queries.session_by_id(db, actor.session_id))
    found = ceremonies.verify_registration(party, answer, challenge) if challenge else None
    if found is None or queries.key_by_credential(db, found.credential_id) is not None:
        return None
    key = WebauthnKey(
        account_id=account.id,
        name=name,
        credential_id=found.credential_id,
        public_key=found.public_key,
        sign_count=found.sign_count,
        transports=found.transports,
    )
    db.add(key)
    db.flush()
    record(db, actor, verb="webauthn_key.added", object=key)
    return after_adding(db, actor, account, Proof.key)


def remove_key(db: Session, actor: Actor, *, key_id: uuid.UUID) -> None:
    """Forget one of the actor's own keys. Recovery codes go with the last factor."""
    account = own_account(db, actor)
    for key in queries.keys_of(db, account.id):
        if key.id == key_id:
            db.delete(key)
            db.flush()
            record(db, actor, verb="webauthn_key.removed", object=key)
            after_removing(db, account)
            return
    raise NotFound(_("There is no such security key."))


def prove_by_key(
    db: Session, session: BrowserSession | None, account: Account, *, party: Party, answer: str
) -> bool:
    """Whether a key of this account answered this browser's challenge; the key's counter and last use move on.

    A counter that did not grow means that the key was copied: refused, and written into the audit log.
    """
    challenge = _take_challenge(db, session)
    key = queries.key_by_credential(db, ceremonies.credential_of(answer))
    if not challenge or key is None or key.account_id != account.id:
        return False
    count = ceremonies.verify_authentication(party, answer, challenge, key)
    if count is None:
        who = as_actor(account)
        record(db, who, verb="webauthn_key.refused", object=key, stored_count=key.sign_count)
        return False
    key.sign_count = count
    key.used_at = now()
    db.add(key)
    return True


def confirm_session_by_key(db: Session, actor: Actor, *, party: Party, answer: str) -> bool:
    """Prove again to be there, by a key."""
    account = own_account(db, actor)
    session = queries.session_by_id(db, actor.session_id)
    if not prove_by_key(db, session, account, party=party, answer=answer):
        return False
    prove_session(db, actor, Proof.key)
    return True
