"""Runs, and what they start from."""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import load_only
from sqlmodel import col

from portal.accounts.models import Account, Namespace
from portal.experts.advice.queries import load as advice_load
from portal.experts.models import Expert
from portal.experts.queries import pool
from portal.kit.clock import now, shanghai
from portal.kit.db import Session
from portal.organisations.models import Organisation
from portal.reviews.rounds.models import HOLDING, RUNNING, Round, RoundState, Seat, SeatState
from portal.reviews.rounds.queries import basic
from portal.reviews.staffing.models import OPEN, RunKind, RunState, StaffingRun

SMALL = (
    "id", "round_id", "kind", "state", "state_reason", "state_at", "deadline_at", "created_at", "updated_at",
    "created_by", "attempt", "stage", "commitment", "committed_at", "seal", "sealed_at", "drawn_at", "revealed_at",
    "adopted_by", "adopted_at",
)  # fmt: skip
"""Columns of lists: the others hold whole problems."""


def one(
    db: Session, run_id: uuid.UUID, *, round_id: uuid.UUID | None = None, lock: bool = False
) -> StaffingRun | None:
    """One run, of a round where one is given."""
    statement = select(StaffingRun).where(col(StaffingRun.id) == run_id)
    if round_id is not None:
        statement = statement.where(col(StaffingRun.round_id) == round_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return db.scalars(statement).one_or_none()


def _listed() -> Any:
    return load_only(*(getattr(StaffingRun, name) for name in SMALL), raiseload=True)


def of_round(db: Session, round_id: uuid.UUID) -> list[StaffingRun]:
    """All runs of a round, the newest first, without what they hold."""
    statement = select(StaffingRun).options(_listed()).where(col(StaffingRun.round_id) == round_id)
    return list(db.scalars(statement.order_by(col(StaffingRun.id).desc())))


def _length(part: str) -> Any:
    """How many a problem has of something; 0 while there is no problem."""
    return func.jsonb_array_length(func.coalesce(col(StaffingRun.problem)[part], func.jsonb("[]")))


def lots_of(db: Session, round_id: uuid.UUID) -> Sequence[Any]:
    """What everybody may know of the draws of a round, the oldest first. The seed of those revealed only."""
    statement: Any = (
        select(
            col(StaffingRun.id), col(StaffingRun.state), col(StaffingRun.state_reason),
            col(StaffingRun.commitment), col(StaffingRun.committed_at), col(StaffingRun.seal),
            col(StaffingRun.sealed_at), col(StaffingRun.drawn_at), col(StaffingRun.revealed_at),
            col(StaffingRun.problem)["rules"].label("rules"),
            _length("submissions").label("submissions"), _length("reviewers").label("experts"),
            col(StaffingRun.seed),
        )
        .where(col(StaffingRun.round_id) == round_id, col(StaffingRun.kind) == RunKind.lot)
        .order_by(col(StaffingRun.id))
    )  # fmt: skip
    found: Sequence[Any] = db.execute(statement).all()
    return found


def open_run(db: Session, round_id: uuid.UUID) -> StaffingRun | None:
    """The run of a round that is not over; there is one at most."""
    statement = (
        select(StaffingRun)
        .options(_listed())
        .where(col(StaffingRun.round_id) == round_id, col(StaffingRun.state).in_(OPEN))
    )
    return db.scalars(statement).one_or_none()


def compared(db: Session, round_id: uuid.UUID) -> StaffingRun | None:
    """The latest run that has compared the texts of the round."""
    statement = (
        select(StaffingRun)
        .where(col(StaffingRun.round_id) == round_id, func.jsonb_exists(col(StaffingRun.result), "best"))
        .order_by(col(StaffingRun.id).desc())
        .limit(1)
    )
    return db.scalars(statement).one_or_none()


def due(db: Session, at: dt.datetime, limit: int = 100) -> Sequence[uuid.UUID]:
    """Runs whose state ends by now."""
    return db.scalars(
        select(col(StaffingRun.id))
        .where(col(StaffingRun.state).in_(OPEN), col(StaffingRun.deadline_at) <= at)
        .order_by(col(StaffingRun.deadline_at))
        .limit(limit)
    ).all()


def of_ended_rounds(db: Session, limit: int = 100) -> Sequence[uuid.UUID]:
    """Runs that are not over although their round is."""
    return db.scalars(
        select(col(StaffingRun.id))
        .join(Round, col(Round.id) == col(StaffingRun.round_id))
        .where(col(StaffingRun.state).in_(OPEN), col(Round.state).not_in([RoundState.draft, *RUNNING]))
        .limit(limit)
    ).all()


def unrevealed(db: Session, before: dt.datetime, limit: int = 100) -> Sequence[uuid.UUID]:
    """Draws of rounds that were concluded by that instant and whose seed is still secret."""
    return db.scalars(
        select(col(StaffingRun.id))
        .join(Round, col(Round.id) == col(StaffingRun.round_id))
        .where(
            col(StaffingRun.kind) == RunKind.lot,
            col(StaffingRun.state) == RunState.adopted,
            col(StaffingRun.revealed_at).is_(None),
            col(Round.state) == RoundState.concluded,
            col(Round.state_at) <= before,
        )
        .limit(limit)
    ).all()


def running_rounds(db: Session) -> Sequence[uuid.UUID]:
    """Rounds in which experts hold seats, so that conflicts are looked for."""
    return db.scalars(
        select(col(Round.id)).where(col(Round.state).in_(RUNNING)).order_by(col(Round.id))
    ).all()


def take_time(db: Session) -> None:
    """Let this transaction think longer than a request may: a large round is looked at for a minute."""
    db.execute(text("SET LOCAL idle_in_transaction_session_timeout = '15min'"))


def quarter() -> str:
    """The present quarter, such as 2026Q4."""
    day = shanghai(now())
    return f"{day.year}Q{(day.month + 2) // 3}"


def seats_load(*, but: uuid.UUID | None = None) -> Any:
    """How many reviews an expert still has to write, in rounds that go on: a subquery for ``pool.candidates``."""
    statement = (
        select(func.count())
        .select_from(Seat)
        .join(Round, col(Round.id) == col(Seat.round_id))
        .where(
            col(Seat.account_id) == col(Expert.account_id),
            col(Seat.state).in_(HOLDING),
            col(Seat.state) != SeatState.locked,
            col(Round.state).in_([RoundState.draft, *RUNNING]),
        )
    )
    if but is not None:
        statement = statement.where(col(Seat.round_id) != but)
    return statement.correlate(Expert).scalar_subquery()


pool.register_load(seats_load)


def candidates(db: Session, round_id: uuid.UUID) -> Sequence[Any]:
    """The pool with profiles and room: ``load`` is advice and seats of other rounds; see ``pool.candidates``."""
    return pool.candidates(db, quarter(), advice_load() + seats_load(but=round_id))


def seniority(db: Session, accounts: Collection[uuid.UUID]) -> dict[uuid.UUID, bool]:
    """Senior or not, of accounts that are or were in the pool."""
    statement = select(col(Expert.account_id), col(Expert.senior)).where(col(Expert.account_id).in_(accounts))
    return {row.account_id: row.senior for row in db.execute(statement)}


def all_seats(db: Session, round_id: uuid.UUID, *, lock: bool = False) -> list[Seat]:
    """Every seat of a round, in whatever state, in the order in which they were given."""
    statement = select(Seat).where(col(Seat.round_id) == round_id).order_by(col(Seat.id))
    return list(db.scalars(statement.with_for_update() if lock else statement))


def names(db: Session, accounts: Collection[uuid.UUID]) -> dict[uuid.UUID, Any]:
    """(id, name, slug, senior, titles, organisation) of experts, by account."""
    statement: Any = (
        select(
            col(Account.id), col(Account.name), col(Namespace.slug), col(Expert.senior), col(Expert.titles),
            col(Organisation.name).label("organisation"), col(Expert.id).label("expert_id"),
        )
        .join(Namespace, col(Namespace.account_id) == col(Account.id))
        .outerjoin(Expert, col(Expert.account_id) == col(Account.id))
        .outerjoin(Organisation, col(Organisation.id) == col(Expert.organisation_id))
        .where(col(Account.id).in_(accounts))
    )  # fmt: skip
    return {row.id: row for row in db.execute(statement)}


def submissions_of(db: Session, round_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """Ids of a round's submissions, also withdrawn ones: whoever staffs a round is shown their old seats."""
    return basic.submission_ids(db, round_id)
