"""Bundles whose events in the log everybody may see."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlmodel import col, select

from portal.accounts.models import Namespace
from portal.kit.db import Session
from registry.assets.models import Asset
from registry.rollout.models import RolloutBundle
from registry.versions.models import Version


def public_bundles(db: Session, ids: Sequence[uuid.UUID]) -> Sequence[Any]:
    """id, channel, sequence, namespace, asset and version of those whose asset is not withheld."""
    columns: list[Any] = [
        RolloutBundle.id, RolloutBundle.channel, RolloutBundle.sequence, Namespace.slug, Asset.name, Version.number,
    ]  # fmt: skip
    statement = (
        select(*columns)
        .join(Version, col(Version.id) == col(RolloutBundle.version_id))
        .join(Asset, col(Asset.id) == col(RolloutBundle.asset_id))
        .join(Namespace, col(Namespace.id) == col(Asset.namespace_id))
        .where(col(RolloutBundle.id).in_(ids), ~col(Asset.withheld))
    )
    return list(db.execute(statement))
