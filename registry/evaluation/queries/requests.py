"""What a request for an evaluation is checked against."""

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import case, false, func
from sqlalchemy import select as columns
from sqlmodel import col, select

from portal.accounts.models import Namespace
from portal.kit.actor import Actor
from portal.kit.clock import SHANGHAI, now
from portal.kit.db import Session
from registry.assets.models import Asset
from registry.benchmarks.models import BenchmarkVersion
from registry.benchmarks.queries import AnyRow
from registry.evaluation.models import ACTIVE, Evaluation, EvaluationState
from registry.versions.models import SubmissionKind, Version, VersionState

OVER_WITHOUT_RESULT = (
    EvaluationState.failed_user,
    EvaluationState.failed_platform,
    EvaluationState.cancelled,
)


@dataclass(frozen=True)
class Used:
    """How much of a quota somebody has used."""

    today: int
    total: int


def today_began() -> dt.datetime:
    """Midnight in Asia/Shanghai."""
    return now().astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)


def used(db: Session, account_id: uuid.UUID, benchmark_id: uuid.UUID) -> Used:
    """Evaluations that count against the quota: all but those whose quota was given back."""
    row = db.execute(
        select(
            func.count(case((col(Evaluation.created_at) >= today_began(), 1))),
            func.count(),
        ).where(
            Evaluation.submitted_by == account_id,
            Evaluation.benchmark_id == benchmark_id,
            ~col(Evaluation.quota_returned),
        )
    ).one()
    return Used(int(row[0]), int(row[1]))


@dataclass(frozen=True)
class Unfinished:
    """Evaluations of somebody that wait or run."""

    here: int
    anywhere: int


def unfinished(db: Session, account_id: uuid.UUID, benchmark_id: uuid.UUID) -> Unfinished:
    """How many evaluations that somebody asked for are not over: on this benchmark, and on all."""
    row = db.execute(
        select(func.count(case((col(Evaluation.benchmark_id) == benchmark_id, 1))), func.count()).where(
            Evaluation.submitted_by == account_id,
            col(Evaluation.state).in_(ACTIVE),
            ~col(Evaluation.quota_returned),
        )
    ).one()
    return Unfinished(int(row[0]), int(row[1]))


def today(db: Session, benchmark_id: uuid.UUID) -> int:
    """Evaluations of all people on a benchmark today, but those whose quota was given back."""
    return int(
        db.execute(
            select(func.count()).where(
                Evaluation.benchmark_id == benchmark_id,
                col(Evaluation.created_at) >= today_began(),
                ~col(Evaluation.quota_returned),
            )
        ).scalar_one()
    )


def standing(db: Session, version_id: uuid.UUID, benchmark_id: uuid.UUID) -> Evaluation | None:
    """The live or successful evaluation of a pair; there is one at most (a unique index keeps it so)."""
    return db.exec(
        select(Evaluation).where(
            Evaluation.version_id == version_id,
            Evaluation.benchmark_id == benchmark_id,
            col(Evaluation.state).not_in(OVER_WITHOUT_RESULT),
        )
    ).first()


def submission(db: Session, version_id: uuid.UUID) -> AnyRow | None:
    """A version with its asset and namespace."""
    return db.execute(
        select(Version, Asset, Namespace)
        .join(Asset, col(Asset.id) == Version.asset_id)
        .join(Namespace, col(Namespace.id) == Asset.namespace_id)
        .where(Version.id == version_id)
    ).first()


def version_named(db: Session, namespace: str, name: str, number: str) -> uuid.UUID | None:
    """The id of ``namespace/name@number``; the request itself checks who may use it."""
    return db.execute(
        select(Version.id)
        .join(Asset, col(Asset.id) == Version.asset_id)
        .join(Namespace, col(Namespace.id) == Asset.namespace_id)
        .where(Namespace.slug == namespace, Asset.name == name, Version.number == number)
    ).scalar()


def submittable(db: Session, actor: Actor, accepts: list[str], benchmark_id: uuid.UUID) -> list[AnyRow]:
    """The actor's published versions that a benchmark accepts, newest first, with the standing evaluation's id."""
    kinds = [SubmissionKind(name) for name in accepts]
    mine = col(Asset.namespace_id).in_(actor.namespaces) if actor.namespaces else false()
    standing_id = (
        select(Evaluation.id)
        .where(
            Evaluation.version_id == Version.id,
            Evaluation.benchmark_id == benchmark_id,
            col(Evaluation.state).not_in(OVER_WITHOUT_RESULT),
        )
        .scalar_subquery()
    )
    return list(
        db.execute(
            columns(
                col(Version.id),
                col(Namespace.slug).label("namespace"),
                col(Asset.name),
                col(Asset.title),
                col(Version.number),
                col(Version.submission),
                standing_id.label("standing"),
            )
            .join(Asset, col(Asset.id) == Version.asset_id)
            .join(Namespace, col(Namespace.id) == Asset.namespace_id)
            .where(mine, col(Version.state) == VersionState.published, col(Version.submission).in_(kinds))
            .order_by(col(Version.published_at).desc(), col(Version.id).desc())
            .limit(200)
        ).all()
    )


def open_benchmark(db: Session, benchmark_id: uuid.UUID) -> AnyRow | None:
    """A benchmark version with its asset, base version and namespace."""
    return db.execute(
        select(BenchmarkVersion, Asset, Version, Namespace)
        .join(Asset, col(Asset.id) == BenchmarkVersion.asset_id)
        .join(Version, col(Version.id) == BenchmarkVersion.version_id)
        .join(Namespace, col(Namespace.id) == Asset.namespace_id)
        .where(BenchmarkVersion.id == benchmark_id)
    ).first()
