"""Registering and editing organisations, and what the other verbs share."""

import uuid

from portal.accounts import queries as accounts
from portal.accounts.actions import claim_namespace, free_slug
from portal.accounts.naming import sort_key
from portal.audit.actions import record
from portal.kit.actor import Actor
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.errors import Conflict, Forbidden, Invalid, NotFound
from portal.kit.i18n import N_, _, label
from portal.kit.similar import Likeness, likeness
from portal.kit.states import check_move
from portal.notices.actions import tell
from portal.organisations import credit_code as codes
from portal.organisations import policy, queries
from portal.organisations.models import (
    VERIFICATION_TRANSITIONS,
    MemberRole,
    Membership,
    Organisation,
    OrganisationKind,
    Verification,
)

RESET = N_("“%(organisation)s” changed its name or code, so its verification no longer holds.")
CHECKED = (Verification.verified, Verification.requested)


def get_locked(db: Session, organisation_id: uuid.UUID) -> Organisation:
    """The organisation, locked for a change."""
    organisation = queries.locked(db, organisation_id)
    if organisation is None:
        raise NotFound(_("There is no such organisation."))
    return organisation


def require_admin(actor: Actor, organisation: Organisation) -> None:
    """Refuse everybody but the organisation's administrators."""
    if not policy.can_manage(actor, organisation.id):
        raise Forbidden(_("Only an administrator of the organisation may do this."))


def page_url(db: Session, organisation: Organisation) -> str:
    """The address of the organisation's page."""
    return f"/organisations/{accounts.namespace_of(db, organisation_id=organisation.id).slug}"


def tell_admins(
    db: Session, organisation: Organisation, *, message: str, but: uuid.UUID | None = None, **params: object
) -> None:
    """Put a notice before all administrators of an organisation (but the one who did it)."""
    url = page_url(db, organisation)
    for account_id in queries.admins(db, organisation.id):
        if account_id != but:
            tell(db, account_id, message=message, url=url, organisation=organisation.name, **params)


def register(
    db: Session,
    actor: Actor,
    *,
    name: str,
    kind: OrganisationKind,
    credit_code: str,
    name_en: str = "",
    namespace: str = "",
    division_code: str = "",
    website: str = "",
    summary: str = "",
    confirm_similar: bool = False,
    demo: bool = False,
) -> Organisation:
    """A new organisation, unverified, with its namespace; the actor becomes its first administrator.

    ``Invalid`` for a wrong code, one that a verified organisation has, a namespace that is taken, or one that is easily
    taken for a verified organisation's and not confirmed.
    """
    if not policy.can_register(actor) or actor.id is None:
        raise Forbidden(_("Please sign in first."))
    _check_code(db, credit_code)
    organisation = Organisation(
        name=name,
        name_en=name_en,
        sort_key=sort_key(name)[:800],
        kind=kind,
        credit_code=credit_code,
        division_code=division_code,
        website=website,
        summary=summary,
        demo=demo,
    )
    slug = namespace or free_slug(db, name, name_en)
    organisation.similar_to = _near(db, slug, confirm_similar)
    db.add(organisation)
    db.flush()
    claim_namespace(db, actor, slug=slug, display_name=name, organisation_id=organisation.id)
    db.add(Membership(organisation_id=organisation.id, account_id=actor.id, role=MemberRole.admin))
    record(db, actor, verb="organisation.registered", object=organisation, namespace=slug)
    return organisation


def _near(db: Session, slug: str, confirmed: bool) -> str:
    """The verified organisation whose short name this is easily taken for; refused unless it is meant."""
    for other, name in queries.verified_slugs(db):
        kind = likeness(slug, other)
        if kind is None or kind is Likeness.same:  # a taken name is refused by itself
            continue
        if not confirmed:
            message = _(
                "This short name is easily taken for %(other)s “%(title)s” (%(why)s). Choose another, or confirm it.",
                other=other,
                title=name,
                why=label(kind),
            )
            raise Invalid(message, fields={"confirm_similar": message})
        return other
    return ""


def _check_code(db: Session, code: str, *, but: uuid.UUID | None = None) -> None:
    if not codes.is_valid(code):
        why = _("This is not a valid unified social credit code; please compare all 18 characters.")
    elif queries.verified_with_code(db, code, but=but) is not None:
        why = _("A verified organisation has this code already. Ask its administrators for an invitation.")
    else:
        return
    raise Invalid(_("Please correct the marked fields."), fields={"credit_code": why})


def edit(
    db: Session,
    actor: Actor,
    *,
    organisation_id: uuid.UUID,
    name: str,
    kind: OrganisationKind,
    credit_code: str,
    name_en: str = "",
    division_code: str = "",
    website: str = "",
    summary: str = "",
) -> Organisation:
    """Change the description. A new name or code undoes a verification, or withdraws the request for one."""
    organisation = get_locked(db, organisation_id)
    require_admin(actor, organisation)
    if credit_code != organisation.credit_code:
        _check_code(db, credit_code, but=organisation.id)
    identity = {"name": name, "name_en": name_en, "credit_code": credit_code}
    other = {"kind": kind, "division_code": division_code, "website": website, "summary": summary}
    changed = sorted(key for key, value in (identity | other).items() if getattr(organisation, key) != value)
    for key, value in (identity | other).items():
        setattr(organisation, key, value)
    organisation.sort_key = sort_key(name)[:800]
    organisation.touch()
    namespace = accounts.namespace_of(db, organisation_id=organisation.id)
    if namespace.display_name != name:
        namespace.display_name = name
        namespace.touch()
    db.add_all([organisation, namespace])
    record(db, actor, verb="organisation.edited", object=organisation, fields=changed)
    if set(changed) & set(identity) and organisation.verification in CHECKED:
        move(db, actor, organisation, Verification.unverified, "organisation_admin", reason="")
        tell_admins(db, organisation, message=RESET, but=actor.id)
    return organisation


def move(
    db: Session, actor: Actor, organisation: Organisation, state: Verification, who: str, *, reason: str
) -> None:
    """Move a locked organisation's verification along its table, and say so in the audit log."""
    old = organisation.verification
    check_move(VERIFICATION_TRANSITIONS, old, state, who)
    if state is Verification.verified and queries.verified_with_code(
        db, organisation.credit_code, but=organisation.id
    ):
        raise Conflict(
            _("Another verified organisation has the same code."), hint=_("Refuse one, or revoke the other.")
        )
    organisation.verification = state
    organisation.verification_reason = reason
    organisation.verification_at = now()
    organisation.touch()
    db.add(organisation)
    db.flush()
    record(
        db,
        actor,
        verb=f"organisation.{state.value}",
        object=organisation,
        reason=reason or None,
        before=old.value,
    )
