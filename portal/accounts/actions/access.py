"""Signing in and out, sessions, passwords."""

import datetime as dt
import uuid
from dataclasses import dataclass

from portal.accounts import passwords, queries, throttle
from portal.accounts.actions.people import as_actor, check_password, tell_by_mail
from portal.accounts.actions.places import KEPT, notice_place
from portal.accounts.models import Account, AccountState, BrowserSession, ResetToken
from portal.audit.actions import record
from portal.kit.actor import Actor
from portal.kit.clock import now
from portal.kit.db import Session, lock_key
from portal.kit.errors import Forbidden, NotFound
from portal.kit.i18n import N_, _
from portal.kit.ids import digest_secret, new_secret
from portal.settings import get_settings

RESET_LIFE = dt.timedelta(hours=1)
PENDING_LIFE = dt.timedelta(minutes=10)

RESET_SUBJECT = N_("Set a new password")
RESET_BODY = N_(
    "Hello %(name)s,\n\nsomebody (hopefully you) asked to set a new password for your account. Within one hour you can "
    "do so here:\n\n%(url)s\n\nIf it was not you, do nothing: your password stays as it is.\n"
)
CHANGED_SUBJECT = N_("Your password was changed")
CHANGED_BODY = N_(
    "Hello %(name)s,\n\nthe password of your account was changed just now and other browsers were signed out. If it "
    "was not you, set a new one at once:\n\n%(url)s\n"
)


@dataclass(frozen=True)
class SignedIn:
    """A successful sign-in: whose, and the secret for the browser's cookie."""

    account: Account
    secret: str
    pending: bool = False
    """Whether the second factor is still to come."""


def sign_in(
    db: Session,
    *,
    email: str,
    password: str,
    address: str = "",
    user_agent: str = "",
    old_secret: str | None = None,
) -> SignedIn | None:
    """Open a session, or None: the same answer and work for an unknown address as for a wrong password.

    Returns instead of raising so that the failed try is kept. Raises ``TooMany`` above the limits (before any
    hashing) and ``Forbidden`` to the owner of a locked account. ``old_secret``: the session this browser had ends.
    """
    email = email.strip().casefold()[:320]
    lock_key(db, "sign-in", email)  # parallel guesses count one by one
    from_address, for_email = f"address:{throttle.network(address)}", f"email:{email}"
    throttle.check(db, from_address, throttle.PER_ADDRESS)
    throttle.check(db, for_email, throttle.PER_EMAIL)
    account = queries.by_email(db, email)
    usable = account is not None and account.state is not AccountState.closed
    right = passwords.verify(account.password_hash if account is not None and usable else None, password)
    if account is None or not right:
        throttle.count(db, from_address)
        throttle.count(db, for_email)
        return None
    if account.state is AccountState.locked:
        raise locked_out()
    if passwords.is_stale(account.password_hash):
        account.password_hash = passwords.hash_password(password)
        db.add(account)
    if old_secret:
        sign_out(db, secret=old_secret)
    pending = queries.has_factor(db, account.id)
    secret = open_session(db, account, address=address, user_agent=user_agent, pending=pending)
    return SignedIn(account, secret, pending)


def locked_out() -> Forbidden:
    """What the owner of a locked account is told, after having proved to be the owner."""
    return Forbidden(
        _("This account is locked."), hint=_("Please write to the portal's security administrator.")
    )


def open_session(
    db: Session,
    account: Account,
    *,
    address: str = "",
    user_agent: str = "",
    pending: bool = False,
    second_factor: bool = False,
) -> str:
    """A new session with a new secret, which is returned once; only its digest is kept.

    ``pending``: it opens nothing but the second step, for ten minutes. ``second_factor``: one has proved it.
    """
    secret = new_secret()
    life = PENDING_LIFE if pending else dt.timedelta(hours=get_settings().session_max_h)
    session = BrowserSession(
        account_id=account.id,
        secret_digest=digest_secret(secret),
        expires_at=now() + life,
        address=address[:64],
        user_agent=user_agent[:300],
        pending=pending,
        second_factor_at=now() if second_factor else None,
        confirmed_at=None if pending else now(),
    )
    db.add(session)
    db.flush()
    if not pending:
        record(db, as_actor(account), verb="session.opened", object=session, second_factor=second_factor)
        notice_place(db, account, address=address, user_agent=user_agent)
    return secret


def finish_sign_in(db: Session, pending: BrowserSession, account: Account) -> str:
    """Replace a session that waited for the second factor by one that has it; answers the new secret."""
    address, user_agent = pending.address, pending.user_agent
    db.delete(pending)
    db.flush()
    return open_session(db, account, address=address, user_agent=user_agent, second_factor=True)


