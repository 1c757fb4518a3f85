"""Computations by round, and what they are made from."""

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import and_, exists, select
from sqlmodel import col

from portal.kit.db import Session
from portal.reviews.estimates.results import Group
from portal.reviews.rounds.models import COUNTED, Phase, Round, RoundState
from portal.reviews.rounds.queries import basic
from portal.reviews.rounds.shape import Shape
from portal.reviews.rounds.standing import shape_of
from portal.reviews.scores.inputs import Inputs, gather
from portal.reviews.scores.models import LIVE, RunState, ScoreRun
from portal.reviews.scores.results import Result


def one(db: Session, run_id: uuid.UUID, *, lock: bool = False) -> ScoreRun | None:
    """One computation."""
    statement = select(ScoreRun).where(col(ScoreRun.id) == run_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return db.scalars(statement).one_or_none()


def latest(db: Session, round_id: uuid.UUID) -> list[ScoreRun]:
    """The newest computation of a round, and the newest that is done (once, where they are the same)."""
    mine = (
        select(col(ScoreRun.id)).where(col(ScoreRun.round_id) == round_id).order_by(col(ScoreRun.id).desc())
    )
    newest = mine.limit(1).scalar_subquery()
    done = mine.where(col(ScoreRun.state) == RunState.done).limit(1).scalar_subquery()
    return list(
        db.scalars(
            select(ScoreRun).where(col(ScoreRun.id).in_([newest, done])).order_by(col(ScoreRun.id).desc())
        )
    )


def done(db: Session, round_id: uuid.UUID) -> ScoreRun | None:
    """The newest computation that is done."""
    return next((run for run in latest(db, round_id) if run.state is RunState.done), None)


def live(db: Session, round_id: uuid.UUID) -> ScoreRun | None:
    """The computation that waits or runs."""
    return db.scalars(
        select(ScoreRun).where(col(ScoreRun.round_id) == round_id, col(ScoreRun.state).in_(LIVE))
    ).one_or_none()


def inputs(db: Session, round_: Round, shape: Shape | None = None) -> Inputs:
    """What a computation would be made from now."""
    seats = basic.seats(db, round_.id, states=COUNTED)
    return gather(shape or shape_of(round_), basic.submissions(db, round_.id), seats)


def overdue(db: Session, at: dt.datetime) -> Sequence[uuid.UUID]:
    """Computations that wait or run for too long."""
    return db.scalars(
        select(col(ScoreRun.id)).where(col(ScoreRun.state).in_(LIVE), col(ScoreRun.deadline_at) <= at)
    ).all()


def uncomputed(db: Session, limit: int = 20) -> Sequence[uuid.UUID]:
    """Rounds past their reviews for which nothing was computed since their phase began."""
    since = and_(col(ScoreRun.round_id) == col(Round.id), col(ScoreRun.created_at) >= col(Round.state_at))
    return db.scalars(
        select(col(Round.id))
        .where(
            col(Round.state) == RoundState.closed,
            col(Round.phase).in_([Phase.rebuttal, Phase.discussion, Phase.panel, Phase.conclusion]),
            ~exists().where(since),
        )
        .order_by(col(Round.state_at))
        .limit(limit)
    ).all()


def ranks(db: Session, round_: Round) -> dict[uuid.UUID, int]:
    """For the panel's agenda: 0 for submissions the newest result leaves undecided (or flagged), 1 for the others.

    Empty where nothing has been computed.
    """
    run = done(db, round_.id)
    if run is None:
        return {}
    standing = {row.number: row.standing for row in Result.model_validate(run.result).rows}
    return {
        one.id: int(standing.get(one.number) in (Group.IN, Group.OUT))
        for one in basic.submissions(db, round_.id)
    }
