"""Ends that were moved, and why: extensions by decision, outages by rule."""

import datetime as dt
import uuid
from enum import StrEnum

from sqlmodel import Field

from portal.kit.i18n import N_
from portal.kit.tables import Table, enum_field, instant_field
from portal.reviews.rounds.models.rounds import Phase


class DelayKind(StrEnum):
    """Why the end of a phase was moved."""

    extension = "extension"
    outage = "outage"

    @property
    def label(self) -> str:
        """Message id of the kind's name."""
        return {"extension": N_("Extended"), "outage": N_("Outage of the portal")}[self.value]


class Delay(Table, table=True):
    """One move of the end of a phase. Everybody who sees the round reads it."""

    __tablename__ = "review_delay"

    round_id: uuid.UUID = Field(foreign_key="review_round.id", index=True)
    phase: Phase = enum_field(Phase, name="phase")
    kind: DelayKind = enum_field(DelayKind, name="kind")
    minutes: int
    """By how much the end moved."""
    reason: str = Field(max_length=1000)
    began_at: dt.datetime | None = instant_field(nullable=True)
    """Of an outage: when it began."""
    ended_at: dt.datetime | None = instant_field(nullable=True)
    until: dt.datetime = instant_field()
    """The end that has held since."""
    entered_by: uuid.UUID = Field(foreign_key="account.id", index=True)
