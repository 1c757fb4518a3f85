"""The table of handovers."""

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import Index, column
from sqlmodel import Field

from portal.kit.i18n import N_
from portal.kit.states import Transitions
from portal.kit.tables import StampedTable, enum_field, instant_field


class HandoverState(StrEnum):
    """How far an offer has come."""

    offered = "offered"
    accepted = "accepted"
    declined = "declined"
    withdrawn = "withdrawn"
    expired = "expired"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {
            "offered": N_("Transfer offered"),
            "accepted": N_("Transfer accepted"),
            "declined": N_("Transfer declined"),
            "withdrawn": N_("Offer withdrawn"),
            "expired": N_("Offer expired"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of the state's tag."""
        return {"offered": "busy", "accepted": "good"}.get(self.value, "neutral")


HANDOVER_TRANSITIONS: Transitions[HandoverState] = {
    HandoverState.offered: {
        HandoverState.accepted: frozenset({"receiver"}),
        HandoverState.declined: frozenset({"receiver"}),
        HandoverState.withdrawn: frozenset({"publisher"}),
        HandoverState.expired: frozenset({"system"}),
    },
}


class Handover(StampedTable, table=True):
    """An offer of an asset to another namespace."""

    __tablename__ = "asset_handover"
    __table_args__ = (
        Index(
            "uq_asset_handover_offered",
            "asset_id",
            unique=True,
            postgresql_where=column("state") == "offered",
        ),
    )

    asset_id: uuid.UUID = Field(foreign_key="asset.id", index=True, ondelete="CASCADE")
    from_id: uuid.UUID = Field(foreign_key="namespace.id")
    to_id: uuid.UUID = Field(foreign_key="namespace.id", index=True)
    state: HandoverState = enum_field(HandoverState, HandoverState.offered, name="state")
    message: str = Field(default="", max_length=2000)
    reason: str = Field(default="", max_length=2000)
    offered_by: uuid.UUID = Field(foreign_key="account.id")
    deadline_at: dt.datetime | None = instant_field(nullable=True, index=True)
