"""Who reviews: invitations to a round, and seats, each of which is one review of one submission by one expert."""

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from portal.kit.i18n import N_
from portal.kit.states import Transitions
from portal.kit.tables import StampedTable, enum_field, instant_field, json_field


class InvitationState(StrEnum):
    """What became of asking an expert to review in a round."""

    planned = "planned"
    sent = "sent"
    accepted = "accepted"
    declined = "declined"
    expired = "expired"
    withdrawn = "withdrawn"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {
            "planned": N_("Not invited yet"),
            "sent": N_("Invitation sent"),
            "accepted": N_("Invitation accepted"),
            "declined": N_("Invitation declined"),
            "expired": N_("Invitation not answered"),
            "withdrawn": N_("Invitation withdrawn"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of the state's tag."""
        return {"sent": "busy", "accepted": "good", "expired": "warn"}.get(self.value, "neutral")


_SECRETARIAT, _SYSTEM, _EXPERT = frozenset({"secretariat"}), frozenset({"system"}), frozenset({"expert"})
INVITATION_TRANSITIONS: Transitions[InvitationState] = {
    InvitationState.planned: {
        InvitationState.sent: _SECRETARIAT | _SYSTEM,
        InvitationState.withdrawn: _SECRETARIAT | _SYSTEM,
    },
    InvitationState.sent: {
        InvitationState.accepted: _EXPERT,
        InvitationState.declined: _EXPERT,
        InvitationState.expired: _SYSTEM,
        InvitationState.withdrawn: _SECRETARIAT | _SYSTEM,
    },
    InvitationState.accepted: {
        # Whoever steps out later; the seats are filled anew.
        InvitationState.declined: _EXPERT,
        InvitationState.withdrawn: _SECRETARIAT | _SYSTEM,
    },
    InvitationState.declined: {InvitationState.planned: _SECRETARIAT},
    InvitationState.expired: {
        InvitationState.planned: _SECRETARIAT,
        # The answer came after all, while the round still invites.
        InvitationState.accepted: _EXPERT,
    },
}


class DeclineReason(StrEnum):
    """Why an expert does not review; read by the secretariat."""

    none = ""
    field = "field"
    time = "time"
    conflict = "conflict"
    away = "away"
    other = "other"

    @property
    def label(self) -> str:
        """Message id of the reason."""
        return {
            "": N_("No reason given"),
            "field": N_("Not my field"),
            "time": N_("No time before the deadline"),
            "conflict": N_("A conflict of interest"),
            "away": N_("On leave or ill"),
            "other": N_("Another reason"),
        }[self.value]


class Invitation(StampedTable, table=True):
    """One expert is asked, once, for all the seats of a round."""

    __tablename__ = "review_invitation"
    __table_args__ = (UniqueConstraint("round_id", "account_id"),)

    round_id: uuid.UUID = Field(foreign_key="review_round.id")
    account_id: uuid.UUID = Field(foreign_key="account.id", index=True)
    panel: str = Field(default="", max_length=60)
    state: InvitationState = enum_field(InvitationState, InvitationState.planned, name="state")
    token_digest: str | None = Field(default=None, unique=True, max_length=64)
    """SHA-256 of the secret in the mail, which accepts or declines without a sign-in."""
    sent_at: dt.datetime | None = instant_field(nullable=True)
    deadline_at: dt.datetime | None = instant_field(nullable=True, index=True)
    reminders: int = 0
    answered_at: dt.datetime | None = instant_field(nullable=True)
    pledged_at: dt.datetime | None = instant_field(nullable=True)
    """When the pledge of the round (confidentiality, no conflict) was signed."""
    reason: str = Field(default="", max_length=1000)
    """Why it was declined or withdrawn, in words; read by the secretariat."""
    declined_for: DeclineReason = enum_field(DeclineReason, DeclineReason.none, name="declined_for")
    suggestion: str = Field(default="", max_length=300)
    """Whom the expert proposes instead, if anybody; read by the secretariat."""
    most: int = 10
    """How many seats the expert may be given in this round."""


class SeatState(StrEnum):
    """How far one review has come."""

    planned = "planned"
    invited = "invited"
    accepted = "accepted"
    draft = "draft"
    submitted = "submitted"
    returned = "returned"
    locked = "locked"
    declined = "declined"
    recused = "recused"
    expired = "expired"
    replaced = "replaced"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {
            "planned": N_("Seat planned"),
            "invited": N_("Reviewer invited"),
            "accepted": N_("Review accepted"),
            "draft": N_("Review in progress"),
            "submitted": N_("Review submitted"),
            "returned": N_("Review returned"),
            "locked": N_("Review locked"),
            "declined": N_("Review declined"),
            "recused": N_("Recused"),
            "expired": N_("Review not delivered"),
            "replaced": N_("Seat taken back"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of the state's tag."""
        return {
            "invited": "busy", "accepted": "busy", "draft": "busy", "submitted": "good", "locked": "good",
            "returned": "warn", "expired": "warn", "recused": "warn",
        }.get(self.value, "neutral")  # fmt: skip


_OUT = {
    SeatState.declined: _EXPERT | _SYSTEM,
    SeatState.recused: _EXPERT | _SECRETARIAT | _SYSTEM,
    SeatState.replaced: _SECRETARIAT | _SYSTEM,
    SeatState.expired: _SYSTEM,
}
SEAT_TRANSITIONS: Transitions[SeatState] = {
    SeatState.planned: {SeatState.invited: _SECRETARIAT | _SYSTEM, **_OUT},
    SeatState.invited: {SeatState.accepted: _EXPERT | _SYSTEM, **_OUT},
    SeatState.accepted: {SeatState.draft: _EXPERT, SeatState.submitted: _EXPERT, **_OUT},
    SeatState.draft: {SeatState.submitted: _EXPERT | _SYSTEM, **_OUT},
    SeatState.submitted: {
        SeatState.draft: _EXPERT,
        SeatState.returned: _SECRETARIAT,
        SeatState.locked: _SECRETARIAT | _SYSTEM,
        SeatState.recused: _EXPERT | _SECRETARIAT | _SYSTEM,
    },
    SeatState.returned: {
        SeatState.submitted: _EXPERT,
        # The clock locks the version that was returned and never mended.
        SeatState.locked: _SYSTEM,
        SeatState.recused: _EXPERT | _SECRETARIAT | _SYSTEM,
        SeatState.replaced: _SECRETARIAT,
    },
    # Found later to have been in conflict: the review no longer counts, and stays on record.
    SeatState.locked: {SeatState.recused: _SECRETARIAT},
}
HOLDING = (
    SeatState.planned,
    SeatState.invited,
    SeatState.accepted,
    SeatState.draft,
    SeatState.submitted,
    SeatState.returned,
    SeatState.locked,
)
"""States in which the seat is taken: it counts for loads, coverage and conflicts."""
WORKING = (SeatState.accepted, SeatState.draft, SeatState.submitted, SeatState.returned)
"""States in which the reviewer may read and write."""
COUNTED = (SeatState.submitted, SeatState.returned, SeatState.locked)
"""States whose scores count."""


class SeatOrigin(StrEnum):
    """How an expert came to a seat."""

    assigned = "assigned"
    drawn = "drawn"
    replacement = "replacement"
    hand = "hand"

    @property
    def label(self) -> str:
        """Message id of the way's name."""
        return {
            "assigned": N_("Assigned by affinity"),
            "drawn": N_("Drawn by lot"),
            "replacement": N_("Filled in for somebody"),
            "hand": N_("Chosen by the secretariat"),
        }[self.value]


class Seat(StampedTable, table=True):
    """One review. Others than the secretariat and the reviewer know it by ``alias`` alone.

    Nothing that orders or names it may tell who holds it: ``alias`` is a random letter of the submission, lists are
    sorted by it, and the id, which sorts by time, never leaves for those others.
    """

    __tablename__ = "review_seat"
    __table_args__ = (
        # Somebody who left a seat does not get it again; of the present holders every one has one seat.
        UniqueConstraint("submission_id", "account_id"),
        UniqueConstraint("submission_id", "alias"),
        CheckConstraint("alias BETWEEN 1 AND 99", name="alias"),
        CheckConstraint("score IS NULL OR score BETWEEN 0 AND 100", name="score"),
        Index("ix_review_seat_queue", "account_id", "state", "deadline_at"),
        Index(
            "ix_review_seat_due",
            "deadline_at",
            postgresql_where=text("state IN ('invited', 'accepted', 'draft', 'returned')"),
        ),
    )

    round_id: uuid.UUID = Field(foreign_key="review_round.id", index=True)
    submission_id: uuid.UUID = Field(foreign_key="review_submission.id")
    account_id: uuid.UUID = Field(foreign_key="account.id")
    alias: int
    state: SeatState = enum_field(SeatState, SeatState.planned, name="state")
    state_reason: str = Field(default="", max_length=2000)
    state_at: dt.datetime = instant_field(default_now=True)
    deadline_at: dt.datetime | None = instant_field(nullable=True)
    reminders: int = 0
    origin: SeatOrigin = enum_field(SeatOrigin, SeatOrigin.hand, name="origin")
    affinity: float | None = None
    """Affinity when the seat was given, 0 to 1."""
    marks: dict[str, float] = json_field()
    """Criterion's key -> level."""
    answers: dict[str, str] = json_field()
    """Question's key -> text, for the applicants and the panel."""
    private_note: str = Field(default="", max_length=10_000)
    """For the secretariat alone."""
    confidence: int | None = None
    """1 (little) to 5 (sure), as the reviewer says."""
    score: float | None = None
    """Overall score of what is submitted, 0 to 100 (``estimates.rubric.overall``); None before."""
    vetoes: list[str] = json_field(list)
    """Criteria of what is submitted whose veto was reached."""
    revision: int = 0
    """Goes up with every save: a save that starts from an older one is refused."""
    saved_at: dt.datetime | None = instant_field(nullable=True)
    auto_submit: bool = Field(default=True, sa_column_kwargs={"server_default": "true"})
    """Whether a complete draft counts as submitted when the time is over, as the reviewer says."""
    submitted_at: dt.datetime | None = instant_field(nullable=True)
    digest: str = Field(default="", max_length=64)
    """SHA-256 of the submitted review's canonical JSON."""

    @property
    def letter(self) -> str:
        """What others call the reviewer: A to Z, then A2, B2 …"""
        turn, place = divmod(self.alias - 1, 26)
        return chr(ord("A") + place) + (str(turn + 1) if turn else "")
