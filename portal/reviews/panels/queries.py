"""Sessions, their members, agenda, motions and ballots, by key."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, delete, exists, func, or_, select
from sqlmodel import col

from portal.accounts.models import Account, Namespace
from portal.kit.db import Session
from portal.reviews.panels.models import (
    CALLED,
    GOING,
    Choice,
    MotionState,
    PanelAbsence,
    PanelItem,
    PanelMember,
    PanelMotion,
    PanelSession,
    PanelVote,
    PanelVoted,
    SessionState,
)
from portal.reviews.rounds.models import Phase, Round, RoundState, Submission


def one(db: Session, session_id: uuid.UUID, *, lock: bool = False) -> PanelSession | None:
    """One session."""
    statement = select(PanelSession).where(col(PanelSession.id) == session_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return db.scalars(statement).one_or_none()


def of_round(db: Session, round_id: uuid.UUID) -> list[PanelSession]:
    """All sessions of a round, earliest first."""
    return list(
        db.scalars(
            select(PanelSession)
            .where(col(PanelSession.round_id) == round_id)
            .order_by(col(PanelSession.starts_at), col(PanelSession.id))
        )
    )


def rounds_of(db: Session, account_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """Rounds of which the account belongs to a session that was not cancelled."""
    return db.scalars(
        select(col(PanelSession.round_id))
        .join(PanelMember, col(PanelMember.session_id) == col(PanelSession.id))
        .where(col(PanelMember.account_id) == account_id, col(PanelSession.state) != SessionState.cancelled)
        .distinct()
    ).all()


def sits(db: Session, account_id: uuid.UUID, round_id: uuid.UUID) -> bool:
    """Whether the account belongs to a session of the round that was not cancelled."""
    return bool(
        db.scalar(
            select(
                exists().where(
                    col(PanelMember.session_id) == col(PanelSession.id),
                    col(PanelMember.account_id) == account_id,
                    col(PanelSession.round_id) == round_id,
                    col(PanelSession.state) != SessionState.cancelled,
                )
            )
        )
    )


def sessions_of(db: Session, round_id: uuid.UUID, account_id: uuid.UUID) -> set[uuid.UUID]:
    """Sessions of the round the account belongs to."""
    return set(
        db.scalars(
            select(col(PanelMember.session_id))
            .join(PanelSession, col(PanelSession.id) == col(PanelMember.session_id))
            .where(col(PanelMember.account_id) == account_id, col(PanelSession.round_id) == round_id)
        )
    )


def member(
    db: Session, session_id: uuid.UUID, account_id: uuid.UUID | None, *, lock: bool = False
) -> PanelMember | None:
    """The account's place in a session."""
    statement = select(PanelMember).where(
        col(PanelMember.session_id) == session_id, col(PanelMember.account_id) == account_id
    )
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return db.scalars(statement).one_or_none()


def members(db: Session, session_id: uuid.UUID) -> list[Row[Any]]:
    """Everybody of a session with name and short name (``PanelMember``, ``name``, ``slug``); the chair first."""
    return list(
        db.execute(
            select(PanelMember, col(Account.name), col(Namespace.slug))
            .join(Account, col(Account.id) == col(PanelMember.account_id))
            .join(Namespace, col(Namespace.account_id) == col(Account.id))
            .where(col(PanelMember.session_id) == session_id)
            .order_by(col(PanelMember.role), col(Account.sort_key), col(Account.id))
        )
    )


