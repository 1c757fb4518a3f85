"""The tree of organisations: what belongs to what, now and before."""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import and_, case, func, literal, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from portal.accounts.models import Namespace
from portal.kit.db import Session
from portal.organisations.models import LinkState, Organisation, OrganisationLink


def link(db: Session, link_id: uuid.UUID) -> OrganisationLink | None:
    """One link, locked."""
    statement = select(OrganisationLink).where(col(OrganisationLink.id) == link_id).with_for_update()
    return db.scalars(statement.execution_options(populate_existing=True)).one_or_none()


def link_in_force(db: Session, organisation_id: uuid.UUID) -> OrganisationLink | None:
    """The link that holds now, locked."""
    statement = select(OrganisationLink).where(
        col(OrganisationLink.organisation_id) == organisation_id,
        col(OrganisationLink.state) == LinkState.in_force,
    )
    return db.scalars(statement.with_for_update().execution_options(populate_existing=True)).one_or_none()


def open_proposal(db: Session, organisation_id: uuid.UUID) -> OrganisationLink | None:
    """The proposal of an organisation that waits for the secretariat."""
    statement = select(OrganisationLink).where(
        col(OrganisationLink.organisation_id) == organisation_id,
        col(OrganisationLink.state) == LinkState.proposed,
    )
    return db.scalars(statement.limit(1)).one_or_none()


def ancestors(db: Session, organisation_id: uuid.UUID) -> list[uuid.UUID]:
    """What an organisation belongs to now, nearest first. Ends even where the rows had a circle."""
    up = (
        select(col(OrganisationLink.parent_id).label("id"), literal(1).label("level"))
        .where(
            col(OrganisationLink.organisation_id) == organisation_id,
            col(OrganisationLink.state) == LinkState.in_force,
        )
        .cte("up", recursive=True)
    )
    further = select(col(OrganisationLink.parent_id), up.c.level + 1).where(
        col(OrganisationLink.organisation_id) == up.c.id,
        col(OrganisationLink.state) == LinkState.in_force,
        up.c.level < 50,
    )
    up = up.union_all(further)
    return list(db.scalars(select(up.c.id).order_by(up.c.level)))


def depth_below(db: Session, organisation_id: uuid.UUID) -> int:
    """How many levels there are below an organisation now."""
    down = (
        select(col(OrganisationLink.organisation_id).label("id"), literal(1).label("level"))
        .where(
            col(OrganisationLink.parent_id) == organisation_id,
            col(OrganisationLink.state) == LinkState.in_force,
        )
        .cte("down", recursive=True)
    )
    further = select(col(OrganisationLink.organisation_id), down.c.level + 1).where(
        col(OrganisationLink.parent_id) == down.c.id,
        col(OrganisationLink.state) == LinkState.in_force,
        down.c.level < 50,
    )
    down = down.union_all(further)
    return int(db.execute(select(func.coalesce(func.max(down.c.level), 0))).scalar_one())


def links_between(db: Session, since: dt.date) -> Sequence[Any]:
    """(organisation_id, parent_id, since, until) of everything that held on that day or later; for conflict graphs."""
    statement = select(
        col(OrganisationLink.organisation_id),
        col(OrganisationLink.parent_id),
        col(OrganisationLink.since),
        col(OrganisationLink.until),
    ).where(
        col(OrganisationLink.state).in_([LinkState.in_force, LinkState.ended]),
        or_(col(OrganisationLink.until).is_(None), col(OrganisationLink.until) >= since),
    )
    return db.execute(statement).all()


