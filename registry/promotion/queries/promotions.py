"""Promotions: one, lists, what waits, the log, votes, sites."""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, cast, func, or_, true
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import col, select

from portal.accounts.models import Account, Namespace
from portal.kit.actor import Actor
from portal.kit.db import Session
from portal.kit.paging import SIZE, Page, keyset
from portal.kit.text import like
from registry.assets.models import Asset
from registry.editions import queries as editions
from registry.promotion.models import (
    FINAL,
    Promotion,
    PromotionProfile,
    PromotionStep,
    PromotionVote,
    Stage,
)
from registry.promotion.policy import sees_withheld
from registry.versions.models import Version
from registry.versions.queries import about


def visible(actor: Actor) -> ColumnElement[bool]:
    """Promotions are public while their asset is not withheld; its publishers see them then too."""
    if actor.is_system or sees_withheld(actor):
        return true()
    shown = ~col(Asset.withheld)
    return or_(shown, col(Asset.namespace_id).in_(actor.namespaces)) if actor.namespaces else shown


_COLUMNS: tuple[Any, ...] = (*about.NAMES, col(Asset.summary), *editions.names(PromotionProfile))


def _joined(*more: Any, last: Sequence[Any] = ()) -> Any:
    """``last``: the keys of a list, once more at the end, where paging looks for them."""
    columns = Promotion.__table__.c  # type: ignore[attr-defined]
    keys = [key.label(f"key_{n}") for n, key in enumerate(last)]
    return about.joined(Promotion, *_COLUMNS, *more, *columns, *keys).join(
        PromotionProfile, col(PromotionProfile.id) == col(Promotion.profile_id)
    )


def one(db: Session, actor: Actor, promotion_id: uuid.UUID) -> Row[Any] | None:
    """A promotion with all its page says, if the actor may read it."""
    nominator = select(Account.name).where(col(Account.id) == col(Promotion.nominated_by)).scalar_subquery()
    statement = _joined(nominator.label("nominator"), col(PromotionProfile.rules))
    row: Row[Any] | None = db.execute(
        statement.where(col(Promotion.id) == promotion_id, visible(actor))
    ).first()
    return row


def listed(
    db: Session,
    actor: Actor,
    *,
    stage: Stage | None = None,
    words: str = "",
    after: str | None = None,
    before: str | None = None,
    size: int = 20,
) -> Page[Any]:
    """Promotions, what moved last first."""
    keys: list[Any] = [col(Promotion.stage_at), col(Promotion.id)]
    statement = _joined(last=keys).where(visible(actor))
    if stage is not None:
        statement = statement.where(col(Promotion.stage) == stage)
    if words:
        pattern = like(words)
        statement = statement.where(
            col(Asset.title).ilike(pattern)
            | col(Asset.title_en).ilike(pattern)
            | col(Asset.name).ilike(pattern)
        )
    return keyset(db, statement, keys, after=after, before=before, size=size)


def queue(
    db: Session,
    stages: Collection[Stage],
    *,
    after: str | None = None,
    before: str | None = None,
    size: int = SIZE,
) -> Page[Any]:
    """What waits in these stages, the nearest deadline first."""
    keys: list[Any] = [col(Promotion.deadline_at), col(Promotion.id)]
    statement = _joined(last=keys).where(col(Promotion.stage).in_(stages))
    return keyset(db, statement, keys, descending=False, after=after, before=before, size=size)


def of_version(db: Session, version_id: uuid.UUID) -> list[Promotion]:
    """The promotions of a version, the newest first."""
    statement = select(Promotion).where(col(Promotion.version_id) == version_id)
    return list(db.exec(statement.order_by(col(Promotion.id).desc()).limit(20)))


def live_of(db: Session, version_id: uuid.UUID) -> uuid.UUID | None:
    """The promotion of a version that is not over."""
    statement = select(Promotion.id).where(
        col(Promotion.version_id) == version_id, col(Promotion.stage).not_in(FINAL)
    )
    return db.exec(statement).first()


def in_stages(db: Session, stages: Collection[Stage], limit: int = 2000) -> list[uuid.UUID]:
    """Promotions in these stages."""
    statement = select(Promotion.id).where(col(Promotion.stage).in_(stages))
    return list(db.exec(statement.order_by(col(Promotion.id)).limit(limit)))


