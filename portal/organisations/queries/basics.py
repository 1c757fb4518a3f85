"""Reading organisations, members and invitations."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true
from sqlmodel import col

from portal.accounts.models import Account, AccountState, Namespace
from portal.accounts.naming import is_slug
from portal.kit.actor import Actor
from portal.kit.db import Session
from portal.kit.paging import SIZE, Page, keyset
from portal.kit.text import like
from portal.organisations.models import (
    Invitation,
    InvitationState,
    MemberRole,
    Membership,
    Organisation,
    OrganisationKind,
    Verification,
)


@dataclass(frozen=True)
class Filter:
    """What a list of organisations is narrowed to; empty means all."""

    words: str = ""
    kinds: frozenset[OrganisationKind] = field(default_factory=frozenset)
    verified: bool | None = None


def visible(_actor: Actor) -> Select[Any]:
    """Organisations are public, all of them; unverified ones say so on every page."""
    statement: Any = (
        select(
            col(Organisation.id),
            col(Organisation.name),
            col(Organisation.name_en),
            col(Organisation.kind),
            col(Organisation.verification),
            col(Organisation.division_code),
            col(Organisation.summary),
            col(Organisation.website),
            col(Organisation.credit_code),
            col(Organisation.created_at),
            col(Namespace.slug),
        )
        .select_from(Organisation)
        .join(Namespace, col(Namespace.organisation_id) == col(Organisation.id))
    )
    return cast("Select[Any]", statement)


def _conditions(wanted: Filter, *, without: str = "") -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.words:
        words = like(wanted.words)
        found.append(
            or_(
                col(Organisation.name).ilike(words),
                col(Organisation.name_en).ilike(words),
                col(Organisation.sort_key).ilike(words),
                col(Organisation.credit_code) == wanted.words.upper(),
            )
        )
    if wanted.kinds and without != "kind":
        found.append(col(Organisation.kind).in_(wanted.kinds))
    if wanted.verified is not None and without != "verified":
        is_verified = col(Organisation.verification) == Verification.verified
        found.append(is_verified if wanted.verified else ~is_verified)
    return found


def page_of(
    db: Session,
    actor: Actor,
    wanted: Filter,
    *,
    newest_first: bool = False,
    after: str | None = None,
    before: str | None = None,
    size: int = SIZE,
) -> Page[Any]:
    """A page of the list, by pinyin or newest first."""
    statement: Any = visible(actor).where(*_conditions(wanted))
    keys: list[Any] = (
        [col(Organisation.id)] if newest_first else [col(Organisation.sort_key), col(Organisation.id)]
    )
    statement = statement.add_columns(*(key.label(f"key{n}") for n, key in enumerate(keys)))
    return keyset(db, statement, keys, descending=newest_first, after=after, before=before, size=size)


def facets(db: Session, actor: Actor, wanted: Filter) -> tuple[dict[OrganisationKind, int], dict[bool, int]]:
    """How many there are of each kind, and verified or not; each facet counted without its own filter. One query."""
    is_verified = (col(Organisation.verification) == Verification.verified).label("is_verified")
    statement = (
        select(
            col(Organisation.kind),
            is_verified,
            func.count().filter(*(_conditions(wanted, without="kind") or [true()])).label("by_kind"),
            func.count().filter(*(_conditions(wanted, without="verified") or [true()])).label("by_verified"),
        )
        .where(col(Organisation.id).in_(visible(actor).with_only_columns(col(Organisation.id))))
        .group_by(col(Organisation.kind), is_verified)
    )
    kinds: dict[OrganisationKind, int] = {}
    verified: dict[bool, int] = {}
    for kind, checked, by_kind, by_verified in db.execute(statement):
        kinds[kind] = kinds.get(kind, 0) + by_kind
        verified[checked] = verified.get(checked, 0) + by_verified
    return kinds, verified


def by_slug(
    db: Session, actor: Actor, slug: str, *, lock: bool = False
) -> tuple[Organisation, Namespace] | None:
    """The organisation behind a short name, with its namespace."""
    if not is_slug(slug):
        return None
    statement = (
        select(Organisation, Namespace)
        .join(Namespace, col(Namespace.organisation_id) == col(Organisation.id))
        .where(col(Namespace.slug) == slug)
        .where(col(Organisation.id).in_(visible(actor).with_only_columns(col(Organisation.id))))
    )
    if lock:
        statement = statement.with_for_update(of=Organisation).execution_options(populate_existing=True)
    row = db.execute(statement).one_or_none()
    return (row[0], row[1]) if row is not None else None


def locked(db: Session, organisation_id: uuid.UUID) -> Organisation | None:
    """An organisation, locked: changes of members and of its verification happen one after the other."""
    statement = select(Organisation).where(col(Organisation.id) == organisation_id).with_for_update()
    return db.scalars(statement.execution_options(populate_existing=True)).one_or_none()


def verified_with_code(db: Session, code: str, *, but: uuid.UUID | None = None) -> Organisation | None:
    """The verified organisation of a credit code."""
    statement = select(Organisation).where(
        col(Organisation.credit_code) == code, col(Organisation.verification) == Verification.verified
    )
    if but is not None:
        statement = statement.where(col(Organisation.id) != but)
    return db.scalars(statement).one_or_none()


def verified_slugs(db: Session) -> list[tuple[str, str]]:
    """Short name and name of the verified organisations."""
    statement = (
        select(col(Namespace.slug), col(Organisation.name))
        .join(Organisation, col(Organisation.id) == col(Namespace.organisation_id))
        .where(col(Organisation.verification) == Verification.verified)
        .order_by(col(Namespace.slug))
    )
    return [(row[0], row[1]) for row in db.execute(statement)]


def lookalikes(db: Session, limit: int = 100) -> Sequence[Any]:
    """Organisations whose short names are near to verified ones', newest first."""
    statement = (
        select(
            col(Namespace.slug),
            col(Organisation.name),
            col(Organisation.similar_to),
            col(Organisation.verification),
            col(Organisation.created_at),
        )
        .join(Organisation, col(Organisation.id) == col(Namespace.organisation_id))
        .where(col(Organisation.similar_to) != "")
        .order_by(col(Organisation.id).desc())
        .limit(limit)
    )
    return db.execute(statement).all()


