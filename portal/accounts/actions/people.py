"""Accounts themselves: registering, profile, language, locking, closing; and namespaces."""

import uuid

from portal.accounts import naming, passwords, queries
from portal.accounts.models import ACCOUNT_TRANSITIONS, Account, AccountState, Namespace
from portal.accounts.policy import can_lock
from portal.audit.actions import record
from portal.kit import keys
from portal.kit.actor import Actor
from portal.kit.clock import now
from portal.kit.db import Session, lock_key
from portal.kit.errors import Conflict, Forbidden, Invalid, NotFound
from portal.kit.i18n import LOCALES, _, get_locale
from portal.kit.jobs import defer
from portal.kit.states import check_move
from portal.notices.actions import send_mail, speaking

CLOSED_NAME = "已注销用户"
"""What stands in the place of a closed account's name, in all languages: it is data of the row, not of the page."""


def as_actor(account: Account) -> Actor:
    """The account as the actor of what it does to itself before a session exists; the log names it by its number."""
    return Actor(id=account.id, name=f"#{account.id.hex[-8:]}")


def tell_by_mail(db: Session, account: Account, subject: str, body: str, **values: object) -> None:
    """Mail somebody in the account's language; ``subject`` and ``body`` are message ids, ``name`` is filled in."""
    with speaking(account.locale):
        send_mail(db, account.email, _(subject), _(body, name=account.name, **values))


def check_password(password: str, name: str, email: str, *, field: str = "password") -> None:
    """Refuse with ``Invalid`` a password the rules do not accept for this person."""
    why = passwords.objection(password, name=name, email=email)
    if why:
        raise Invalid(_("Please correct the marked fields."), fields={field: why})


def register_account(
    db: Session,
    actor: Actor,
    *,
    email: str,
    name: str,
    password: str,
    namespace: str | None = None,
    locale: str | None = None,
    affiliation: str = "",
    demo: bool = False,
) -> Account:
    """A new account with its namespace, which is reserved for ever; without ``namespace`` one is made from the name.

    ``Invalid`` with the field for a taken address, a taken, reserved or malformed namespace, or a weak password.
    """
    email = email.strip().casefold()
    check_password(password, name, email)
    return insert_account(
        db,
        actor,
        email=email,
        name=name,
        password_hash=passwords.hash_password(password),
        namespace=namespace,
        locale=locale if locale in LOCALES else get_locale(),
        affiliation=affiliation,
        demo=demo,
    )


def insert_account(
    db: Session,
    actor: Actor,
    *,
    email: str,
    name: str,
    password_hash: str,
    namespace: str | None,
    locale: str,
    affiliation: str = "",
    demo: bool = False,
) -> Account:
    """The same with a password that was judged and hashed before."""
    lock_key(db, "account", email)
    if queries.by_email(db, email) is not None:
        raise Invalid(
            _("Please correct the marked fields."),
            fields={"email": _("There is an account with this address already.")},
        )
    account = Account(
        email=email,
        name=name,
        sort_key=naming.sort_key(name)[:400],
        password_hash=password_hash,
        locale=locale,
        affiliation=affiliation,
        demo=demo,
    )
    db.add(account)
    db.flush()
    slug = namespace or free_slug(db, name, email)
    claim_namespace(db, actor, slug=slug, display_name=name, account_id=account.id)
    record(
        db,
        as_actor(account) if actor.is_anonymous else actor,
        verb="account.registered",
        object=account,
        namespace=slug,
    )
    return account


def free_slug(db: Session, name: str, fallback: str = "") -> str:
    """A namespace that is free now, made from the name's pinyin (or ``fallback``)."""
    base = naming.suggest_slug(name, fallback)
    taken = queries.slugs_like(db, base)
    if base not in taken:
        return base
    return next(slug for n in range(2, 100_000) if (slug := f"{base}-{n}") not in taken)


def claim_namespace(
    db: Session,
    actor: Actor,
    *,
    slug: str,
    display_name: str,
    account_id: uuid.UUID | None = None,
    organisation_id: uuid.UUID | None = None,
) -> Namespace:
    """Take a short name for a person or an organisation, for ever. Reserved words are for the portal itself."""
    if not naming.is_slug(slug):
        why = _("2 to 40 small letters, digits and single hyphens; no hyphen at either end.")
        raise Invalid(_("Please correct the marked fields."), fields={"namespace": why})
    lock_key(db, "namespace", slug)
    reserved = slug in naming.RESERVED and not actor.is_system
    if reserved or queries.namespace(db, slug) is not None:
        free = free_slug(db, slug if not reserved else display_name)
        why = _("This short name is taken. Free would be: %(slug)s", slug=free)
        raise Invalid(_("Please correct the marked fields."), fields={"namespace": why})
    namespace = Namespace(
        slug=slug, display_name=display_name, account_id=account_id, organisation_id=organisation_id
    )
    db.add(namespace)
    db.flush()
    return namespace


