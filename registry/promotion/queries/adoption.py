"""Who pilots what, and the names of versions, for the map of adoption."""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row
from sqlmodel import col, select

from portal.accounts.models import Namespace
from portal.kit.db import Session
from portal.kit.i18n import N_
from registry.assets.models import Asset
from registry.promotion.models import COUNTED, RUNNING, Promotion, PromotionSite, Stage
from registry.versions.models import Version

PILOT = N_("Pilot site")
USED = (*RUNNING, Stage.suspended)
"""What is rolled back, retired or never came so far is used nowhere."""
MOST = 20_000


def sites(
    db: Session, assets: Collection[uuid.UUID] | None
) -> list[tuple[uuid.UUID, str, str, str, dt.date]]:
    """Sites that take part where these assets (None: any) are promoted: version, division, who, how, since."""
    statement: Any = (
        select(
            col(Promotion.version_id),
            col(PromotionSite.division),
            col(PromotionSite.node),
            col(PromotionSite.from_on),
        )
        .join(Promotion, col(Promotion.id) == col(PromotionSite.promotion_id))
        .join(Asset, col(Asset.id) == col(Promotion.asset_id))
        .where(
            col(PromotionSite.state).in_(COUNTED),
            col(PromotionSite.verdict) != "unsuitable",
            col(Promotion.stage).in_(USED),
            ~col(Asset.withheld),
        )
    )
    if assets is not None:
        statement = statement.where(col(Promotion.asset_id).in_(assets))
    rows = db.execute(statement.order_by(col(PromotionSite.id)).limit(MOST))
    return [(row[0], row[1], row[2], PILOT, row[3]) for row in rows]


def versions(db: Session, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Row[Any]]:
    """What versions are called; those of withheld assets are not among them."""
    if not ids:
        return {}
    rows: Sequence[Row[Any]] = db.execute(
        select(  # type: ignore[call-overload]
            col(Version.id), col(Version.number), col(Version.asset_id), col(Asset.title), col(Asset.title_en),
            col(Asset.name), col(Namespace.slug).label("namespace"),
        )
        .join(Asset, col(Asset.id) == col(Version.asset_id))
        .join(Namespace, col(Namespace.id) == col(Asset.namespace_id))
        .where(col(Version.id).in_(ids), ~col(Asset.withheld))
    ).all()  # fmt: skip
    return {row.id: row for row in rows}


def assets(db: Session, limit: int = 200) -> Sequence[Row[Any]]:
    """The assets one may ask the map for: what is promoted and not withheld, by name."""
    rows: Sequence[Row[Any]] = db.execute(
        select(  # type: ignore[call-overload]
            col(Asset.id), col(Asset.title), col(Asset.title_en), col(Asset.name),
            col(Namespace.slug).label("namespace"),
        )
        .join(Namespace, col(Namespace.id) == col(Asset.namespace_id))
        .where(
            col(Asset.id).in_(select(Promotion.asset_id).where(col(Promotion.stage).in_(USED))), ~col(Asset.withheld)
        )
        .order_by(col(Namespace.slug), col(Asset.name))
        .limit(limit)
    ).all()  # fmt: skip
    return rows