def sign_out(db: Session, *, secret: str) -> None:
    """End the session of this cookie, if there is one."""
    session = queries.session_by_digest(db, digest_secret(secret))
    if session is not None:
        db.delete(session)
        db.flush()


def end_session(db: Session, actor: Actor, *, session_id: uuid.UUID) -> None:
    """End one of the actor's own sessions."""
    if actor.id is None:
        raise NotFound(_("There is no such session."))
    for session in queries.sessions_of(db, actor.id):
        if session.id == session_id:
            record(db, actor, verb="session.ended", object=session)
            db.delete(session)
            return
    raise NotFound(_("There is no such session."))


def end_other_sessions(
    db: Session, actor: Actor, *, account_id: uuid.UUID, keep: uuid.UUID | None = None
) -> int:
    """End all sessions of an account but ``keep``; how many ended."""
    sessions = queries.sessions_of(db, account_id, except_id=keep)
    for session in sessions:
        record(db, actor, verb="session.ended", object=session)
        db.delete(session)
    db.flush()
    return len(sessions)


def change_password(db: Session, actor: Actor, *, old: str, new: str) -> bool:
    """Set a new password for oneself; other sessions end. False if ``old`` is wrong, and that counts as a failed try.

    Returns instead of raising so that the failed try is kept. ``TooMany`` above the limits of signing in.
    """
    account = queries.by_id(db, actor.id, lock=True)
    if account is None:
        raise NotFound(_("There is no such account."))
    check_password(new, account.name, account.email, field="new_password")
    if not own_password_is(db, actor, old):
        return False
    _set_password(db, actor, account, new, verb="account.password_changed")
    end_other_sessions(db, actor, account_id=account.id, keep=actor.session_id)
    return True


def own_password_is(db: Session, actor: Actor, password: str) -> bool:
    """Whether this is the actor's password; a wrong one counts as a failed sign-in, so the caller must not raise."""
    account = queries.by_id(db, actor.id)
    if account is None:
        return False
    subject = f"email:{account.email}"
    lock_key(db, "sign-in", account.email)
    throttle.check(db, subject, throttle.PER_EMAIL)
    if passwords.verify(account.password_hash, password):
        return True
    throttle.count(db, subject)
    return False


def _set_password(db: Session, actor: Actor, account: Account, new: str, *, verb: str) -> None:
    account.password_hash = passwords.hash_password(new)
    account.touch()
    db.add(account)
    for token in queries.open_resets(db, account.id):
        token.used_at = now()
        db.add(token)
    record(db, actor, verb=verb, object=account)
    url = f"{get_settings().site_url}/forgot"
    tell_by_mail(db, account, CHANGED_SUBJECT, CHANGED_BODY, url=url)


def request_reset(db: Session, *, email: str, address: str = "") -> None:
    """Mail a way to set a new password, if there is such an account; the caller learns nothing either way."""
    email = email.strip().casefold()[:320]
    from_address, for_email = f"reset-address:{throttle.network(address)}", f"reset-email:{email}"
    throttle.check(db, from_address, throttle.RESETS_PER_ADDRESS)
    throttle.count(db, from_address)
    allowed = throttle.free_again(db, for_email, throttle.RESETS_PER_EMAIL) is None
    throttle.count(db, for_email)
    account = queries.by_email(db, email)
    if account is None or account.state is not AccountState.active or not allowed:
        return
    secret = new_secret()
    token = ResetToken(
        account_id=account.id, secret_digest=digest_secret(secret), expires_at=now() + RESET_LIFE
    )
    db.add(token)
    db.flush()
    record(db, Actor(), verb="account.reset_requested", object=account)
    tell_by_mail(db, account, RESET_SUBJECT, RESET_BODY, url=f"{get_settings().site_url}/reset/{secret}")


def reset_password(db: Session, *, secret: str, new: str) -> Account:
    """Set a new password by a mailed secret, once; all sessions end. ``NotFound`` for a used or old one."""
    token = queries.live_reset(db, digest_secret(secret), lock=True)
    account = queries.by_id(db, token.account_id, lock=True) if token is not None else None
    if account is None:
        raise NotFound(_("This link was used already or is too old."), hint=_("Ask for a new one."))
    check_password(new, account.name, account.email, field="new_password")
    actor = as_actor(account)
    _set_password(db, actor, account, new, verb="account.password_reset")
    end_other_sessions(db, actor, account_id=account.id)
    return account


def sweep(db: Session) -> int:
    """Delete dead sessions, forgotten places, expired counters and spent reset tokens; how many rows went."""
    idle = now() - dt.timedelta(minutes=get_settings().session_idle_min)
    rows = queries.delete_dead(db, idle_since=idle)
    rows += queries.delete_old_proofs(db, places_before=now() - KEPT)
    return rows + throttle.sweep()
