"""How far the demo is."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import Row, column, func, select, table
from sqlmodel import col

from portal.accounts.models import Namespace
from portal.kit.db import Session
from registry.assets.models import Asset
from registry.benchmarks.models import BenchmarkVersion
from registry.evaluation.models import Evaluation
from registry.versions.models import Version

_workers = table("procrastinate_workers", column("last_heartbeat"))


def asset(db: Session, namespace: str, name: str) -> Asset | None:
    """An asset by its full name, published or not."""
    statement = (
        select(Asset)
        .join(Namespace, col(Namespace.id) == col(Asset.namespace_id))
        .where(col(Namespace.slug) == namespace, col(Asset.name) == name)
    )
    return db.scalars(statement).one_or_none()


def namespace(db: Session, slug: str) -> Namespace | None:
    """A namespace by its short name."""
    return db.scalars(select(Namespace).where(col(Namespace.slug) == slug)).one_or_none()


def version(db: Session, asset_id: uuid.UUID, number: str) -> Version | None:
    """A version by its number."""
    return db.scalars(
        select(Version).where(col(Version.asset_id) == asset_id, col(Version.number) == number)
    ).one_or_none()


def version_states(db: Session) -> dict[tuple[str, str], Row[Any]]:
    """(full name, number) -> id, state and reason of every version of a demo asset."""
    statement: Any = (
        select(
            (col(Namespace.slug) + "/" + col(Asset.name)).label("name"),
            col(Version.number),
            col(Version.id),
            col(Version.asset_id),
            col(Version.state),
            col(Version.state_reason),
        )
        .join(Asset, col(Asset.id) == col(Version.asset_id))
        .join(Namespace, col(Namespace.id) == col(Asset.namespace_id))
        .where(col(Asset.demo))
    )
    return {(row.name, row.number): row for row in db.execute(statement)}


def benchmarks(db: Session) -> dict[str, Row[Any]]:
    """Full name -> id and closing time of the latest version of a demo benchmark."""
    statement: Any = (
        select(
            (col(Namespace.slug) + "/" + col(Asset.name)).label("name"),
            col(BenchmarkVersion.id),
            col(BenchmarkVersion.closed_at),
        )
        .join(Asset, col(Asset.id) == col(BenchmarkVersion.asset_id))
        .join(Namespace, col(Namespace.id) == col(Asset.namespace_id))
        .where(col(Asset.demo), col(BenchmarkVersion.is_latest))
    )
    return {row.name: row for row in db.execute(statement)}


def newest_evaluations(db: Session) -> dict[tuple[uuid.UUID, uuid.UUID], Row[Any]]:
    """(version, benchmark) -> state and failure code of the newest evaluation of a demo version."""
    statement: Any = (
        select(
            col(Evaluation.version_id),
            col(Evaluation.benchmark_id),
            col(Evaluation.state),
            col(Evaluation.failure_code),
        )
        .join(Asset, col(Asset.id) == col(Evaluation.asset_id))
        .where(col(Asset.demo))
        .order_by(col(Evaluation.id))
    )
    return {(row.version_id, row.benchmark_id): row for row in db.execute(statement)}


def living_workers(db: Session, within: dt.timedelta = dt.timedelta(seconds=60)) -> int:
    """How many workers have shown a sign of life, by the database's clock."""
    alive = _workers.c.last_heartbeat > func.clock_timestamp() - within
    return int(db.execute(select(func.count()).select_from(_workers).where(alive)).scalar_one())
