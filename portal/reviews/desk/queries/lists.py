"""The list of rounds: the public ones and those somebody has a part in; all of them for the secretariat."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, false, or_, select
from sqlmodel import col

from portal.audit.models import AuditEvent
from portal.kit.actor import Actor
from portal.kit.db import Session
from portal.kit.paging import SIZE, Page, keyset
from portal.kit.text import like
from portal.reviews.rounds import policy
from portal.reviews.rounds.models import (
    RUNNING,
    Invitation,
    InvitationState,
    Phase,
    Round,
    RoundState,
    Seat,
    Submission,
    SubmissionPerson,
)
from portal.reviews.rounds.standing import panel_rounds

OVER = (RoundState.concluded, RoundState.cancelled, RoundState.lapsed)
STATES: dict[str, Sequence[RoundState]] = {
    "": (),
    "running": RUNNING,
    "over": OVER,
    "draft": (RoundState.draft,),
}


@dataclass(frozen=True)
class Filter:
    """What is asked for."""

    words: str = ""
    state: str = ""
    """A key of ``STATES``."""
    mine: bool = False


def _parts(db: Session, account_id: uuid.UUID) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Whether somebody reviews (or sits on the panel), and whether somebody applied, as conditions on a round."""
    seats = select(col(Seat.round_id)).where(col(Seat.account_id) == account_id)
    applied = (
        select(col(Submission.round_id))
        .join(SubmissionPerson, col(SubmissionPerson.submission_id) == col(Submission.id))
        .where(col(SubmissionPerson.account_id) == account_id)
    )
    sits = panel_rounds(db, account_id)
    return or_(col(Round.id).in_(seats), col(Round.id).in_(sits)), col(Round.id).in_(applied)


def _visible(db: Session, actor: Actor, wanted: Filter) -> Any:
    """The condition of ``policy.sees_round`` for a list; rows are (round, reviews, applied, id)."""
    reviews, applied = _parts(db, actor.id) if actor.id is not None else (false(), false())
    statement: Any = select(Round, reviews.label("reviews"), applied.label("applied"), col(Round.id))
    public = col(Round.public) & (col(Round.state) != RoundState.draft)
    if wanted.mine:
        return statement.where(or_(reviews, applied))
    if not policy.is_secretariat(actor):
        return statement.where(or_(public, reviews, applied))
    return statement


def page_of(
    db: Session,
    actor: Actor,
    wanted: Filter,
    *,
    after: str | None = None,
    before: str | None = None,
    size: int = SIZE,
) -> Page[Any]:
    """Rounds, newest first."""
    statement = _visible(db, actor, wanted)
    if wanted.words:
        pattern = like(wanted.words)
        statement = statement.where(
            or_(col(Round.title_zh).ilike(pattern), col(Round.title_en).ilike(pattern))
        )
    if STATES.get(wanted.state):
        statement = statement.where(col(Round.state).in_(STATES[wanted.state]))
    keys: list[Any] = [col(Round.id)]
    return keyset(db, statement, keys, after=after, before=before, size=size)


def invitations_of(db: Session, account_id: uuid.UUID, limit: int = 200) -> Sequence[Any]:
    """Somebody's own invitations that went out, with their rounds, newest first."""
    return db.execute(
        select(Invitation, Round)
        .join(Round, col(Round.id) == col(Invitation.round_id))
        .where(col(Invitation.account_id) == account_id, col(Invitation.state) != InvitationState.planned)
        .order_by(col(Invitation.id).desc())
        .limit(limit)
    ).all()


PHASES = tuple(f"review_round.{phase}" for phase in Phase)


def phase_events(db: Session, round_id: uuid.UUID) -> Sequence[AuditEvent]:
    """The events by which the round entered its phases, oldest first."""
    return db.scalars(
        select(AuditEvent)
        .where(
            col(AuditEvent.object_type) == Round.__tablename__,
            col(AuditEvent.object_id) == str(round_id),
            col(AuditEvent.verb).in_(PHASES),
        )
        .order_by(col(AuditEvent.seq))
    ).all()
