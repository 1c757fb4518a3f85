"""Signing up, in two steps: what was typed waits until the mailed link proves the address.

The page answers the same for an address that has an account; its owner is told by mail. The account is made only for
somebody who has both the link and the password typed before, so nobody can prepare an account for somebody else.
"""

import datetime as dt

from portal.accounts import naming, passwords, queries, throttle
from portal.accounts.actions.people import check_password, free_slug, insert_account, tell_by_mail
from portal.accounts.models import Account, AccountState, SignUp
from portal.audit.actions import record
from portal.kit.actor import NOBODY
from portal.kit.clock import now
from portal.kit.db import Session, lock_key
from portal.kit.errors import Invalid, NotFound
from portal.kit.i18n import LOCALES, N_, _, get_locale
from portal.kit.ids import digest_secret, new_secret
from portal.notices.actions import send_mail, speaking
from portal.settings import get_settings

SIGN_UP_LIFE = dt.timedelta(hours=24)

CONFIRM_SUBJECT = N_("Confirm your e-mail address")
CONFIRM_BODY = N_(
    "Hello %(name)s,\n\nsomebody (hopefully you) signed up with this address. Within 24 hours you can complete it "
    "here, with the password you chose:\n\n%(url)s\n\nIf it was not you, do nothing: no account is made.\n"
)
TAKEN_SUBJECT = N_("You have an account already")
TAKEN_BODY = N_(
    "Hello %(name)s,\n\nsomebody (perhaps you) tried to use your e-mail address for another account. You have one "
    "already: sign in, or set a new password if you have forgotten it.\n\n%(url)s\n\n"
    "If it was not you, there is nothing to do.\n"
)


def begin_sign_up(
    db: Session, *, email: str, name: str, password: str, namespace: str | None, onward: str = "/"
) -> None:
    """Mail a link to complete a sign-up, or to the owner of the address that there is an account already.

    ``Invalid`` for a weak password or a namespace that is malformed, reserved or taken (that much is public). Nothing
    here tells whether the address is known, and the same work is done either way.
    """
    email = email.strip().casefold()
    check_password(password, name, email)
    _check_namespace(db, namespace, name)
    hashed = passwords.hash_password(password)
    subject = f"sign-up-email:{email}"
    allowed = throttle.free_again(db, subject, throttle.RESETS_PER_EMAIL) is None
    throttle.count(db, subject)
    if not allowed:
        return
    owner = queries.by_email(db, email)
    if owner is not None:
        tell_taken(db, owner)
        return
    secret = new_secret()
    row = SignUp(
        email=email,
        name=name,
        namespace=namespace or "",
        password_hash=hashed,
        locale=get_locale(),
        onward=onward[:300],
        secret_digest=digest_secret(secret),
        expires_at=now() + SIGN_UP_LIFE,
    )
    db.add(row)
    db.flush()
    record(db, NOBODY, verb="sign_up.begun", object=row)
    with speaking(row.locale):
        url = f"{get_settings().site_url}/sign-up/{secret}"
        send_mail(db, email, _(CONFIRM_SUBJECT), _(CONFIRM_BODY, name=name, url=url))


def tell_taken(db: Session, owner: Account) -> None:
    """Tell the owner of an address that somebody typed it into a form."""
    if owner.state is AccountState.active:
        tell_by_mail(db, owner, TAKEN_SUBJECT, TAKEN_BODY, url=f"{get_settings().site_url}/sign-in")


def _check_namespace(db: Session, slug: str | None, name: str) -> None:
    if slug and (slug in naming.RESERVED or queries.namespace(db, slug) is not None):
        free = free_slug(db, slug if slug not in naming.RESERVED else name)
        why = _("This short name is taken. Free would be: %(slug)s", slug=free)
        raise Invalid(_("Please correct the marked fields."), fields={"namespace": why})


def complete_sign_up(db: Session, *, secret: str, password: str) -> Account | None:
    """Make the account behind a mailed link for whoever knows the password typed before. ``NotFound`` for a dead link.

    None for a wrong password, which counts as a failed sign-in; the caller must not raise. A namespace that was taken
    in the meantime is replaced by a free one like it.
    """
    row = queries.live_sign_up(db, digest_secret(secret), lock=True)
    if row is None or queries.by_email(db, row.email) is not None:
        raise NotFound(_("This link was used already or is too old."), hint=_("Sign up again."))
    subject = f"email:{row.email}"
    lock_key(db, "sign-in", row.email)
    throttle.check(db, subject, throttle.PER_EMAIL)
    if not passwords.verify(row.password_hash, password):
        throttle.count(db, subject)
        return None
    slug = row.namespace
    if slug and queries.namespace(db, slug) is not None:
        slug = free_slug(db, slug)
    account = insert_account(
        db,
        NOBODY,
        email=row.email,
        name=row.name,
        password_hash=row.password_hash,
        namespace=slug or None,
        locale=row.locale if row.locale in LOCALES else get_locale(),
    )
    queries.delete_sign_ups(db, account.email)
    return account
