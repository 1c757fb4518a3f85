"""Tables of the log of names and of reports of an approach."""

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field

from portal.kit.i18n import N_
from portal.kit.states import Transitions
from portal.kit.tables import Table, enum_field, instant_field
from portal.reviews.cases.models import HANDLERS, Case


class NameView(Table, table=True):
    """Somebody was shown names of reviewers. Rows never change (trigger); one a minute for the same view."""

    __tablename__ = "review_name_view"
    __table_args__ = (
        Index(
            "uq_review_name_view_once", "round_id", "account_id", "door", "submission_id", "minute",
            unique=True, postgresql_nulls_not_distinct=True,
        ),
    )  # fmt: skip

    round_id: uuid.UUID = Field(foreign_key="review_round.id")
    account_id: uuid.UUID = Field(foreign_key="account.id")
    actor_name: str = Field(max_length=200)
    """Short name when it happened, as in the audit log."""
    door: str = Field(max_length=80)
    """Where: the stable key of the page or file."""
    submission_id: uuid.UUID | None = Field(default=None, foreign_key="review_submission.id", nullable=True)
    """Whose reviewers; None: those of the whole round."""
    minute: dt.datetime = instant_field(default_now=True)
    """The beginning of the minute in which it happened."""
    at: dt.datetime = instant_field(default_now=True)


class Channel(StrEnum):
    """How somebody was approached."""

    spoken = "spoken"
    phone = "phone"
    message = "message"
    mail = "mail"
    favour = "favour"
    other = "other"

    @property
    def label(self) -> str:
        """Message id of the channel."""
        return {
            "spoken": N_("In person"),
            "phone": N_("By telephone"),
            "message": N_("By a message"),
            "mail": N_("By mail"),
            "favour": N_("With a gift or a favour"),
            "other": N_("In another way"),
        }[self.value]


class ApproachState(StrEnum):
    """What became of a report."""

    filed = "filed"
    examining = "examining"
    upheld = "upheld"
    not_upheld = "not_upheld"
    expired = "expired"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {
            "filed": N_("Report filed"),
            "examining": N_("Report under examination"),
            "upheld": N_("Approach confirmed"),
            "not_upheld": N_("Approach not confirmed"),
            "expired": N_("Report not decided in time"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of the state's tag."""
        return {"filed": "busy", "examining": "busy", "upheld": "bad", "expired": "warn"}.get(
            self.value, "neutral"
        )


_SYSTEM = frozenset({"system"})
APPROACH_TRANSITIONS: Transitions[ApproachState] = {
    ApproachState.filed: {ApproachState.examining: HANDLERS, ApproachState.expired: _SYSTEM},
    ApproachState.examining: {
        ApproachState.upheld: HANDLERS,
        ApproachState.not_upheld: HANDLERS,
        ApproachState.expired: _SYSTEM,
    },
}
OPEN = (ApproachState.filed, ApproachState.examining)


class Approach(Case, table=True):
    """An expert reports that somebody tried to influence a review. For reporter, handlers and auditors alone."""

    __tablename__ = "review_approach"
    __table_args__ = (Index("ix_review_approach_round", "round_id", "id"),)

    round_id: uuid.UUID = Field(foreign_key="review_round.id")
    submission_id: uuid.UUID | None = Field(default=None, foreign_key="review_submission.id", nullable=True)
    who: str = Field(default="", max_length=200)
    channel: Channel = enum_field(Channel, name="channel")
    happened: dt.date
    text: str = Field(max_length=5000)
    about_secretariat: bool = False
    """It concerns a member of the secretariat: auditors decide from the beginning; the secretariat never sees it."""
    state: ApproachState = enum_field(ApproachState, ApproachState.filed, name="state")
