"""What accounts hold about one person, for the person's own export; and the exports themselves."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, select
from sqlmodel import col

from portal.accounts.models import (
    AccessToken,
    Account,
    AccountRole,
    AccountState,
    BrowserSession,
    DataExport,
    ExportState,
    KnownPlace,
    Namespace,
    RecoveryCode,
    TotpSecret,
    WebauthnKey,
)
from portal.accounts.queries.actor import membership
from portal.kit.clock import now
from portal.kit.db import Session
from portal.notices.models import Notice


def _rows(db: Session, *columns: Any, where: Any, order: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in db.execute(select(*columns).where(where).order_by(order)).mappings()]


def profile_data(db: Session, account_id: uuid.UUID) -> list[dict[str, Any]]:
    """The account without its password."""
    names = ("email", "name", "locale", "affiliation", "orcid", "bio", "state", "created_at", "updated_at")
    columns = [getattr(Account, name) for name in names]
    statement = (
        select(*columns, col(Namespace.slug).label("namespace"))
        .join(Namespace, col(Namespace.account_id) == col(Account.id))
        .where(col(Account.id) == account_id)
    )
    return [dict(row) for row in db.execute(statement).mappings()]


def role_data(db: Session, account_id: uuid.UUID) -> list[dict[str, Any]]:
    """Platform roles."""
    mine = col(AccountRole.account_id) == account_id
    return _rows(
        db, col(AccountRole.role), col(AccountRole.granted_at), where=mine, order=col(AccountRole.id)
    )


def organisation_data(db: Session, account_id: uuid.UUID) -> list[dict[str, Any]]:
    """Memberships."""
    statement = (
        select(col(Namespace.slug), col(Namespace.display_name).label("name"), membership.c.role)
        .join(membership, membership.c.organisation_id == col(Namespace.organisation_id))
        .where(membership.c.account_id == account_id)
        .order_by(col(Namespace.slug))
    )
    return [dict(row) for row in db.execute(statement).mappings()]


def session_data(db: Session, account_id: uuid.UUID) -> list[dict[str, Any]]:
    """Browser sessions, without secrets."""
    names = ("created_at", "seen_at", "expires_at", "address", "user_agent", "second_factor_at")
    columns = [getattr(BrowserSession, name) for name in names]
    mine = col(BrowserSession.account_id) == account_id
    return _rows(db, *columns, where=mine, order=col(BrowserSession.id))


def token_data(db: Session, account_id: uuid.UUID) -> list[dict[str, Any]]:
    """Access tokens, without secrets."""
    names = ("name", "hint", "scopes", "created_at", "expires_at", "used_at", "revoked_at")
    columns = [getattr(AccessToken, name) for name in names]
    mine = col(AccessToken.account_id) == account_id
    return _rows(db, *columns, where=mine, order=col(AccessToken.id))


def factor_data(db: Session, account_id: uuid.UUID) -> list[dict[str, Any]]:
    """Second factors and places of sign-in, without secrets."""
    apps = _rows(
        db,
        col(TotpSecret.confirmed_at),
        where=col(TotpSecret.account_id) == account_id,
        order=col(TotpSecret.id),
    )
    keys = _rows(
        db,
        col(WebauthnKey.name),
        col(WebauthnKey.created_at),
        col(WebauthnKey.used_at),
        where=col(WebauthnKey.account_id) == account_id,
        order=col(WebauthnKey.id),
    )
    codes = _rows(
        db,
        col(RecoveryCode.created_at),
        col(RecoveryCode.used_at),
        where=col(RecoveryCode.account_id) == account_id,
        order=col(RecoveryCode.id),
    )
    places = _rows(
        db,
        col(KnownPlace.seen_at),
        where=col(KnownPlace.account_id) == account_id,
        order=col(KnownPlace.id),
    )
    kinds = (("app", apps), ("key", keys), ("recovery_code", codes), ("place", places))
    return [{"kind": kind, **row} for kind, rows in kinds for row in rows]


def notice_data(db: Session, account_id: uuid.UUID) -> list[dict[str, Any]]:
    """Notices."""
    names = ("created_at", "read_at", "message", "params", "url")
    columns = [getattr(Notice, name) for name in names]
    return _rows(db, *columns, where=col(Notice.account_id) == account_id, order=col(Notice.id))


def exports_of(db: Session, account_id: uuid.UUID) -> list[DataExport]:
    """The exports of an account, newest first."""
    statement = select(DataExport).where(col(DataExport.account_id) == account_id)
    return list(db.scalars(statement.order_by(col(DataExport.id).desc()).limit(20)))


def export(db: Session, export_id: uuid.UUID, *, lock: bool = False) -> DataExport | None:
    """One export."""
    statement = select(DataExport).where(col(DataExport.id) == export_id)
    return db.scalars(statement.with_for_update() if lock else statement).one_or_none()


def overdue_exports(db: Session) -> list[DataExport]:
    """Exports that were not made in time, or whose link has ended; locked."""
    statement = select(DataExport).where(
        col(DataExport.state).in_([ExportState.requested, ExportState.ready]),
        col(DataExport.deadline_at) <= now(),
    )
    return list(db.scalars(statement.with_for_update(skip_locked=True)))


def due_for_closing(db: Session) -> list[uuid.UUID]:
    """Accounts whose days of grace are over."""
    statement = select(col(Account.id)).where(
        col(Account.closes_at) <= now(), col(Account.state) == AccountState.active
    )
    return list(db.scalars(statement.order_by(col(Account.closes_at)).limit(100)))


def forget_person(db: Session, account_id: uuid.UUID) -> None:
    """Delete what no longer has a purpose once an account is closed: tokens, places, exports, notices."""
    for table in (AccessToken, KnownPlace, DataExport, Notice):
        db.execute(
            delete(table).where(col(table.account_id) == account_id),
            execution_options={"synchronize_session": False},
        )


def rows_of(column: Any, account_id: uuid.UUID, *more: Any) -> Any:
    """A scalar subquery: how many rows name the account in this column and meet the other conditions."""
    return select(func.count()).where(column == account_id, *more).scalar_subquery()


def counted(db: Session, counts: Sequence[Any]) -> Sequence[int]:
    """The values of scalar subqueries, in one statement."""
    return list(db.execute(select(*counts)).one()) if counts else []
