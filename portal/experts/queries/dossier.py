"""Affiliations and declared relations: for the person, the organisations named, the secretariat, conflict graphs."""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlmodel import col

from portal.accounts.models import Account, Namespace
from portal.experts.models import (
    COUNTING,
    Affiliation,
    AffiliationState,
    DeclaredRelation,
)
from portal.kit.db import Session
from portal.organisations.models import Organisation


def _affiliations() -> Any:
    return (
        select(
            col(Affiliation.id),
            col(Affiliation.account_id),
            col(Affiliation.organisation_id),
            func.coalesce(col(Organisation.name), col(Affiliation.name)).label("name"),
            func.coalesce(col(Organisation.credit_code), col(Affiliation.credit_code)).label("credit_code"),
            col(Namespace.slug),
            col(Affiliation.position),
            col(Affiliation.since),
            col(Affiliation.until),
            col(Affiliation.state),
            col(Affiliation.state_reason),
            col(Affiliation.confirmed_at),
            col(Affiliation.deadline_at),
        )
        .select_from(Affiliation)
        .outerjoin(Organisation, col(Organisation.id) == col(Affiliation.organisation_id))
        .outerjoin(Namespace, col(Namespace.organisation_id) == col(Organisation.id))
    )


def affiliations_of(db: Session, account_id: uuid.UUID) -> Sequence[Any]:
    """Somebody's affiliations in whatever state, latest first."""
    statement = _affiliations().where(col(Affiliation.account_id) == account_id)
    found: Sequence[Any] = db.execute(
        statement.order_by(col(Affiliation.since).desc(), col(Affiliation.id).desc())
    ).all()
    return found


def affiliation(db: Session, affiliation_id: uuid.UUID) -> Affiliation | None:
    """One affiliation, locked."""
    statement = select(Affiliation).where(col(Affiliation.id) == affiliation_id).with_for_update()
    return db.scalars(statement.execution_options(populate_existing=True)).one_or_none()


def same_affiliation(db: Session, wanted: Affiliation) -> bool:
    """Whether this person has stated this organisation for this first day already."""
    where = (
        col(Affiliation.organisation_id) == wanted.organisation_id
        if wanted.organisation_id is not None
        else col(Affiliation.name) == wanted.name
    )
    statement = select(col(Affiliation.id)).where(
        col(Affiliation.account_id) == wanted.account_id,
        where,
        col(Affiliation.since) == wanted.since,
        col(Affiliation.state).in_(COUNTING),
    )
    return db.execute(statement.limit(1)).first() is not None


def waiting_for(db: Session, organisation_id: uuid.UUID) -> Sequence[Any]:
    """What an organisation is asked to confirm, with who states it; longest waiting first."""
    person = Namespace.__table__.alias("person")  # type: ignore[attr-defined]
    statement = (
        _affiliations()
        .add_columns(col(Account.name).label("person"), person.c.slug.label("person_slug"))
        .join(Account, col(Account.id) == col(Affiliation.account_id))
        .join(person, person.c.account_id == col(Account.id))
        .where(
            col(Affiliation.organisation_id) == organisation_id,
            col(Affiliation.state).in_([AffiliationState.claimed, AffiliationState.unanswered]),
        )
        .order_by(col(Affiliation.id))
    )
    found: Sequence[Any] = db.execute(statement).all()
    return found


def overdue_affiliations(db: Session, at: dt.datetime, limit: int = 200) -> list[Affiliation]:
    """Affiliations that no organisation answered in time, locked."""
    statement = select(Affiliation).where(
        col(Affiliation.state) == AffiliationState.claimed, col(Affiliation.deadline_at) <= at
    )
    return list(
        db.scalars(statement.order_by(col(Affiliation.id)).limit(limit).with_for_update(skip_locked=True))
    )


def relations_of(db: Session, account_id: uuid.UUID) -> Sequence[Any]:
    """What somebody has declared, latest first, also what was taken back."""
    statement: Any = (
        select(
            col(DeclaredRelation.id),
            col(DeclaredRelation.kind),
            func.coalesce(col(Account.name), col(DeclaredRelation.other_name)).label("other"),
            col(Namespace.slug),
            col(DeclaredRelation.other_organisation),
            col(DeclaredRelation.since),
            col(DeclaredRelation.until),
            col(DeclaredRelation.note),
            col(DeclaredRelation.created_at),
            col(DeclaredRelation.withdrawn_at),
        )
        .select_from(DeclaredRelation)
        .outerjoin(Account, col(Account.id) == col(DeclaredRelation.other_account_id))
        .outerjoin(Namespace, col(Namespace.account_id) == col(Account.id))
        .where(col(DeclaredRelation.account_id) == account_id)
        .order_by(col(DeclaredRelation.withdrawn_at).is_not(None), col(DeclaredRelation.id).desc())
    )
    found: Sequence[Any] = db.execute(statement).all()
    return found


def relation(db: Session, relation_id: uuid.UUID) -> DeclaredRelation | None:
    """One declared relation, locked."""
    statement = select(DeclaredRelation).where(col(DeclaredRelation.id) == relation_id).with_for_update()
    return db.scalars(statement.execution_options(populate_existing=True)).one_or_none()


def standing_of(
    db: Session, account_ids: Collection[uuid.UUID], since: dt.date
) -> tuple[Sequence[Any], Sequence[Any]]:
    """What a conflict graph asks about these people, in two statements: affiliations that count and lasted until
    ``since`` or later, and relations that were not taken back, by them or about them.

    Affiliations: (account_id, organisation_id, name, credit_code, since, until). Relations: (account_id, kind,
    other_account_id, other_name, other_organisation, since, until); periods of relations are left to the rules.
    """
    people = list(account_ids)
    where = (
        _affiliations()
        .where(
            col(Affiliation.account_id).in_(people),
            col(Affiliation.state).in_(COUNTING),
            or_(col(Affiliation.until).is_(None), col(Affiliation.until) >= since),
        )
        .order_by(col(Affiliation.id))
    )
    relations: Any = (
        select(
            col(DeclaredRelation.account_id),
            col(DeclaredRelation.kind),
            col(DeclaredRelation.other_account_id),
            col(DeclaredRelation.other_name),
            col(DeclaredRelation.other_organisation),
            col(DeclaredRelation.since),
            col(DeclaredRelation.until),
        )
        .where(
            or_(
                col(DeclaredRelation.account_id).in_(people),
                col(DeclaredRelation.other_account_id).in_(people),
            ),
            col(DeclaredRelation.withdrawn_at).is_(None),
        )
        .order_by(col(DeclaredRelation.id))
    )
    return db.execute(where).all(), db.execute(relations).all()


def affiliations_to_forget(db: Session, account_id: uuid.UUID) -> list[Affiliation]:
    """All affiliations of an account, locked."""
    statement = select(Affiliation).where(col(Affiliation.account_id) == account_id)
    return list(db.scalars(statement.order_by(col(Affiliation.id)).with_for_update()))


def forget_person(db: Session, account_id: uuid.UUID) -> None:
    """Delete affiliations and relations of a closed account; what others declared about it keeps no link to it."""
    for table in (Affiliation, DeclaredRelation):
        db.execute(
            delete(table).where(col(table.account_id) == account_id),
            execution_options={"synchronize_session": False},
        )
    db.execute(
        update(DeclaredRelation)
        .where(col(DeclaredRelation.other_account_id) == account_id)
        .values(other_account_id=None, other_name=CLOSED),
        execution_options={"synchronize_session": False},
    )


CLOSED = "—"
"""Stands where the name of a closed account stood."""
