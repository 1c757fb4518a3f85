"""Second factors: the authenticator app, recovery codes, and proving oneself with them."""

import uuid
from enum import StrEnum

from portal.accounts import passwords, queries, throttle, totp
from portal.accounts.actions.people import as_actor, tell_by_mail
from portal.accounts.models import Account, RecoveryCode, TotpSecret
from portal.accounts.policy import can_lock
from portal.audit.actions import record
from portal.kit import keys
from portal.kit.actor import Actor
from portal.kit.clock import now
from portal.kit.db import Session, lock_key
from portal.kit.errors import Conflict, Forbidden, NotFound
from portal.kit.i18n import N_, _
from portal.kit.ids import digest_secret
from portal.settings import get_settings

PURPOSE = "totp"
RECOVERY_CODES = 10

ADDED_SUBJECT = N_("A second factor was added")
REMOVED_SUBJECT = N_("A second factor was removed")
FACTOR_BODY = N_(
    "Hello %(name)s,\n\nthe ways to prove yourself when you sign in were changed just now. If it was not you, set a "
    "new password at once and write to the portal's security administrator.\n\n%(url)s\n"
)


class Proof(StrEnum):
    """By what somebody proved to be the account's owner."""

    app = "app"
    recovery = "recovery"
    key = "key"
    password = "password"  # noqa: S105 - the name of a way, no secret


def begin_totp(db: Session, actor: Actor) -> None:
    """Make a secret for an authenticator app, not yet in force. ``Conflict`` while another one is in force."""
    account = own_account(db, actor)
    found = queries.totp_of(db, account.id, lock=True)
    if found is not None and found.confirmed_at is not None:
        raise Conflict(
            _("An authenticator app is set up already."), hint=_("Remove it first to set up another one.")
        )
    row = found or TotpSecret(account_id=account.id, sealed="")
    row.sealed = keys.seal(PURPOSE, totp.new_secret(), str(account.id))
    row.touch()
    db.add(row)
    db.flush()
    record(db, actor, verb="totp.begun", object=row)


def opened_secret(row: TotpSecret) -> str | None:
    """The shared secret; None where the installation's key is not the one of then."""
    return keys.unseal(PURPOSE, row.sealed, str(row.account_id))


def confirm_totp(db: Session, actor: Actor, *, code: str) -> list[str] | None:
    """Put the app in force if its code is right, and answer the recovery codes (empty where there were some already).

    None for a wrong code, which counts as a try; the caller must not raise.
    """
    account = own_account(db, actor)
    _check_tries(db, account)
    row = queries.totp_of(db, account.id, lock=True)
    if row is None or row.confirmed_at is not None:
        raise Conflict(_("There is no authenticator app to confirm."))
    if not _take_code(db, row, code):
        throttle.count(db, _tries(account))
        return None
    row.confirmed_at = now()
    row.touch()
    db.add(row)
    db.flush()
    record(db, actor, verb="totp.added", object=row)
    return after_adding(db, actor, account)


def after_adding(db: Session, actor: Actor, account: Account, proof: Proof = Proof.app) -> list[str]:
    """What follows every new factor: this session is proved, the owner is told, recovery codes are made once."""
    prove_session(db, actor, proof)
    tell_by_mail(db, account, ADDED_SUBJECT, FACTOR_BODY, url=_security_url())
    return renew_codes(db, actor) if queries.unused_codes(db, account.id) == 0 else []


def give_totp(db: Session, account: Account) -> None:
    """An app in force at once, for the accounts of a demonstration, whose codes the site itself shows."""
    if queries.totp_of(db, account.id, lock=True) is None:
        sealed = keys.seal(PURPOSE, totp.new_secret(), str(account.id))
        row = TotpSecret(account_id=account.id, sealed=sealed, confirmed_at=now())
        db.add(row)
        db.flush()
        record(db, as_actor(account), verb="totp.added", object=row)


def demo_code(db: Session, account: Account) -> str | None:
    """A code that works now, for accounts of a demonstration only; None for everybody else, or if all are used."""
    row = queries.totp_of(db, account.id) if account.demo else None
    secret = opened_secret(row) if row is not None and row.confirmed_at is not None else None
    return totp.next_code(secret, last_step=row.last_step, at=now()) if row is not None and secret else None


def remove_totp(db: Session, actor: Actor) -> None:
    """Take the app out of force. Recovery codes go with the last factor."""
    account = own_account(db, actor)
    row = queries.totp_of(db, account.id, lock=True)
    if row is None:
        raise NotFound(_("There is no authenticator app."))
    db.delete(row)
    db.flush()
    record(db, actor, verb="totp.removed", object=row)
    after_removing(db, account)


