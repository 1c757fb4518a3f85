"""Tables of panel sessions. What was voted and who has voted lie apart: see ADR 0042."""

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from portal.kit.i18n import N_
from portal.kit.ids import random_id
from portal.kit.states import Transitions
from portal.kit.tables import StampedTable, Table, enum_field, instant_field, json_field


class SessionState(StrEnum):
    """How far a session has come."""

    planned = "planned"
    open = "open"
    adjourned = "adjourned"
    closed = "closed"
    cancelled = "cancelled"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {
            "planned": N_("Session planned"),
            "open": N_("Session open"),
            "adjourned": N_("Session adjourned"),
            "closed": N_("Session closed"),
            "cancelled": N_("Session cancelled"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of the state's tag."""
        return {"open": "busy", "adjourned": "warn", "closed": "good", "cancelled": "bad"}.get(
            self.value, "neutral"
        )


_HOST, _SYSTEM = frozenset({"host"}), frozenset({"system"})
SESSION_TRANSITIONS: Transitions[SessionState] = {
    SessionState.planned: {SessionState.open: _HOST, SessionState.cancelled: _HOST | _SYSTEM},
    SessionState.open: {SessionState.adjourned: _HOST, SessionState.closed: _HOST | _SYSTEM},
    SessionState.adjourned: {SessionState.open: _HOST, SessionState.closed: _HOST | _SYSTEM},
}
GOING = (SessionState.planned, SessionState.open, SessionState.adjourned)


class PanelSession(StampedTable, table=True):
    """One meeting of a panel of a round."""

    __tablename__ = "panel_session"
    __table_args__ = (Index("ix_panel_session_due", "state", "deadline_at"),)

    round_id: uuid.UUID = Field(foreign_key="review_round.id", index=True)
    title: str = Field(max_length=200)
    place: str = Field(default="", max_length=300)
    starts_at: dt.datetime | None = instant_field(nullable=True)
    state: SessionState = enum_field(SessionState, SessionState.planned, name="state")
    state_reason: str = Field(default="", max_length=2000)
    deadline_at: dt.datetime | None = instant_field(nullable=True)
    """When it ends by itself: cancelled where it never began, else closed."""
    opened_at: dt.datetime | None = instant_field(nullable=True)
    closed_at: dt.datetime | None = instant_field(nullable=True)
    created_by: uuid.UUID = Field(foreign_key="account.id", index=True)
    minutes: str = Field(default="", max_length=20_000)
    """What the secretary writes about the session as a whole; about items: ``PanelItem.minutes``."""
    minutes_due_at: dt.datetime | None = instant_field(nullable=True, index=True)
    """When minutes that nobody confirmed are frozen as they are."""
    protocol: dict[str, object] = json_field()
    """The frozen minutes (``protocol.Protocol``); empty while they can be changed."""
    digest: str = Field(default="", max_length=64)
    """SHA-256 of the frozen minutes' canonical JSON."""
    confirmed_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    """The chair; None where the clock froze them."""
    frozen_at: dt.datetime | None = instant_field(nullable=True)


class MemberRole(StrEnum):
    """What somebody does in a session."""

    chair = "chair"
    member = "member"
    secretary = "secretary"

    @property
    def label(self) -> str:
        """Message id of the role's name."""
        return {
            "chair": N_("Chair of the panel"),
            "member": N_("Panel member"),
            "secretary": N_("Secretary of the session"),
        }[self.value]

    @property
    def votes(self) -> bool:
        """Whether the role has a vote."""
        return self is not MemberRole.secretary


class PanelMember(Table, table=True):
    """Somebody on a panel. Present between signing in and leaving."""

    __tablename__ = "panel_member"
    __table_args__ = (UniqueConstraint("session_id", "account_id"),)

    session_id: uuid.UUID = Field(foreign_key="panel_session.id", ondelete="CASCADE")
    account_id: uuid.UUID = Field(foreign_key="account.id", index=True)
    role: MemberRole = enum_field(MemberRole, MemberRole.member, name="role")
    arrived_at: dt.datetime | None = instant_field(nullable=True)
    left_at: dt.datetime | None = instant_field(nullable=True)

    @property
    def present(self) -> bool:
        """Whether the member has signed in and not left."""
        return self.arrived_at is not None and self.left_at is None


class ItemState(StrEnum):
    """How far an item of the agenda has come."""

    waiting = "waiting"
    clearing = "clearing"
    discussing = "discussing"
    decided = "decided"
    undecided = "undecided"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {
            "waiting": N_("Not called yet"),
            "clearing": N_("Members leave the room"),
            "discussing": N_("Under discussion"),
            "decided": N_("Decided by the panel"),
            "undecided": N_("Left undecided"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of the state's tag."""
        return {"clearing": "busy", "discussing": "busy", "decided": "good", "undecided": "warn"}.get(
            self.value, "neutral"
        )


ITEM_TRANSITIONS: Transitions[ItemState] = {
    ItemState.waiting: {
        ItemState.clearing: _HOST,
        ItemState.discussing: _HOST,
        ItemState.undecided: _HOST | _SYSTEM,
    },
    ItemState.clearing: {
        # The last one who had to leave is out.
        ItemState.discussing: _HOST | _SYSTEM,
        ItemState.waiting: _HOST | _SYSTEM,
        ItemState.undecided: _HOST | _SYSTEM,
    },
    ItemState.discussing: {
        ItemState.decided: _HOST | _SYSTEM,
        ItemState.waiting: _HOST | _SYSTEM,
        ItemState.undecided: _HOST | _SYSTEM,
    },
}
CALLED = (ItemState.clearing, ItemState.discussing)


class PanelItem(StampedTable, table=True):
    """One submission on the agenda. At most one of a session is called at a time."""

    __tablename__ = "panel_item"
    __table_args__ = (
        UniqueConstraint("session_id", "submission_id"),
        Index(
            "ix_panel_item_called",
            "session_id",
            unique=True,
            postgresql_where=text("state IN ('clearing', 'discussing')"),
        ),
    )

    session_id: uuid.UUID = Field(foreign_key="panel_session.id", ondelete="CASCADE")
    submission_id: uuid.UUID = Field(foreign_key="review_submission.id", index=True)
    position: int
    state: ItemState = enum_field(ItemState, ItemState.waiting, name="state")
    outcome: str = Field(default="", max_length=40)
    """Key of the outcome of the last motion, where that was carried."""
    minutes: str = Field(default="", max_length=10_000)
    seen_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    """The voting member who confirmed this part of the minutes where the chair was out of the room."""


class PanelAbsence(SQLModel, table=True):
    """Somebody who was present and had to leave the room for an item."""

    __tablename__ = "panel_absence"

    item_id: uuid.UUID = Field(foreign_key="panel_item.id", primary_key=True, ondelete="CASCADE")
    account_id: uuid.UUID = Field(foreign_key="account.id", primary_key=True, index=True)
    out_at: dt.datetime | None = instant_field(nullable=True)
    """When it was said that the member is out; None: the item waits."""


class MotionState(StrEnum):
    """What became of a motion."""

    open = "open"
    carried = "carried"
    lost = "lost"
    void = "void"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {
            "open": N_("Ballot open"),
            "carried": N_("Motion carried"),
            "lost": N_("Motion not carried"),
            "void": N_("Ballot without a result"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of the state's tag."""
        return {"open": "busy", "carried": "good", "void": "warn"}.get(self.value, "neutral")


MOTION_TRANSITIONS: Transitions[MotionState] = {
    MotionState.open: {
        MotionState.carried: _HOST | _SYSTEM,
        MotionState.lost: _HOST | _SYSTEM,
        MotionState.void: _HOST | _SYSTEM,
    }
}


class PanelMotion(StampedTable, table=True):
    """A motion to give a submission an outcome, with its ballot. A re-vote is a further motion with a reason."""

    __tablename__ = "panel_motion"
    __table_args__ = (
        UniqueConstraint("id", "secret"),
        Index("ix_panel_motion_open", "item_id", unique=True, postgresql_where=text("state = 'open'")),
        Index("ix_panel_motion_due", "deadline_at", postgresql_where=text("state = 'open'")),
    )

    item_id: uuid.UUID = Field(foreign_key="panel_item.id", index=True, ondelete="CASCADE")
    number: int
    """From 1 within its item."""
    outcome: str = Field(max_length=40)
    secret: bool = True
    reason: str = Field(default="", max_length=2000)
    """Why it was voted on again; empty for the first motion of an item."""
    state: MotionState = enum_field(MotionState, MotionState.open, name="state")
    able: int
    """Members able to vote on the item when the ballot was opened, present or not."""
    deadline_at: dt.datetime | None = instant_field(nullable=True)
    closed_at: dt.datetime | None = instant_field(nullable=True)
    yes: int = 0
    no: int = 0
    abstain: int = 0
    """Counted when the ballot is closed, never before."""


class Choice(StrEnum):
    """What can be voted."""

    yes = "yes"
    no = "no"
    abstain = "abstain"

    @property
    def label(self) -> str:
        """Message id of the choice."""
        return {"yes": N_("In favour"), "no": N_("Against"), "abstain": N_("Abstain")}[self.value]


class PanelVoted(SQLModel, table=True):
    """That somebody has voted; what, in an open ballot alone: of a secret one the database refuses it beside a name."""

    __tablename__ = "panel_voted"
    __table_args__ = (
        ForeignKeyConstraint(
            ["motion_id", "secret"], ["panel_motion.id", "panel_motion.secret"], ondelete="CASCADE"
        ),
        CheckConstraint("secret = (choice IS NULL)", name="secret"),
        CheckConstraint("choice IN ('yes', 'no', 'abstain')", name="choice"),
    )

    motion_id: uuid.UUID = Field(primary_key=True)
    account_id: uuid.UUID = Field(foreign_key="account.id", primary_key=True, index=True)
    secret: bool
    choice: str | None = Field(default=None, max_length=10)


class PanelVote(SQLModel, table=True):
    """One vote of a secret ballot. Nothing here says whose or when.

    The id is random, and with every vote all rows of the ballot are written anew in a random order, so that not even
    the row's place or transaction belongs to one voter.
    """

    __tablename__ = "panel_vote"

    id: uuid.UUID = Field(default_factory=random_id, primary_key=True)
    motion_id: uuid.UUID = Field(foreign_key="panel_motion.id", index=True, ondelete="CASCADE")
    choice: Choice = enum_field(Choice, name="choice")
