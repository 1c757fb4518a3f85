"""Reading gates and requests; and the one condition under which files may be read."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, or_, true
from sqlmodel import col, select

from portal.accounts.models import Account, AccountState, Namespace
from portal.kit.actor import Actor
from portal.kit.db import Session
from portal.kit.paging import Page, keyset
from portal.organisations.models import MemberRole, Membership
from registry.assets.models import Asset
from registry.gates.models import AccessEvent, AccessRequest, AccessState, Gate, GateTerms


def passes(actor: Actor) -> ColumnElement[bool]:
    """Whether this actor passes the gate of the joined ``Asset``: it has none, the actor publishes in its namespace,
    or a request of the actor stands approved.
    """
    if actor.is_system:
        return true()
    conditions: list[ColumnElement[bool]] = [~col(Asset.gated)]
    if actor.namespaces:
        conditions.append(col(Asset.namespace_id).in_(actor.namespaces))
    if actor.id is not None:
        conditions.append(
            exists()
            .where(
                col(AccessRequest.asset_id) == col(Asset.id),
                col(AccessRequest.account_id) == actor.id,
                col(AccessRequest.state) == AccessState.approved,
            )
            .correlate(Asset)
        )
    return or_(*conditions)


def may_pass(db: Session, actor: Actor, asset_id: uuid.UUID) -> bool:
    """The same for one asset."""
    statement = select(Asset.id).where(col(Asset.id) == asset_id, passes(actor))
    return db.exec(statement).first() is not None


def gate_of(db: Session, asset_id: uuid.UUID) -> Row[Any] | None:
    """The present terms (``terms``, ``terms_en``, ``sha256``) and ``fields`` of an asset's gate, shut or not."""
    statement: Any = (
        select(col(GateTerms.sha256), col(GateTerms.terms), col(GateTerms.terms_en), col(Gate.fields))
        .join(Gate, col(Gate.terms_sha256) == col(GateTerms.sha256))
        .where(col(Gate.asset_id) == asset_id)
    )
    row: Row[Any] | None = db.execute(statement).first()
    return row


def is_gated(db: Session, asset_id: uuid.UUID) -> bool:
    """Whether the files of an asset are given on request, now."""
    return bool(db.exec(select(Asset.gated).where(col(Asset.id) == asset_id)).first())


def gate_for_change(db: Session, asset_id: uuid.UUID) -> Gate | None:
    """The gate's row; lock the asset first."""
    return db.get(Gate, asset_id)


def terms(db: Session, sha256: str) -> GateTerms | None:
    """Terms by their digest."""
    return db.get(GateTerms, sha256)


def request_for_change(db: Session, request_id: uuid.UUID) -> AccessRequest | None:
    """One request, locked."""
    statement = select(AccessRequest).where(col(AccessRequest.id) == request_id).with_for_update()
    return db.exec(statement.execution_options(populate_existing=True)).first()


def newest_of(db: Session, asset_id: uuid.UUID, account_id: uuid.UUID) -> AccessRequest | None:
    """Somebody's newest request for an asset."""
    statement = (
        select(AccessRequest)
        .where(col(AccessRequest.asset_id) == asset_id, col(AccessRequest.account_id) == account_id)
        .order_by(col(AccessRequest.id).desc())
        .limit(1)
    )
    return db.exec(statement).first()


def _requests(asset_id: uuid.UUID) -> Any:
    return (
        select(  # type: ignore[call-overload]
            col(AccessRequest.state),
            col(AccessRequest.answers),
            col(AccessRequest.reason),
            col(AccessRequest.terms_sha256),
            col(AccessRequest.created_at),
            col(AccessRequest.updated_at),
            col(AccessRequest.deadline_at),
            col(Account.name).label("reader"),
            col(Account.affiliation),
            col(Namespace.slug).label("reader_namespace"),
            col(AccessRequest.id),
        )
        .join(Account, col(Account.id) == col(AccessRequest.account_id))
        .join(Namespace, col(Namespace.account_id) == col(Account.id))
        .where(col(AccessRequest.asset_id) == asset_id)
    )


def requests_of(
    db: Session,
    asset_id: uuid.UUID,
    *,
    state: AccessState | None = None,
    after: str | None = None,
    before: str | None = None,
) -> Page[Any]:
    """The requests for an asset, newest first; only those in ``state`` where one is given."""
    statement = _requests(asset_id)
    if state is not None:
        statement = statement.where(col(AccessRequest.state) == state)
    return keyset(db, statement, [col(AccessRequest.id)], after=after, before=before)  # type: ignore[list-item]


def request_of(db: Session, asset_id: uuid.UUID, request_id: uuid.UUID) -> Row[Any] | None:
    """One request for an asset."""
    row: Row[Any] | None = db.execute(_requests(asset_id).where(col(AccessRequest.id) == request_id)).first()
    return row


def waiting(db: Session, asset_id: uuid.UUID) -> int:
    """How many requests for an asset wait for an answer (100 at most are counted)."""
    statement = (
        select(AccessRequest.id)
        .where(col(AccessRequest.asset_id) == asset_id, col(AccessRequest.state) == AccessState.requested)
        .limit(100)
    )
    return len(db.exec(statement).all())


def log_of(db: Session, asset_id: uuid.UUID, limit: int) -> Sequence[Row[Any]]:
    """Every move of every request for an asset, oldest first."""
    statement: Any = (
        select(
            col(AccessEvent.at),
            col(AccessEvent.state),
            col(AccessEvent.actor_name),
            col(AccessEvent.reason),
            col(AccessRequest.id).label("request_id"),
            col(AccessRequest.terms_sha256),
            col(AccessRequest.answers),
            col(Account.name).label("reader"),
            col(Namespace.slug).label("reader_namespace"),
        )  # type: ignore[call-overload]
        .join(AccessRequest, col(AccessRequest.id) == col(AccessEvent.request_id))
        .join(Account, col(Account.id) == col(AccessRequest.account_id))
        .join(Namespace, col(Namespace.account_id) == col(Account.id))
        .where(col(AccessRequest.asset_id) == asset_id)
        .order_by(col(AccessEvent.id))
        .limit(limit)
    )
    return db.execute(statement).all()


def overdue(db: Session, instant: dt.datetime, limit: int = 200) -> list[uuid.UUID]:
    """Requests that nobody answered in time."""
    statement = (
        select(AccessRequest.id)
        .where(
            and_(col(AccessRequest.state) == AccessState.requested, col(AccessRequest.deadline_at) < instant)
        )
        .limit(limit)
    )
    return list(db.exec(statement))


def publishers_of(db: Session, namespace_id: uuid.UUID) -> list[uuid.UUID]:
    """The active accounts that publish in a namespace: its person, or the organisation's publishers and admins."""
    member = exists().where(
        col(Membership.organisation_id) == col(Namespace.organisation_id),
        col(Membership.account_id) == col(Account.id),
        col(Membership.role).in_([MemberRole.publisher, MemberRole.admin]),
    )
    statement = (
        select(Account.id)
        .join(Namespace, or_(col(Namespace.account_id) == col(Account.id), member))
        .where(col(Namespace.id) == namespace_id, col(Account.state) == AccountState.active)
        .order_by(col(Account.id))
    )
    return list(db.exec(statement))


def full_name(db: Session, asset_id: uuid.UUID) -> str:
    """``namespace/name`` of an asset."""
    statement: Any = (
        select(col(Namespace.slug), col(Asset.name))
        .join(Asset, col(Asset.namespace_id) == col(Namespace.id))
        .where(col(Asset.id) == asset_id)
    )
    slug, name = db.execute(statement).one()
    return f"{slug}/{name}"
