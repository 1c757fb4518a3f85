"""Likes and watching."""

import uuid
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from portal.accounts.models import Account, AccountState, Namespace
from portal.kit.db import Session
from registry.community.models import AssetLike, AssetWatch, WatchLevel


def add_like(db: Session, asset_id: uuid.UUID, account_id: uuid.UUID) -> bool:
    """Whether the like is new."""
    statement = insert(AssetLike).values(asset_id=asset_id, account_id=account_id)
    done = db.execute(statement.on_conflict_do_nothing().returning(col(AssetLike.asset_id)))
    return done.first() is not None


def remove_like(db: Session, asset_id: uuid.UUID, account_id: uuid.UUID) -> bool:
    """Whether there was one."""
    result: Any = db.execute(
        delete(AssetLike).where(col(AssetLike.asset_id) == asset_id, col(AssetLike.account_id) == account_id)
    )
    return bool(result.rowcount)


def set_watch(db: Session, asset_id: uuid.UUID, account_id: uuid.UUID, level: WatchLevel) -> None:
    """Watch, or watch otherwise."""
    statement = insert(AssetWatch).values(asset_id=asset_id, account_id=account_id, level=level)
    db.execute(
        statement.on_conflict_do_update(index_elements=["asset_id", "account_id"], set_={"level": level})
    )


def remove_watch(db: Session, asset_id: uuid.UUID, account_id: uuid.UUID) -> bool:
    """Whether it was watched."""
    result: Any = db.execute(
        delete(AssetWatch).where(
            col(AssetWatch.asset_id) == asset_id, col(AssetWatch.account_id) == account_id
        )
    )
    return bool(result.rowcount)


def standing(db: Session, asset_id: uuid.UUID, account_id: uuid.UUID) -> tuple[bool, WatchLevel | None]:
    """Whether somebody likes an asset, and how the person watches it. One query."""
    liked = (
        select(AssetLike.asset_id)
        .where(col(AssetLike.asset_id) == asset_id, col(AssetLike.account_id) == account_id)
        .exists()
    )
    level = (
        select(AssetWatch.level)
        .where(col(AssetWatch.asset_id) == asset_id, col(AssetWatch.account_id) == account_id)
        .scalar_subquery()
    )
    row = db.execute(select(liked, level)).one()
    return bool(row[0]), WatchLevel(row[1]) if row[1] is not None else None


def watchers(db: Session, asset_id: uuid.UUID, *, discussions: bool) -> list[Account]:
    """The active accounts to tell: of discussions those that watch everything, of versions all."""
    statement = (
        select(Account)
        .join(AssetWatch, col(AssetWatch.account_id) == col(Account.id))
        .where(col(AssetWatch.asset_id) == asset_id, col(Account.state) == AccountState.active)
        .order_by(col(Account.id))
    )
    if discussions:
        statement = statement.where(col(AssetWatch.level) == WatchLevel.all)
    return list(db.exec(statement))


def people_named(db: Session, slugs: list[str]) -> dict[str, uuid.UUID]:
    """Short name -> active account, for the namespaces of persons among these."""
    if not slugs:
        return {}
    statement: Any = (
        select(col(Namespace.slug), col(Account.id))
        .join(Account, col(Account.id) == col(Namespace.account_id))
        .where(col(Namespace.slug).in_(slugs), col(Account.state) == AccountState.active)
    )
    return {row[0]: row[1] for row in db.execute(statement)}