def overdue(db: Session, at: dt.datetime, limit: int = 200) -> list[uuid.UUID]:
    """What has passed its deadline."""
    statement = select(Promotion.id).where(
        col(Promotion.stage).not_in(FINAL), col(Promotion.deadline_at) <= at
    )
    return list(db.exec(statement.order_by(col(Promotion.deadline_at)).limit(limit)))


def steps(db: Session, promotion_id: uuid.UUID) -> list[PromotionStep]:
    """The log, oldest first."""
    statement = select(PromotionStep).where(col(PromotionStep.promotion_id) == promotion_id)
    return list(db.exec(statement.order_by(col(PromotionStep.number)).limit(500)))


def history(
    db: Session,
    actor: Actor,
    *,
    overridden: bool = False,
    after: str | None = None,
    before: str | None = None,
    size: int = 20,
) -> Page[Any]:
    """Every step of every promotion the actor may read, the newest first; ``overridden``: only those by vote."""
    statement: Any = (
        select(  # type: ignore[call-overload]
            col(Promotion.id).label("promotion"),
            col(Promotion.demo),
            col(PromotionProfile.rules),
            col(Version.number).label("version"),
            col(Asset.title),
            col(Asset.title_en),
            col(Asset.name),
            col(Namespace.slug).label("namespace"),
            col(PromotionStep.from_stage),
            col(PromotionStep.stage),
            col(PromotionStep.who),
            col(PromotionStep.reason),
            col(PromotionStep.override),
            col(PromotionStep.at),
            col(PromotionStep.number),
            col(PromotionStep.id),
        )
        .join(Promotion, col(Promotion.id) == col(PromotionStep.promotion_id))
        .join(Version, col(Version.id) == col(Promotion.version_id))
        .join(Asset, col(Asset.id) == col(Promotion.asset_id))
        .join(Namespace, col(Namespace.id) == col(Asset.namespace_id))
        .join(PromotionProfile, col(PromotionProfile.id) == col(Promotion.profile_id))
        .where(visible(actor))
    )
    if overridden:
        statement = statement.where(col(PromotionStep.override) != cast({}, JSONB))
    keys: list[Any] = [col(PromotionStep.id)]
    return keyset(db, statement, keys, after=after, before=before, size=size)


def votes(db: Session, promotion_id: uuid.UUID, step: int) -> list[PromotionVote]:
    """The votes that count now, in the order they were cast."""
    statement = select(PromotionVote).where(
        col(PromotionVote.promotion_id) == promotion_id, col(PromotionVote.step) == step
    )
    return list(db.exec(statement.order_by(col(PromotionVote.id))))


def nominators(db: Session, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, tuple[uuid.UUID, uuid.UUID]]:
    """Promotion -> its version and who nominated it."""
    statement = select(Promotion.id, Promotion.version_id, Promotion.nominated_by)
    rows = db.execute(statement.where(col(Promotion.id).in_(ids)))
    return {row[0]: (row[1], row[2]) for row in rows}


def nominated_data(db: Session, account_id: uuid.UUID) -> list[dict[str, Any]]:
    """What somebody nominated, for the person's own export."""
    rows = db.execute(
        _joined().where(col(Promotion.nominated_by) == account_id).order_by(col(Promotion.id)).limit(1000)
    )
    names = ("namespace", "name", "version", "stage", "reasons", "created_at", "stage_reason")
    return [{name: getattr(row, name) for name in names} for row in rows]


def voted_data(db: Session, account_id: uuid.UUID) -> list[dict[str, Any]]:
    """How somebody voted in the committee, for the person's own export."""
    statement = select(PromotionVote).where(col(PromotionVote.account_id) == account_id)
    rows = db.exec(statement.order_by(col(PromotionVote.id)).limit(1000))
    names = ("promotion_id", "in_favour", "reason", "unmet", "at")
    return [{name: getattr(row, name) for name in names} for row in rows]


def count(db: Session, stage: Stage) -> int:
    """How many are in a stage."""
    return db.exec(select(func.count()).select_from(Promotion).where(col(Promotion.stage) == stage)).one()
