"""Reading the edges: relations between assets, and evaluations."""

import uuid
from collections.abc import Collection
from typing import Any

from sqlalchemy import or_
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from portal.accounts.models import Namespace
from portal.kit.actor import Actor
from portal.kit.db import Session
from registry.assets.models import Asset, AssetRelation
from registry.assets.queries import visible
from registry.benchmarks.models import BenchmarkVersion
from registry.benchmarks.queries import AnyRow
from registry.evaluation.models import Evaluation, Result
from registry.evaluation.queries.lists import BenchAsset
from registry.evaluation.queries.lists import visible as visible_evaluation

MOST_EDGES = 400


def _seen(actor: Actor) -> Any:
    """The ids of all assets the actor may see, for conditions of other statements."""
    return select(Asset.id).where(visible(actor)).correlate(None)


def relations(db: Session, actor: Actor, ids: Collection[uuid.UUID]) -> list[AnyRow]:
    """Relations at these assets of which the actor may see both ends: asset, other, kind. Nobody is led through what
    is not visible.
    """
    seen = _seen(actor)
    statement: Any = (
        select(AssetRelation.asset_id, AssetRelation.other_id, AssetRelation.kind)
        .where(
            or_(col(AssetRelation.asset_id).in_(ids), col(AssetRelation.other_id).in_(ids)),
            col(AssetRelation.asset_id).in_(seen),
            col(AssetRelation.other_id).in_(seen),
        )
        .order_by(col(AssetRelation.id))
        .limit(MOST_EDGES)
    )
    return list(db.execute(statement).all())


def evaluations(db: Session, actor: Actor, ids: Collection[uuid.UUID]) -> list[AnyRow]:
    """Benchmark and evaluated asset of the results at these assets that the actor may see, each pair once."""
    seen = _seen(actor)
    statement: Any = (
        select(col(BenchAsset.id), col(Asset.id))
        .select_from(Result)
        .join(Evaluation, col(Evaluation.id) == Result.evaluation_id)
        .join(Asset, col(Asset.id) == Evaluation.asset_id)
        .join(BenchmarkVersion, col(BenchmarkVersion.id) == Result.benchmark_id)
        .join(BenchAsset, col(BenchAsset.id) == BenchmarkVersion.asset_id)
        .where(
            or_(col(Asset.id).in_(ids), col(BenchAsset.id).in_(ids)),
            visible_evaluation(actor),
            col(Evaluation.asset_id).in_(seen),
            col(BenchmarkVersion.asset_id).in_(seen),
        )
        .distinct()
        .limit(MOST_EDGES)
    )
    return list(db.execute(statement).all())


def named(db: Session, actor: Actor, ids: Collection[uuid.UUID]) -> list[AnyRow]:
    """Id, titles, kind and full name of those assets the actor may see."""
    if not ids:
        return []
    space = aliased(Namespace)
    statement: Any = (
        select(  # type: ignore[call-overload]
            col(Asset.id), col(Asset.title), col(Asset.title_en), col(Asset.kind), col(Asset.name),
            col(space.slug).label("namespace"),
        )
        .join(space, col(space.id) == col(Asset.namespace_id))
        .where(col(Asset.id).in_(ids), visible(actor))
    )  # fmt: skip
    return list(db.execute(statement).all())
