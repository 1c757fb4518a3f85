"""Certificates whose events in the log everybody may see."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlmodel import col, select

from portal.accounts.models import Namespace
from portal.kit.db import Session
from registry.assets.models import Asset
from registry.certification.models import ISSUED, Certificate
from registry.versions.models import Version


def public_certificates(db: Session, ids: Sequence[uuid.UUID]) -> Sequence[Any]:
    """id, number, namespace, asset and version of those that were issued, of assets that are not withheld."""
    columns: list[Any] = [
        Certificate.id, col(Certificate.number).label("certificate"), Namespace.slug, Asset.name, Version.number,
    ]  # fmt: skip
    statement = (
        select(*columns)
        .join(Version, col(Version.id) == col(Certificate.version_id))
        .join(Asset, col(Asset.id) == col(Certificate.asset_id))
        .join(Namespace, col(Namespace.id) == col(Asset.namespace_id))
        .where(col(Certificate.id).in_(ids), col(Certificate.state).in_(ISSUED), ~col(Asset.withheld))
    )
    return list(db.execute(statement))
