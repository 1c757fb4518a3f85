"""Promotions whose events in the log everybody may see."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlmodel import col, select

from portal.accounts.models import Namespace
from portal.kit.db import Session
from registry.assets.models import Asset
from registry.promotion.models import Promotion
from registry.versions.models import Version


def public_promotions(db: Session, ids: Sequence[uuid.UUID]) -> Sequence[Any]:
    """id, namespace, asset and version of those whose asset is not withheld."""
    statement = (
        select(Promotion.id, Namespace.slug, Asset.name, Version.number)
        .join(Version, col(Version.id) == col(Promotion.version_id))
        .join(Asset, col(Asset.id) == col(Promotion.asset_id))
        .join(Namespace, col(Namespace.id) == col(Asset.namespace_id))
        .where(col(Promotion.id).in_(ids), ~col(Asset.withheld))
    )
    return list(db.execute(statement))