def after_removing(db: Session, account: Account) -> None:
    """What follows every removed factor: the owner is told; recovery codes do not outlive the last factor."""
    tell_by_mail(db, account, REMOVED_SUBJECT, FACTOR_BODY, url=_security_url())
    if not queries.has_factor(db, account.id):
        queries.delete_codes(db, account.id)


def reset_factors(db: Session, actor: Actor, *, account_id: uuid.UUID, reason: str) -> None:
    """Take all factors of somebody who lost them, and end the sessions; the owner is told. For security administrators.

    The password still stands, and the next sign-in leads to setting up a new factor where rights need one.
    """
    if not can_lock(actor, account_id):
        raise Forbidden(_("Only a security administrator may do this, and not to himself."))
    account = queries.by_id(db, account_id, lock=True)
    if account is None:
        raise NotFound(_("There is no such account."))
    queries.delete_factors(db, account.id)
    for session in queries.sessions_of(db, account.id):
        db.delete(session)
    db.flush()
    record(db, actor, verb="factors.reset", object=account, reason=reason)
    tell_by_mail(db, account, REMOVED_SUBJECT, FACTOR_BODY, url=_security_url())


def renew_codes(db: Session, actor: Actor) -> list[str]:
    """Ten new recovery codes, shown this once; older ones stop working."""
    account = own_account(db, actor)
    if not queries.has_factor(db, account.id):
        raise Conflict(_("Set up an authenticator app or a security key first."))
    queries.delete_codes(db, account.id)
    codes = [totp.new_recovery_code() for _n in range(RECOVERY_CODES)]
    for code in codes:
        db.add(RecoveryCode(account_id=account.id, secret_digest=_code_digest(code)))
    db.flush()
    record(db, actor, verb="recovery_codes.renewed", object=account, n=len(codes))
    return codes


def prove(db: Session, account: Account, *, code: str) -> Proof | None:
    """Whether an app's code or a recovery code is right; each works once.

    None for a wrong one, which counts as a try (the caller must not raise); ``TooMany`` above the limits.
    """
    lock_key(db, "second-factor", account.id)  # parallel guesses count one by one
    _check_tries(db, account)
    row = queries.totp_of(db, account.id, lock=True)
    if row is not None and row.confirmed_at is not None and _take_code(db, row, code):
        return Proof.app
    if totp.normal_recovery(code) and queries.burn_code(db, account.id, _code_digest(code)):
        actor = as_actor(account)
        left = queries.unused_codes(db, account.id)
        record(db, actor, verb="recovery_code.used", object=account, left=left)
        return Proof.recovery
    throttle.count(db, _tries(account))
    return None


def confirm_session(db: Session, actor: Actor, *, code: str = "", password: str = "") -> Proof | None:
    """Prove again to be there, before something sensitive: by a factor where there is one, else by the password.

    None for a wrong answer, which counts as a try; the caller must not raise.
    """
    account = own_account(db, actor)
    if queries.has_factor(db, account.id):
        proof = prove(db, account, code=code)
    else:
        proof = Proof.password if _password_is(db, account, password) else None
    if proof is not None:
        prove_session(db, actor, proof)
    return proof


def prove_session(db: Session, actor: Actor, proof: Proof) -> None:
    """Write into the actor's browser session that its owner is there."""
    session = queries.session_by_id(db, actor.session_id)
    if session is None:
        return
    session.confirmed_at = now()
    if proof is not Proof.password:
        session.second_factor_at = now()
    db.add(session)
    record(db, actor, verb="session.confirmed", object=session, by=proof.value)


def _password_is(db: Session, account: Account, password: str) -> bool:
    subject = f"email:{account.email}"
    lock_key(db, "sign-in", account.email)
    throttle.check(db, subject, throttle.PER_EMAIL)
    right = passwords.verify(account.password_hash, password)
    if not right:
        throttle.count(db, subject)
    return right


def _take_code(db: Session, row: TotpSecret, code: str) -> bool:
    """Whether the code is one of now that was not used yet; then it is used."""
    secret = opened_secret(row)
    plain = code.replace(" ", "")
    step = totp.matching_step(secret, plain, last_step=row.last_step, at=now()) if secret else None
    if step is None:
        return False
    row.last_step = step
    db.add(row)
    db.flush()
    return True


def _code_digest(code: str) -> str:
    return digest_secret(totp.normal_recovery(code) or "")


def _tries(account: Account) -> str:
    return f"second-factor:{account.id}"


def _check_tries(db: Session, account: Account) -> None:
    throttle.check(db, _tries(account), throttle.SECOND_FACTOR)


def own_account(db: Session, actor: Actor) -> Account:
    """The actor's own account, locked."""
    account = queries.by_id(db, actor.id, lock=True)
    if account is None:
        raise NotFound(_("There is no such account."))
    return account


def _security_url() -> str:
    return f"{get_settings().site_url}/settings/security"
