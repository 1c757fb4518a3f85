"""Rounds in which every operation of reviews finds something."""

import datetime as dt
import uuid
from typing import TypeVar

from sqlmodel import Session

from portal.kit.clock import now
from portal.kit.tables import Table
from portal.reviews.appeals.models import Appeal
from portal.reviews.conclusions.models import Letter
from portal.reviews.integrity.models import Approach, Channel
from portal.reviews.panels.models import MemberRole, PanelItem, PanelMember, PanelSession
from portal.reviews.rounds.models import (
    Invitation,
    InvitationState,
    Phase,
    Round,
    RoundState,
    Seat,
    SeatState,
    Submission,
    SubmissionPerson,
    SubmissionState,
)
from portal.reviews.rounds.shape import Shape
from portal.reviews.staffing.models import RunKind, RunState, StaffingRun
from tests.reviews.rounds import SHAPE
from tests.support.make import Person

Row = TypeVar("Row", bound=Table)


def _add(db: Session, row: Row) -> Row:
    db.add(row)
    db.flush()
    return row


def _round(db: Session, maker: Person, state: RoundState, phase: Phase) -> Round:
    shape = Shape.model_validate(SHAPE)
    return _add(
        db,
        Round(
            title_zh="规划实施监测算法评审", created_by=maker.id, shape=shape.model_dump(mode="json"),
            shape_digest=shape.digest(), state=state, phase=phase, public=True,
            deadline_at=now() + dt.timedelta(days=7), review_until=now() + dt.timedelta(days=21),
        ),
    )  # fmt: skip


def _entry(db: Session, round_: Round, number: int, title: str, lead: Person | None = None) -> Submission:
    entry = _add(
        db,
        Submission(round_id=round_.id, number=number, title=title, text="方法与数据说明。", digest="0" * 64),
    )
    if lead is not None:
        entry.state, entry.outcome, entry.decided_at = SubmissionState.decided, "declined", now()
        entry.outcome_reason = "实用性未达到本轮要求。"
        name = lead.account.name
        db.add(SubmissionPerson(submission_id=entry.id, account_id=lead.id, name=name, lead=True))
    return entry


def inviting(db: Session, reviewer: Person, maker: Person) -> tuple[uuid.UUID, uuid.UUID]:
    """A public round that invites, with one submission, and an invitation that waits for its answer."""
    round_ = _round(db, maker, RoundState.inviting, Phase.invitation)
    entry = _entry(db, round_, 1, "城市扩张识别")
    invited = _add(
        db,
        Invitation(
            round_id=round_.id, account_id=reviewer.id, state=InvitationState.sent, sent_at=now(),
            deadline_at=round_.deadline_at,
        ),
    )  # fmt: skip
    db.add(
        Seat(
            round_id=round_.id, submission_id=entry.id, account_id=reviewer.id, alias=3, state=SeatState.invited,
            deadline_at=round_.deadline_at,
        )
    )  # fmt: skip
    db.commit()
    return round_.id, invited.id


def staffed(db: Session, round_id: uuid.UUID, maker: Person) -> uuid.UUID:
    """An adopted draw of a round, whose seed is public, so that its record can be had."""
    run = _add(
        db,
        StaffingRun(
            round_id=round_id, kind=RunKind.lot, state=RunState.adopted, created_by=maker.id, seed="1" * 64,
            commitment="2" * 64, committed_at=now(), seal="3" * 64, sealed_at=now(), drawn_at=now(),
            revealed_at=now(), adopted_by=maker.id, adopted_at=now(), record={"seed": "1" * 64}, inputs={"experts": []},
        ),
    )  # fmt: skip
    db.commit()
    return run.id


def reported(db: Session, round_id: uuid.UUID, expert: Person) -> uuid.UUID:
    """A report of an approach in a round that auditors are to decide."""
    made = _add(
        db,
        Approach(
            account_id=expert.id, round_id=round_id, channel=Channel.phone, happened=dt.date(2025, 11, 20),
            text="申报单位负责人来电，希望手下留情。", escalated=True, deadline_at=now() + dt.timedelta(days=30),
        ),
    )  # fmt: skip
    db.commit()
    return made.id


def concluded(db: Session, maker: Person, lead: Person) -> tuple[uuid.UUID, uuid.UUID]:
    """A concluded round with two declined submissions: one with a letter and an appeal; and a panel session of it."""
    round_ = _round(db, maker, RoundState.concluded, Phase.over)
    first = _entry(db, round_, 1, "城市扩张识别", lead)
    _entry(db, round_, 2, "街区更新评估", lead)
    assert first.decided_at is not None
    db.add(
        Letter(
            round_id=round_.id, submission_id=first.id, decided_at=first.decided_at, outcome="declined",
            text_zh="未入选。", text_en="Not accepted.", digest="4" * 64,
        )
    )  # fmt: skip
    db.add(
        Appeal(
            account_id=lead.id, round_id=round_.id, submission_id=first.id, grounds=["recusal"],
            text="有一位委员系竞争单位顾问，未按规定回避。", decided_at=first.decided_at,
            deadline_at=now() + dt.timedelta(days=30),
        )
    )  # fmt: skip
    session = _add(
        db,
        PanelSession(
            round_id=round_.id, title="第一次会评", created_by=maker.id, starts_at=now(),
            deadline_at=now() + dt.timedelta(days=1),
        ),
    )  # fmt: skip
    db.add(PanelMember(session_id=session.id, account_id=maker.id, role=MemberRole.chair))
    db.add(PanelItem(session_id=session.id, submission_id=first.id, position=1))
    db.commit()
    return round_.id, session.id
