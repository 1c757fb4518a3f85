"""Tables of reviewing: what was submitted, what was said in the discussion, what the applicants answered."""

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from portal.kit.i18n import N_
from portal.kit.states import Transitions
from portal.kit.tables import StampedTable, Table, enum_field, instant_field, json_field


class VersionOrigin(StrEnum):
    """How a review came to be submitted."""

    hand = "hand"
    clock = "clock"
    revised = "revised"

    @property
    def label(self) -> str:
        """Message id of the way's name."""
        return {
            "hand": N_("Submitted by the reviewer"),
            "clock": N_("A complete draft, submitted when the time was over"),
            "revised": N_("Marks revised in the discussion"),
        }[self.value]


class ReviewVersion(Table, table=True):
    """A review as it was submitted, unchanged for ever; the highest ``number`` of a seat is what counts.

    The seat itself holds the reviewer's working copy: others are shown versions, never that.
    """

    __tablename__ = "review_version"
    __table_args__ = (UniqueConstraint("seat_id", "number"),)

    seat_id: uuid.UUID = Field(foreign_key="review_seat.id")
    number: int
    """From 1."""
    origin: VersionOrigin = enum_field(VersionOrigin, VersionOrigin.hand, name="origin")
    marks: dict[str, float] = json_field()
    answers: dict[str, str] = json_field()
    private_note: str = Field(default="", max_length=10_000)
    confidence: int | None = None
    score: float
    vetoes: list[str] = json_field(list)
    reason: str = Field(default="", max_length=1000)
    """Why the marks were revised; read by whoever sees the reviews."""
    digest: str = Field(max_length=64)
    """SHA-256 of the canonical JSON of marks, answers, note and confidence (``forms.Draft.digest``)."""
    at: dt.datetime = instant_field(default_now=True)


class Message(Table, table=True):
    """Something said in the discussion of a submission. Never edited; a withdrawn one leaves its trace."""

    __tablename__ = "review_message"
    __table_args__ = (UniqueConstraint("submission_id", "number"),)

    submission_id: uuid.UUID = Field(foreign_key="review_submission.id")
    number: int
    """From 1 in the order of writing; what it is called by, since its id tells the time."""
    seat_id: uuid.UUID | None = Field(default=None, foreign_key="review_seat.id", index=True, nullable=True)
    """Of the reviewer who wrote it; None: the secretariat."""
    account_id: uuid.UUID = Field(foreign_key="account.id", index=True)
    text: str = Field(max_length=5000)
    at: dt.datetime = instant_field(default_now=True)
    withdrawn_at: dt.datetime | None = instant_field(nullable=True)
    moderated: bool = False
    """Whether the secretariat withdrew it, not its author."""
    withdrawn_reason: str = Field(default="", max_length=1000)


class RebuttalState(StrEnum):
    """How far the applicants' answer has come."""

    draft = "draft"
    submitted = "submitted"
    lapsed = "lapsed"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {
            "draft": N_("Answer in progress"),
            "submitted": N_("Answer submitted"),
            "lapsed": N_("Answer never submitted"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of the state's tag."""
        return {"draft": "busy", "submitted": "good", "lapsed": "warn"}[self.value]


REBUTTAL_TRANSITIONS: Transitions[RebuttalState] = {
    RebuttalState.draft: {
        # The clock submits a draft that is long enough where its author wished that.
        RebuttalState.submitted: frozenset({"applicant", "system"}),
        RebuttalState.lapsed: frozenset({"system"}),
    },
}


class Rebuttal(StampedTable, table=True):
    """What the applicants answer to the reviews; once."""

    __tablename__ = "review_rebuttal"
    __table_args__ = (CheckConstraint("revision >= 0", name="revision"),)

    submission_id: uuid.UUID = Field(foreign_key="review_submission.id", unique=True)
    account_id: uuid.UUID = Field(foreign_key="account.id", index=True)
    """Who wrote it last."""
    text: str = Field(default="", max_length=10_000)
    state: RebuttalState = enum_field(RebuttalState, RebuttalState.draft, name="state")
    auto_submit: bool = True
    """Whether the draft counts as submitted when the time is over."""
    revision: int = 0
    saved_at: dt.datetime | None = instant_field(nullable=True)
    submitted_at: dt.datetime | None = instant_field(nullable=True)
    digest: str = Field(default="", max_length=64)
    """SHA-256 of the submitted text."""