def item(db: Session, item_id: uuid.UUID, *, lock: bool = False) -> PanelItem | None:
    """One item of an agenda."""
    statement = select(PanelItem).where(col(PanelItem.id) == item_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return db.scalars(statement).one_or_none()


def items(db: Session, session_id: uuid.UUID) -> list[Row[Any]]:
    """The agenda with its submissions (``PanelItem``, ``Submission``), in order."""
    return list(
        db.execute(
            select(PanelItem, Submission)
            .join(Submission, col(Submission.id) == col(PanelItem.submission_id))
            .where(col(PanelItem.session_id) == session_id)
            .order_by(col(PanelItem.position), col(PanelItem.id))
        )
    )


def called(db: Session, session_id: uuid.UUID) -> PanelItem | None:
    """The item that is called now."""
    return db.scalars(
        select(PanelItem).where(col(PanelItem.session_id) == session_id, col(PanelItem.state).in_(CALLED))
    ).one_or_none()


def absences(db: Session, item_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[PanelAbsence]]:
    """Who has to be out, by item."""
    found: dict[uuid.UUID, list[PanelAbsence]] = defaultdict(list)
    for row in db.scalars(select(PanelAbsence).where(col(PanelAbsence.item_id).in_(item_ids))):
        found[row.item_id].append(row)
    return found


def motion(db: Session, motion_id: uuid.UUID, *, lock: bool = False) -> PanelMotion | None:
    """One motion."""
    statement = select(PanelMotion).where(col(PanelMotion.id) == motion_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return db.scalars(statement).one_or_none()


def motions(db: Session, item_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[PanelMotion]]:
    """Motions by item, first ones first."""
    found: dict[uuid.UUID, list[PanelMotion]] = defaultdict(list)
    for row in db.scalars(
        select(PanelMotion).where(col(PanelMotion.item_id).in_(item_ids)).order_by(col(PanelMotion.number))
    ):
        found[row.item_id].append(row)
    return found


def voted(db: Session, motion_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[PanelVoted]]:
    """Who has voted, by motion, in the order of accounts: when is not known."""
    found: dict[uuid.UUID, list[PanelVoted]] = defaultdict(list)
    for row in db.scalars(
        select(PanelVoted)
        .where(col(PanelVoted.motion_id).in_(motion_ids))
        .order_by(col(PanelVoted.account_id))
    ):
        found[row.motion_id].append(row)
    return found


def choices(db: Session, motion_id: uuid.UUID) -> list[Choice]:
    """All votes of a secret ballot, in no order."""
    return list(db.scalars(select(col(PanelVote.choice)).where(col(PanelVote.motion_id) == motion_id)))


def empty_ballot(db: Session, motion_id: uuid.UUID) -> None:
    """Take all votes of a secret ballot out, for them to be put back in another order."""
    db.execute(delete(PanelVote).where(col(PanelVote.motion_id) == motion_id))


def motions_due(db: Session, at: dt.datetime) -> Sequence[uuid.UUID]:
    """Open ballots whose time is over."""
    return db.scalars(
        select(col(PanelMotion.id)).where(
            col(PanelMotion.state) == MotionState.open, col(PanelMotion.deadline_at) <= at
        )
    ).all()


def sessions_due(db: Session, at: dt.datetime) -> Sequence[uuid.UUID]:
    """Sessions whose time is over, or whose round is no longer at its panel (or on the way there)."""
    over = or_(
        col(Round.phase).in_([Phase.conclusion, Phase.over]),
        col(Round.state).in_([RoundState.concluded, RoundState.cancelled, RoundState.lapsed]),
    )
    return db.scalars(
        select(col(PanelSession.id))
        .join(Round, col(Round.id) == col(PanelSession.round_id))
        .where(col(PanelSession.state).in_(GOING), or_(col(PanelSession.deadline_at) <= at, over))
    ).all()


def minutes_due(db: Session, at: dt.datetime) -> Sequence[uuid.UUID]:
    """Closed sessions whose minutes nobody confirmed in time."""
    return db.scalars(
        select(col(PanelSession.id)).where(
            col(PanelSession.minutes_due_at) <= at, col(PanelSession.frozen_at).is_(None)
        )
    ).all()


def decided(db: Session, round_id: uuid.UUID) -> dict[uuid.UUID, str]:
    """What panels of the round decided: submission -> key of the outcome; of several sessions the last counts."""
    rows = db.execute(
        select(col(PanelItem.submission_id), col(PanelItem.outcome))
        .join(PanelSession, col(PanelSession.id) == col(PanelItem.session_id))
        .where(col(PanelSession.round_id) == round_id, col(PanelItem.state) == "decided")
        .order_by(col(PanelItem.updated_at))
    )
    return {row.submission_id: row.outcome for row in rows}


def names(db: Session, account_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Names of accounts."""
    rows = db.execute(select(col(Account.id), col(Account.name)).where(col(Account.id).in_(account_ids)))
    return {row.id: row.name for row in rows}


def busy(db: Session, round_id: uuid.UUID) -> set[uuid.UUID]:
    """Submissions on the agenda of a session of the round that is still going."""
    return set(
        db.scalars(
            select(col(PanelItem.submission_id))
            .join(PanelSession, col(PanelSession.id) == col(PanelItem.session_id))
            .where(col(PanelSession.round_id) == round_id, col(PanelSession.state).in_(GOING))
        )
    )


def attended(db: Session, account_id: uuid.UUID) -> list[dict[str, Any]]:
    """Sessions the account belonged to, for its own export; what was voted in secret nobody can tell."""
    rows = db.execute(
        select(
            col(PanelSession.title), col(PanelSession.starts_at), col(PanelMember.role),
            col(PanelMember.arrived_at), col(PanelMember.left_at),
            select(func.count()).select_from(PanelVoted)
            .join(PanelMotion, col(PanelMotion.id) == col(PanelVoted.motion_id))
            .join(PanelItem, col(PanelItem.id) == col(PanelMotion.item_id))
            .where(
                col(PanelItem.session_id) == col(PanelSession.id),
                col(PanelVoted.account_id) == col(PanelMember.account_id),
            ).scalar_subquery().label("ballots"),
        )
        .join(PanelMember, col(PanelMember.session_id) == col(PanelSession.id))
        .where(col(PanelMember.account_id) == account_id)
        .order_by(col(PanelSession.starts_at))
    )  # fmt: skip
    return [dict(row) for row in rows.mappings()]
