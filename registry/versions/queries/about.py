"""Rows about a version, whatever they are: certificates, promotions, bundles; joined to what the version is called."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import SQLModel, col, select

from portal.accounts.models import Namespace
from portal.kit.db import Session
from registry.assets.models import Asset
from registry.versions.models import Version

NAMES: tuple[Any, ...] = (
    col(Version.number).label("version"),
    col(Version.state).label("version_state"),
    col(Version.executable_format),
    col(Asset.name),
    col(Asset.kind),
    col(Asset.title),
    col(Asset.title_en),
    col(Asset.licence),
    col(Asset.namespace_id),
    col(Asset.withheld),
    col(Namespace.slug).label("namespace"),
    col(Namespace.display_name).label("owner"),
)
"""What pages and lists say of the version."""


def joined(kind: type[SQLModel], *columns: Any) -> Any:
    """Columns of rows of a table with ``version_id`` and ``asset_id``, and of version, asset and namespace."""
    table: Any = kind
    return (
        select(*columns)
        .join(Version, col(Version.id) == table.version_id)
        .join(Asset, col(Asset.id) == table.asset_id)
        .join(Namespace, col(Namespace.id) == col(Asset.namespace_id))
    )


def public(
    db: Session,
    kind: type[SQLModel],
    ids: Sequence[uuid.UUID],
    *columns: Any,
    only: ColumnElement[bool] | None = None,
) -> Sequence[Any]:
    """id, slug, name, number and these columns of the rows whose asset is not withheld."""
    table: Any = kind
    statement = joined(kind, table.id, Namespace.slug, Asset.name, Version.number, *columns)
    statement = statement.where(table.id.in_(ids), ~col(Asset.withheld))
    return list(db.execute(statement if only is None else statement.where(only)))