def update_profile(
    db: Session, actor: Actor, *, name: str, affiliation: str, orcid: str, bio: str
) -> Account:
    """Change one's own public profile."""
    account = _own(db, actor)
    changed = [
        field
        for field, value in (("name", name), ("affiliation", affiliation), ("orcid", orcid), ("bio", bio))
        if getattr(account, field) != value
    ]
    account.name, account.affiliation, account.orcid, account.bio = name, affiliation, orcid, bio
    account.sort_key = naming.sort_key(name)[:400]
    account.touch()
    namespace = queries.namespace_of(db, account_id=account.id)
    namespace.display_name = name
    namespace.touch()
    db.add_all([account, namespace])
    record(db, actor, verb="account.profile_changed", object=account, fields=changed)
    return account


def set_locale(db: Session, actor: Actor, *, locale: str) -> None:
    """Keep one's language; an unknown one is refused."""
    if locale not in LOCALES:
        raise Invalid(_("Please choose one of the offered values."), fields={"locale": locale})
    account = _own(db, actor)
    account.locale = locale
    db.add(account)


def _own(db: Session, actor: Actor) -> Account:
    account = queries.by_id(db, actor.id, lock=True)
    if account is None:
        raise NotFound(_("There is no such account."))
    return account


def lock_account(db: Session, actor: Actor, *, account_id: uuid.UUID, reason: str) -> Account:
    """Lock an account: nobody can sign in, sessions and tokens stop at once. For security administrators."""
    account = _move(db, actor, account_id, AccountState.locked)
    _end_access(db, account, tokens=False)
    record(db, actor, verb="account.locked", object=account, reason=reason)
    return account


def unlock_account(db: Session, actor: Actor, *, account_id: uuid.UUID, reason: str) -> Account:
    """Let a locked account sign in again."""
    account = _move(db, actor, account_id, AccountState.active)
    record(db, actor, verb="account.unlocked", object=account, reason=reason)
    return account


def _move(db: Session, actor: Actor, account_id: uuid.UUID, state: AccountState) -> Account:
    account = queries.by_id(db, account_id, lock=True)
    if account is None:
        raise NotFound(_("There is no such account."))
    if not can_lock(actor, account_id):
        raise Forbidden(_("Only a security administrator may do this, and not to himself."))
    check_move(ACCOUNT_TRANSITIONS, account.state, state, "system" if actor.is_system else "security_admin")
    account.state = state
    account.touch()
    db.add(account)
    return account


def close_account(db: Session, actor: Actor, *, reason: str = "") -> Account:
    """Close one's own account for good, now. Personal data go, the namespace and what stands under it stay.

    Refused while an organisation would be left without an administrator. Memberships are ended by the job
    ``organisations.forget_member``, the place in the expert pool by ``experts.forget_person``, open reviews by
    ``reviewing.forget_person``, undecided conflicts by ``staffing.forget_person``, open objections by
    ``publicity.forget_person``.
    """
    account = _own(db, actor)
    refuse_only_admin(db, account.id)
    check_move(ACCOUNT_TRANSITIONS, account.state, AccountState.closed, "self")
    namespace = queries.namespace_of(db, account_id=account.id)
    account.state = AccountState.closed
    # A keyed digest: whoever names an address can be told whether this was its account, and nobody can read it back.
    digest = keys.keyed_digest("closed accounts", f"{account.id}|{account.email}")
    account.email = f"closed-{digest[:40]}@account.invalid"
    account.name = namespace.display_name = CLOSED_NAME
    account.sort_key = namespace.slug
    account.closes_at = None
    account.affiliation = account.orcid = account.bio = account.password_hash = ""
    account.touch()
    namespace.touch()
    db.add_all([account, namespace])
    _end_access(db, account, tokens=True)
    for role in queries.roles_of(db, account.id):
        db.delete(role)
    db.flush()
    queries.delete_factors(db, account.id)
    queries.delete_email_changes(db, account.id)
    queries.forget_person(db, account.id)
    record(db, actor, verb="account.closed", object=account, reason=reason or None)
    defer(db, "organisations.forget_member", account_id=str(account.id))
    defer(db, "experts.forget_person", account_id=str(account.id))
    defer(db, "publicity.forget_person", account_id=str(account.id))
    defer(db, "reviewing.forget_person", account_id=str(account.id))
    defer(db, "staffing.forget_person", account_id=str(account.id))
    return account


def refuse_only_admin(db: Session, account_id: uuid.UUID) -> None:
    """``Conflict`` while an organisation would be left without an administrator."""
    alone = queries.only_admin_of(db, account_id)
    if alone:
        raise Conflict(
            _("You are the only administrator of: %(names)s", names=", ".join(alone)),
            hint=_("Make somebody else an administrator there first."),
        )


def _end_access(db: Session, account: Account, *, tokens: bool) -> None:
    for session in queries.sessions_of(db, account.id):
        db.delete(session)
    for reset in queries.open_resets(db, account.id):
        reset.used_at = now()
        db.add(reset)
    if tokens:
        for token in queries.tokens_of(db, account.id):
            token.revoked_at = now()
            db.add(token)
    db.flush()
