"""Nodes: one, lists, tokens, who looks after them."""

import datetime as dt
import uuid
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Row, false, or_, true
from sqlmodel import col, select

from portal.accounts.models import Account, AccountRole, Namespace, Role
from portal.kit.actor import Actor
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.paging import SIZE, Page, keyset
from portal.organisations.models import Membership, Organisation
from registry.promotion.models import COUNTED, PromotionSite
from registry.rollout.models import NodeState, RolloutNode, RolloutToken
from registry.rollout.policy import Place, Site, reads_all


def visible(actor: Actor) -> ColumnElement[bool]:
    """Nodes are seen by their organisation and by staff."""
    if reads_all(actor):
        return true()
    if actor.organisations:
        return or_(col(RolloutNode.organisation_id).in_(list(actor.organisations)))
    return false()


def _joined() -> Any:
    columns = RolloutNode.__table__.c  # type: ignore[attr-defined]
    named: list[Any] = [col(Organisation.name).label("organisation"), col(Namespace.slug).label("slug")]
    return (
        select(*columns, *named)
        .join(Organisation, col(Organisation.id) == col(RolloutNode.organisation_id))
        .join(Namespace, col(Namespace.organisation_id) == col(Organisation.id))
    )


def one(db: Session, actor: Actor, node_id: uuid.UUID) -> Row[Any] | None:
    """A node with its organisation, if the actor may see it."""
    row: Row[Any] | None = db.execute(_joined().where(col(RolloutNode.id) == node_id, visible(actor))).first()
    return row


def listed(
    db: Session,
    actor: Actor,
    *,
    state: NodeState | None = None,
    after: str | None = None,
    before: str | None = None,
    size: int = SIZE,
) -> Page[Any]:
    """Nodes by name."""
    keys: list[Any] = [col(RolloutNode.name), col(RolloutNode.id)]
    named = [key.label(f"key_{n}") for n, key in enumerate(keys)]
    statement = _joined().add_columns(*named).where(visible(actor))
    if state is not None:
        statement = statement.where(col(RolloutNode.state) == state)
    return keyset(db, statement, keys, descending=False, after=after, before=before, size=size)


def by_key(db: Session, key_id: str) -> RolloutNode | None:
    """The node of a key."""
    return db.exec(select(RolloutNode).where(RolloutNode.key_id == key_id)).first()


def named(db: Session, organisation_id: uuid.UUID, name: str) -> RolloutNode | None:
    """The node of an organisation by its name."""
    mine = (RolloutNode.organisation_id == organisation_id, RolloutNode.name == name)
    return db.exec(select(RolloutNode).where(*mine)).first()


def by_token(db: Session, digest: str) -> RolloutNode | None:
    """The node a token in force belongs to; whatever state the node is in."""
    statement = (
        select(RolloutNode)
        .join(RolloutToken, col(RolloutToken.node_id) == col(RolloutNode.id))
        .where(
            RolloutToken.secret_digest == digest,
            col(RolloutToken.revoked_at).is_(None),
            RolloutToken.expires_at > now(),
        )
    )
    return db.exec(statement).first()


def tokens(db: Session, node_id: uuid.UUID) -> list[RolloutToken]:
    """Tokens of a node that are in force."""
    mine = (
        RolloutToken.node_id == node_id,
        col(RolloutToken.revoked_at).is_(None),
        RolloutToken.expires_at > now(),
    )
    return list(db.exec(select(RolloutToken).where(*mine).order_by(col(RolloutToken.id))))


def organisations_of(db: Session, actor: Actor) -> list[tuple[uuid.UUID, str]]:
    """Organisations somebody belongs to, by name."""
    if not actor.organisations:
        return []
    statement = select(Organisation.id, Organisation.name).where(
        col(Organisation.id).in_(list(actor.organisations))
    )
    return [(row[0], row[1]) for row in db.execute(statement.order_by(Organisation.sort_key))]


def organisation_name(db: Session, organisation_id: uuid.UUID) -> str:
    """Its name."""
    return db.exec(select(Organisation.name).where(Organisation.id == organisation_id)).one()


def operators(db: Session, organisation_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[uuid.UUID]]:
    """Organisation -> its members who are node operators."""
    statement = (
        select(Membership.organisation_id, Membership.account_id)
        .join(AccountRole, col(AccountRole.account_id) == col(Membership.account_id))
        .join(Account, col(Account.id) == col(Membership.account_id))
        .where(
            col(Membership.organisation_id).in_(organisation_ids),
            col(AccountRole.role) == Role.node_operator,
        )
        .order_by(col(Membership.account_id))
    )
    found: dict[uuid.UUID, list[uuid.UUID]] = {}
    for organisation_id, account_id in db.execute(statement):
        found.setdefault(organisation_id, []).append(account_id)
    return found


def of_state(db: Session, state: NodeState, limit: int = 5000) -> list[RolloutNode]:
    """Nodes in a state."""
    return list(
        db.exec(
            select(RolloutNode).where(RolloutNode.state == state).order_by(col(RolloutNode.id)).limit(limit)
        )
    )


def overdue(db: Session, at: dt.datetime, limit: int = 200) -> list[uuid.UUID]:
    """Nodes whose state has passed its deadline."""
    statement = select(RolloutNode.id).where(
        col(RolloutNode.state) != NodeState.closed, col(RolloutNode.deadline_at) <= at
    )
    return list(db.exec(statement.order_by(col(RolloutNode.deadline_at)).limit(limit)))


def places(db: Session, rows: Collection[RolloutNode]) -> dict[uuid.UUID, Place]:
    """Node -> the node as offers look at it."""
    statement = select(Organisation.id, Organisation.name).where(
        col(Organisation.id).in_({row.organisation_id for row in rows})
    )
    names = {row[0]: row[1].casefold() for row in db.execute(statement)}
    return {
        row.id: Place(
            row.state,
            row.organisation_id,
            frozenset({row.name.casefold(), names[row.organisation_id]}),
            row.division,
        )
        for row in rows
    }


def sites(db: Session, promotion_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Site]]:
    """Promotion -> its pilot sites that the secretariat accepted: an offer alone opens nothing."""
    statement = select(
        PromotionSite.promotion_id, PromotionSite.node, PromotionSite.division, PromotionSite.organisation_id
    ).where(col(PromotionSite.promotion_id).in_(promotion_ids), col(PromotionSite.state).in_(COUNTED))
    found: dict[uuid.UUID, list[Site]] = {}
    for promotion_id, node, division, organisation in db.execute(statement):
        found.setdefault(promotion_id, []).append(Site(node, division, organisation))
    return found


def registered_data(db: Session, account_id: uuid.UUID) -> list[dict[str, Any]]:
    """Nodes somebody registered, for the person's own export."""
    rows = db.execute(
        _joined()
        .where(col(RolloutNode.registered_by) == account_id)
        .order_by(col(RolloutNode.id))
        .limit(1000)
    )
    names = ("organisation", "name", "division", "public_key", "state", "created_at")
    return [{name: getattr(row, name) for name in names} for row in rows]
