"""Changing one's mail address: proved by a link to the new one, told to the old one."""

import datetime as dt

from portal.accounts import queries, throttle
from portal.accounts.actions.factors import own_account
from portal.accounts.actions.joining import tell_taken
from portal.accounts.actions.people import tell_by_mail
from portal.accounts.models import EmailChange
from portal.audit.actions import record
from portal.kit.actor import Actor
from portal.kit.clock import now
from portal.kit.db import Session, lock_key
from portal.kit.errors import NotFound
from portal.kit.i18n import N_, _
from portal.kit.ids import digest_secret, new_secret
from portal.notices.actions import send_mail, speaking
from portal.settings import get_settings

CHANGE_LIFE = dt.timedelta(hours=24)

CONFIRM_SUBJECT = N_("Confirm your new e-mail address")
CONFIRM_BODY = N_(
    "Hello %(name)s,\n\nyour account is to use this address from now on. Within 24 hours you can confirm it here, "
    "signed in:\n\n%(url)s\n\nIf you know nothing of this, do nothing.\n"
)
CHANGED_SUBJECT = N_("Your e-mail address was changed")
CHANGED_BODY = N_(
    "Hello %(name)s,\n\nyour account now uses another e-mail address; mail no longer comes here. If it was not you, "
    "write to the portal's security administrator at once:\n\n%(url)s\n"
)


def begin_email_change(db: Session, actor: Actor, *, email: str) -> None:
    """Mail a link to the new address; the same answer where it belongs to somebody, who is told instead."""
    account = own_account(db, actor)
    email = email.strip().casefold()
    throttle.spend(f"email-change:{account.id}", throttle.RESETS_PER_EMAIL)
    owner = queries.by_email(db, email)
    if owner is not None:
        if owner.id != account.id:
            tell_taken(db, owner)
        return
    queries.delete_email_changes(db, account.id)
    secret = new_secret()
    row = EmailChange(
        account_id=account.id,
        email=email,
        secret_digest=digest_secret(secret),
        expires_at=now() + CHANGE_LIFE,
    )
    db.add(row)
    db.flush()
    record(db, actor, verb="account.email_change_begun", object=account)
    with speaking(account.locale):
        url = f"{get_settings().site_url}/settings/email/{secret}"
        send_mail(db, email, _(CONFIRM_SUBJECT), _(CONFIRM_BODY, name=account.name, url=url))


def complete_email_change(db: Session, actor: Actor, *, secret: str) -> None:
    """Take the new address over and tell the old one. ``NotFound`` for a dead link or another account's."""
    row = queries.live_email_change(db, digest_secret(secret), lock=True)
    dead = NotFound(_("This link was used already or is too old."), hint=_("Ask for a new one."))
    if row is None or row.account_id != actor.id:
        raise dead
    lock_key(db, "account", row.email)
    if queries.by_email(db, row.email) is not None:
        raise dead
    account = own_account(db, actor)
    tell_by_mail(db, account, CHANGED_SUBJECT, CHANGED_BODY, url=get_settings().site_url)
    for token in queries.open_resets(db, account.id):
        token.used_at = now()
        db.add(token)
    account.email = row.email
    account.touch()
    db.add(account)
    db.flush()
    queries.delete_email_changes(db, account.id)
    record(db, actor, verb="account.email_changed", object=account)
