"""Who made assets together: read for conflicts of interest."""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Date, cast, func, literal, select, union
from sqlmodel import col

from portal.accounts.models import Namespace
from portal.kit.db import Session
from registry.assets.models import Asset, AssetAuthor
from registry.versions.models import Version


def made_together(db: Session, accounts: Collection[uuid.UUID], since: dt.date) -> Sequence[Any]:
    """Others named as authors of, or publishers of versions of, the assets these accounts are behind.

    (account_id, other_id, other_name, affiliation, last, slug, asset), ``last`` being the day (in Shanghai) the asset's
    latest version was published. Assets without a version published on or after ``since`` are left out.
    """
    behind = union(
        select(
            col(AssetAuthor.asset_id).label("asset_id"),
            col(AssetAuthor.account_id).label("account_id"),
            col(AssetAuthor.name).label("name"),
            col(AssetAuthor.affiliation).label("affiliation"),
        ),
        select(col(Version.asset_id), col(Version.created_by), literal(""), literal("")).where(
            col(Version.published_at).is_not(None)
        ),
    ).cte("behind")
    mine, other = behind.alias("mine"), behind.alias("other")
    day = cast(func.timezone("Asia/Shanghai", col(Version.published_at)), Date)
    dated = (
        select(col(Version.asset_id).label("asset_id"), func.max(day).label("last"))
        .group_by(col(Version.asset_id))
        .having(func.max(day) >= since)
        .cte("dated")
    )
    statement: Any = (
        select(
            mine.c.account_id,
            other.c.account_id.label("other_id"),
            other.c.name.label("other_name"),
            other.c.affiliation,
            dated.c.last,
            col(Namespace.slug),
            col(Asset.name).label("asset"),
        )
        .distinct()
        .select_from(mine)
        .join(other, other.c.asset_id == mine.c.asset_id)
        .join(dated, dated.c.asset_id == mine.c.asset_id)
        .join(Asset, col(Asset.id) == mine.c.asset_id)
        .join(Namespace, col(Namespace.id) == col(Asset.namespace_id))
        .where(mine.c.account_id.in_(accounts), other.c.account_id.is_distinct_from(mine.c.account_id))
        .order_by(col(Namespace.slug), col(Asset.name), other.c.name)
    )
    found: Sequence[Any] = db.execute(statement).all()
    return found