def links_above(db: Session, codes: Collection[str], since: dt.date) -> Sequence[Any]:
    """(code, parent_code, since, until) of all links from these organisations upwards that held on that day or later.

    By credit code, which two rows of one organisation share. One statement; ends even where the rows had a circle.
    """
    held = [
        col(OrganisationLink.state).in_([LinkState.in_force, LinkState.ended]),
        or_(col(OrganisationLink.until).is_(None), col(OrganisationLink.until) >= since),
    ]
    columns: list[Any] = [
        col(OrganisationLink.organisation_id).label("organisation_id"),
        col(OrganisationLink.parent_id).label("parent_id"),
        col(OrganisationLink.since).label("since"),
        col(OrganisationLink.until).label("until"),
    ]
    up = (
        select(*columns)
        .join(Organisation, col(Organisation.id) == col(OrganisationLink.organisation_id))
        .where(col(Organisation.credit_code).in_(codes), *held)
        .cte("above", recursive=True)
    )
    further = select(*columns).where(col(OrganisationLink.organisation_id) == up.c.parent_id, *held)
    up = up.union(further)
    child, parent = aliased(Organisation), aliased(Organisation)
    statement: Any = (
        select(
            col(child.credit_code).label("code"),
            col(parent.credit_code).label("parent_code"),
            up.c.since,
            up.c.until,
        )
        .select_from(up)
        .join(child, col(child.id) == up.c.organisation_id)
        .join(parent, col(parent.id) == up.c.parent_id)
        .order_by(col(child.credit_code), up.c.since, col(parent.credit_code))
    )
    found: Sequence[Any] = db.execute(statement).all()
    return found


def _rows() -> Any:
    child, parent = aliased(Organisation), aliased(Organisation)
    child_space, parent_space = aliased(Namespace), aliased(Namespace)
    return (
        select(
            col(OrganisationLink.id),
            col(OrganisationLink.organisation_id),
            col(OrganisationLink.parent_id),
            col(OrganisationLink.since),
            col(OrganisationLink.until),
            col(OrganisationLink.state),
            col(OrganisationLink.statement),
            col(OrganisationLink.state_reason),
            col(OrganisationLink.created_at),
            col(OrganisationLink.deadline_at),
            child.name.label("name"),  # type: ignore[attr-defined]
            parent.name.label("parent"),  # type: ignore[attr-defined]
            child_space.slug.label("slug"),  # type: ignore[attr-defined]
            parent_space.slug.label("parent_slug"),  # type: ignore[attr-defined]
        )
        .join(child, col(child.id) == col(OrganisationLink.organisation_id))
        .join(parent, col(parent.id) == col(OrganisationLink.parent_id))
        .join(child_space, col(child_space.organisation_id) == col(child.id))
        .join(parent_space, col(parent_space.organisation_id) == col(parent.id))
    )


def links_of(db: Session, organisation_id: uuid.UUID) -> Sequence[Any]:
    """Every link of an organisation upwards, and those in force downwards; the present ones first. One statement."""
    in_force = col(OrganisationLink.state) == LinkState.in_force
    statement = _rows().where(
        or_(
            col(OrganisationLink.organisation_id) == organisation_id,
            and_(col(OrganisationLink.parent_id) == organisation_id, in_force),
        )
    )
    found: Sequence[Any] = db.execute(
        statement.order_by(
            case((in_force, 0), else_=1), col(OrganisationLink.since).desc(), col(OrganisationLink.id).desc()
        )
    ).all()
    return found


def proposals(db: Session, limit: int = 200) -> Sequence[Any]:
    """What waits for the secretariat, longest first."""
    statement = _rows().where(col(OrganisationLink.state) == LinkState.proposed)
    found: Sequence[Any] = db.execute(statement.order_by(col(OrganisationLink.id)).limit(limit)).all()
    return found


def overdue_links(db: Session, at: dt.datetime, limit: int = 200) -> list[OrganisationLink]:
    """Proposals that nobody decided in time, locked."""
    statement = select(OrganisationLink).where(
        col(OrganisationLink.state) == LinkState.proposed, col(OrganisationLink.deadline_at) <= at
    )
    return list(
        db.scalars(
            statement.order_by(col(OrganisationLink.id)).limit(limit).with_for_update(skip_locked=True)
        )
    )