def awaiting_verification(db: Session) -> Sequence[Any]:
    """The secretariat's queue, longest waiting first, with how many verified twins share the code."""
    other = Organisation.__table__.alias("other")  # type: ignore[attr-defined]
    twins = (
        select(func.count())
        .select_from(other)
        .where(
            other.c.credit_code == col(Organisation.credit_code),
            other.c.id != col(Organisation.id),
            other.c.verification == Verification.verified.value,
        )
        .correlate(Organisation)
        .scalar_subquery()
    )
    statement = (
        visible(Actor())
        .add_columns(
            col(Organisation.verification_statement).label("statement"),
            col(Organisation.verification_at).label("asked_at"),
            twins.label("twins"),
        )
        .where(col(Organisation.verification) == Verification.requested)
        .order_by(col(Organisation.verification_at), col(Organisation.id))
        .limit(200)
    )
    return db.execute(statement).all()


# -- members ------------------------------------------------------------------------------------------------------


def members(db: Session, organisation_id: uuid.UUID) -> Sequence[Any]:
    """The members by pinyin: (account_id, name, affiliation, slug, role, joined_at)."""
    statement = (
        select(
            col(Membership.account_id),
            col(Account.name),
            col(Account.affiliation),
            col(Namespace.slug),
            col(Membership.role),
            col(Membership.joined_at),
        )
        .join(Account, col(Account.id) == col(Membership.account_id))
        .join(Namespace, col(Namespace.account_id) == col(Account.id))
        .where(col(Membership.organisation_id) == organisation_id)
        .order_by(col(Account.sort_key), col(Account.id))
    )
    return db.execute(statement).all()


def membership(db: Session, organisation_id: uuid.UUID, account_id: uuid.UUID) -> Membership | None:
    """Somebody's membership; lock the organisation first."""
    statement = select(Membership).where(
        col(Membership.organisation_id) == organisation_id, col(Membership.account_id) == account_id
    )
    return db.scalars(statement.execution_options(populate_existing=True)).one_or_none()


def memberships_of(db: Session, account_id: uuid.UUID) -> list[Membership]:
    """All memberships of an account."""
    return list(db.scalars(select(Membership).where(col(Membership.account_id) == account_id)))


def admins(db: Session, organisation_id: uuid.UUID) -> list[uuid.UUID]:
    """The accounts that administer an organisation; a closed one does not, even before its membership is ended."""
    statement = (
        select(col(Membership.account_id))
        .join(Account, col(Account.id) == col(Membership.account_id))
        .where(
            col(Membership.organisation_id) == organisation_id,
            col(Membership.role) == MemberRole.admin,
            col(Account.state) != AccountState.closed,
        )
    )
    return list(db.scalars(statement.order_by(col(Membership.account_id))))


# -- invitations --------------------------------------------------------------------------------------------------


def invitations(db: Session, organisation_id: uuid.UUID) -> list[Invitation]:
    """The open invitations of an organisation, newest first."""
    statement = select(Invitation).where(
        col(Invitation.organisation_id) == organisation_id, col(Invitation.state) == InvitationState.open
    )
    return list(db.scalars(statement.order_by(col(Invitation.id).desc())))


def invitation(db: Session, organisation_id: uuid.UUID, invitation_id: uuid.UUID) -> Invitation | None:
    """One invitation of an organisation, locked."""
    statement = select(Invitation).where(
        and_(col(Invitation.organisation_id) == organisation_id, col(Invitation.id) == invitation_id)
    )
    return db.scalars(statement.with_for_update().execution_options(populate_existing=True)).one_or_none()


def invitation_by_digest(
    db: Session, digest: str, *, lock: bool = False
) -> tuple[Invitation, Organisation, Namespace] | None:
    """The invitation behind a mailed secret, in whatever state, with its organisation."""
    statement = (
        select(Invitation, Organisation, Namespace)
        .join(Organisation, col(Organisation.id) == col(Invitation.organisation_id))
        .join(Namespace, col(Namespace.organisation_id) == col(Organisation.id))
        .where(col(Invitation.secret_digest) == digest)
    )
    if lock:
        statement = statement.with_for_update(of=Invitation).execution_options(populate_existing=True)
    row = db.execute(statement).one_or_none()
    return (row[0], row[1], row[2]) if row is not None else None


def overdue_invitations(db: Session, at: dt.datetime, limit: int = 500) -> list[Invitation]:
    """Open invitations whose time is over, locked; those another transaction holds are left for next time."""
    statement = select(Invitation).where(
        col(Invitation.state) == InvitationState.open, col(Invitation.expires_at) <= at
    )
    return list(
        db.scalars(statement.order_by(col(Invitation.id)).limit(limit).with_for_update(skip_locked=True))
    )
