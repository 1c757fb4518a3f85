"""Reading evaluations for pages and the API."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, or_, true
from sqlalchemy import select as columns
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from portal.accounts.models import Account, Namespace
from portal.kit.actor import Actor
from portal.kit.db import Session
from portal.kit.paging import Page, keyset
from registry.assets.models import Asset
from registry.benchmarks.models import BenchmarkVersion
from registry.benchmarks.queries import AnyRow
from registry.evaluation.models import (
    Attempt,
    AttemptLog,
    Evaluation,
    EvaluationEvent,
    EvaluationState,
    Result,
    ResultMetric,
    ResultStatement,
)
from registry.evaluation.policy import Facts
from registry.versions.models import Version

BenchAsset = aliased(Asset)
BenchSpace = aliased(Namespace)
BenchBase = aliased(Version)


@dataclass(frozen=True)
class Names:
    """How an evaluation is called in notices."""

    version: str
    benchmark: str
    benchmark_by: uuid.UUID


def visible(actor: Actor) -> ColumnElement[bool]:
    """The same rule as ``policy.can_see``, as SQL; a test compares the two."""
    if actor.is_system or actor.has("secretariat"):
        return true()
    public = and_(
        Evaluation.state == EvaluationState.done,  # type: ignore[arg-type]
        col(Asset.is_public),
        col(BenchAsset.is_public),
    )
    if actor.is_anonymous:
        return public
    parties: list[ColumnElement[bool]] = [col(Evaluation.submitted_by) == actor.id]
    if actor.namespaces:
        parties.append(col(Asset.namespace_id).in_(actor.namespaces))
        parties.append(col(BenchAsset.namespace_id).in_(actor.namespaces))
    return or_(public, *parties)


def joined(statement: Select[Any]) -> Select[Any]:
    """A select from evaluations with submission and benchmark joined to it."""
    return (
        statement.join(Version, col(Version.id) == Evaluation.version_id)
        .join(Asset, col(Asset.id) == Evaluation.asset_id)
        .join(Namespace, col(Namespace.id) == Asset.namespace_id)
        .join(BenchmarkVersion, col(BenchmarkVersion.id) == Evaluation.benchmark_id)
        .join(BenchAsset, col(BenchAsset.id) == BenchmarkVersion.asset_id)
        .join(BenchSpace, col(BenchSpace.id) == BenchAsset.namespace_id)
        .join(BenchBase, col(BenchBase.id) == BenchmarkVersion.version_id)
    )


def facts(db: Session, evaluation_id: uuid.UUID) -> Facts | None:
    """What policies ask about one evaluation."""
    row = db.execute(
        joined(
            select(
                Evaluation.submitted_by,
                Asset.namespace_id,
                BenchAsset.namespace_id,
                Evaluation.state,
                Asset.is_public,
                BenchAsset.is_public,
                BenchmarkVersion.logs_visible,
            ).select_from(Evaluation)  # type: ignore[call-overload]
        ).where(col(Evaluation.id) == evaluation_id)
    ).first()
    return Facts(*row) if row else None


_ROW: tuple[Any, ...] = (
    Evaluation.id,
    Evaluation.state,
    Evaluation.created_at,
    Evaluation.finished_at,
    Evaluation.failure_code,
    Evaluation.failure_params,
    Evaluation.attempt_count,
    Evaluation.benchmark_id,
    Evaluation.asset_id,
    col(Namespace.slug).label("namespace"),
    col(Asset.name).label("name"),
    col(Asset.title).label("title"),
    col(Asset.title_en).label("title_en"),
    col(Version.number).label("number"),
    col(Version.submission).label("submission"),
    col(BenchSpace.slug).label("bench_namespace"),
    col(BenchAsset.name).label("bench_name"),
    col(BenchAsset.title).label("bench_title"),
    col(BenchAsset.title_en).label("bench_title_en"),
    col(BenchBase.number).label("bench_number"),
    col(Account.name).label("submitter"),
)


def page_of(
    db: Session,
    actor: Actor,
    *,
    mine: bool = False,
    state: EvaluationState | None = None,
    benchmark_id: uuid.UUID | None = None,
    asset_id: uuid.UUID | None = None,
    version_id: uuid.UUID | None = None,
    after: str | None = None,
    before: str | None = None,
    size: int = 20,
) -> Page[Any]:
    """Evaluations the actor may see, newest first."""
    keys: list[ColumnElement[Any]] = [col(Evaluation.id)]  # type: ignore[list-item]
    statement = joined(columns(*_ROW, col(Evaluation.id).label("key")).select_from(Evaluation)).join(
        Account, col(Account.id) == Evaluation.submitted_by
    )
    statement = statement.where(visible(actor))
    if mine:
        own: list[ColumnElement[bool]] = [col(Evaluation.submitted_by) == actor.id] if actor.id else [false()]
        if actor.namespaces:
            own.append(col(Asset.namespace_id).in_(actor.namespaces))
        statement = statement.where(or_(*own))
    if state is not None:
        statement = statement.where(col(Evaluation.state) == state)
    if benchmark_id is not None:
        statement = statement.where(col(Evaluation.benchmark_id) == benchmark_id)
    if asset_id is not None:
        statement = statement.where(col(Evaluation.asset_id) == asset_id)
    if version_id is not None:
        statement = statement.where(col(Evaluation.version_id) == version_id)
    return keyset(db, statement, keys, after=after, before=before, size=size)


def one(db: Session, evaluation_id: uuid.UUID) -> AnyRow | None:
    """One evaluation with its names; whether the actor may see it is asked by ``facts``."""
    return db.execute(
        joined(columns(*_ROW).select_from(Evaluation))
        .join(Account, col(Account.id) == Evaluation.submitted_by)
        .where(col(Evaluation.id) == evaluation_id)
    ).first()


def state_of(db: Session, evaluation_id: uuid.UUID) -> EvaluationState | None:
    """Only the state."""
    return db.execute(select(Evaluation.state).where(Evaluation.id == evaluation_id)).scalar()


def names(db: Session, evaluation_id: uuid.UUID) -> Names:
    """What notices call an evaluation, and who published the benchmark."""
    row = db.execute(
        joined(
            select(
                col(Namespace.slug),
                Asset.name,
                Version.number,
                BenchSpace.slug,
                BenchAsset.name,
                BenchBase.created_by,
            ).select_from(Evaluation)  # type: ignore[call-overload]
        ).where(col(Evaluation.id) == evaluation_id)
    ).one()
    return Names(f"{row[0]}/{row[1]}@{row[2]}", f"{row[3]}/{row[4]}", row[5])


def events(db: Session, evaluation_id: uuid.UUID) -> Sequence[EvaluationEvent]:
    """The timeline, oldest first."""
    return db.exec(
        select(EvaluationEvent)
        .where(EvaluationEvent.evaluation_id == evaluation_id)
        .order_by(col(EvaluationEvent.id))
    ).all()


def attempts(db: Session, evaluation_id: uuid.UUID) -> Sequence[Attempt]:
    """All tries, oldest first."""
    return db.exec(
        select(Attempt).where(Attempt.evaluation_id == evaluation_id).order_by(col(Attempt.number))
    ).all()


def denied(db: Session, evaluation_id: uuid.UUID, number: int) -> dict[str, Any] | None:
    """What the sandbox refused in one try; None where it was not recorded."""
    statement = select(Attempt.denied).where(Attempt.evaluation_id == evaluation_id, Attempt.number == number)
    kept = db.exec(statement).one_or_none()
    return dict(kept) if kept is not None else None


def log(
    db: Session, evaluation_id: uuid.UUID, phases: frozenset[str], *, after: int = 0, limit: int = 2000
) -> list[AnyRow]:
    """Pieces of the log of the phases the reader may see, in order, after a given one: id, attempt, phase, text."""
    if not phases:
        return []
    return list(
        db.execute(
            select(AttemptLog.id, AttemptLog.attempt_no, AttemptLog.phase, AttemptLog.text)
            .where(
                AttemptLog.evaluation_id == evaluation_id,
                col(AttemptLog.phase).in_(phases),
                col(AttemptLog.id) > after,
            )
            .order_by(col(AttemptLog.id))
            .limit(limit)
        ).all()
    )


def result(db: Session, evaluation_id: uuid.UUID) -> Result | None:
    """The accepted result."""
    return db.exec(select(Result).where(Result.evaluation_id == evaluation_id)).first()


def statement(db: Session, evaluation_id: uuid.UUID) -> ResultStatement | None:
    """The signed statement about the result; results of before statements were made have none."""
    mine = select(ResultStatement).join(Result).where(Result.evaluation_id == evaluation_id)
    return db.exec(mine).first()


def result_metrics(db: Session, result_id: uuid.UUID) -> dict[str, ResultMetric]:
    """Metrics of a result by name."""
    rows = db.exec(select(ResultMetric).where(ResultMetric.result_id == result_id))
    return {row.name: row for row in rows}
