"""What waits and runs, for everyone: whose it is, only for those who may see it."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_
from sqlalchemy import select as columns
from sqlmodel import col

from portal.accounts.models import Namespace
from portal.kit.actor import Actor
from portal.kit.db import Session
from registry.assets.models import Asset
from registry.evaluation.models import Attempt, Evaluation, EvaluationState
from registry.evaluation.queries.leases import HOLDING
from registry.evaluation.queries.lists import BenchAsset, BenchSpace, joined, visible
from registry.versions.models import Version

WAITING = (EvaluationState.requested, EvaluationState.queued)
RUNNING = (EvaluationState.predicting, EvaluationState.scoring)
GROUPS = {"running": RUNNING, "waiting": WAITING}

_ROW: tuple[Any, ...] = (
    col(Evaluation.id),
    col(Evaluation.state),
    col(Evaluation.queue),
    col(Evaluation.priority),
    col(Evaluation.created_at),
    col(Attempt.started_at),
    col(Namespace.slug).label("namespace"),
    col(Asset.name).label("name"),
    col(Version.number).label("number"),
    col(BenchSpace.slug).label("bench_namespace"),
    col(BenchAsset.name).label("bench_name"),
    col(BenchAsset.title).label("bench_title"),
    col(BenchAsset.title_en).label("bench_title_en"),
)


def rows(
    db: Session,
    actor: Actor,
    *,
    group: str = "",
    queue: str = "",
    mine: bool = False,
    limit: int = 100,
) -> list[Any]:
    """Running ones first, then by how long they wait. ``seen`` says whether the reader may know what it is."""
    seen = visible(actor)
    selected: Select[Any] = columns(
        *_ROW,
        or_(col(BenchAsset.is_public), seen).label("bench_seen"),
        seen.label("seen"),
    ).select_from(Evaluation)
    statement = joined(selected).outerjoin(
        Attempt, and_(col(Attempt.evaluation_id) == Evaluation.id, col(Attempt.state).in_(HOLDING))
    )
    statement = statement.where(col(Evaluation.state).in_(GROUPS.get(group, RUNNING + WAITING)))
    if queue:
        statement = statement.where(col(Evaluation.queue) == queue)
    if mine:
        own: list[ColumnElement[bool]] = [col(Evaluation.submitted_by) == actor.id] if actor.id else [false()]
        if actor.namespaces:
            own.append(col(Asset.namespace_id).in_(actor.namespaces))
        statement = statement.where(or_(*own))
    order = (
        col(Evaluation.state).in_(RUNNING).desc(),
        col(Evaluation.priority).desc(),
        col(Evaluation.created_at),
        col(Evaluation.id),
    )
    return list(db.execute(statement.order_by(*order).limit(limit)))


def totals(db: Session) -> list[Any]:
    """Per queue: how many wait, how many run."""
    running = func.count().filter(col(Evaluation.state).in_(RUNNING))
    return list(
        db.execute(
            columns(
                col(Evaluation.queue),
                running.label("running"),
                (func.count() - running).label("waiting"),
            )
            .where(col(Evaluation.state).in_(RUNNING + WAITING))
            .group_by(col(Evaluation.queue))
            .order_by(col(Evaluation.queue))
        )
    )


def place_of(db: Session, evaluation_id: uuid.UUID) -> Any:
    """Queue and submitter of an evaluation."""
    return db.execute(
        columns(col(Evaluation.queue), col(Evaluation.submitted_by)).where(
            col(Evaluation.id) == evaluation_id
        )
    ).one()


def running_in(db: Session, queues: Sequence[str]) -> int:
    """Evaluations of these queues that hold a slot."""
    return int(
        db.execute(
            columns(func.count()).where(
                col(Evaluation.state).in_(RUNNING), col(Evaluation.queue).in_(list(queues))
            )
        ).scalar_one()
    )
