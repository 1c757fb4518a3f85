"""Versions whose events in the log everybody may see."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlmodel import col, select

from portal.accounts.models import Namespace
from portal.kit.db import Session
from registry.assets.models import Asset
from registry.versions.models import Version, VersionState


def public_versions(db: Session, ids: Sequence[uuid.UUID]) -> Sequence[Any]:
    """id, namespace, asset and number of those that are published, or withdrawn, in a public asset."""
    statement = (
        select(Version.id, Namespace.slug, Asset.name, Version.number)
        .join(Asset, col(Asset.id) == col(Version.asset_id))
        .join(Namespace, col(Namespace.id) == col(Asset.namespace_id))
        .where(
            col(Version.id).in_(ids),
            col(Version.state).in_([VersionState.published, VersionState.yanked]),
            col(Asset.is_public),
            ~col(Asset.withheld),
        )
    )
    return list(db.execute(statement))
