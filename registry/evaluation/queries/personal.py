"""What evaluations hold about one person, for the person's own export."""

import uuid
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from portal.accounts.models import Namespace
from portal.kit.db import Session
from registry.assets.models import Asset
from registry.evaluation.models import Evaluation
from registry.versions.models import Version


def evaluation_data(db: Session, account_id: uuid.UUID) -> list[dict[str, Any]]:
    """Evaluations somebody asked for."""
    names = ("id", "state", "failure_code", "created_at", "finished_at")
    columns = [getattr(Evaluation, name) for name in names]
    statement = (
        select(
            col(Namespace.slug).label("namespace"),
            col(Asset.name).label("asset"),
            col(Version.number).label("version"),
            *columns,
        )
        .join(Version, col(Version.id) == col(Evaluation.version_id))
        .join(Asset, col(Asset.id) == col(Evaluation.asset_id))
        .join(Namespace, col(Namespace.id) == col(Asset.namespace_id))
        .where(col(Evaluation.submitted_by) == account_id)
        .order_by(col(Evaluation.id))
    )
    return [dict(row) for row in db.execute(statement).mappings()]
