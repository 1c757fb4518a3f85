"""Tables of gates and of requests for access."""

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, column
from sqlmodel import Field, SQLModel

from portal.kit.i18n import N_
from portal.kit.states import Transitions
from portal.kit.tables import StampedTable, Table, enum_field, instant_field, json_field


class GateField(StrEnum):
    """What an owner may ask of whoever requests access."""

    organisation = "organisation"
    position = "position"
    purpose = "purpose"
    project = "project"
    retention = "retention"

    @property
    def label(self) -> str:
        """Message id of the field's name."""
        return {
            "organisation": N_("Organisation you work for"),
            "position": N_("Your position"),
            "purpose": N_("Purpose of use"),
            "project": N_("Project or task"),
            "retention": N_("How long you will keep the files"),
        }[self.value]


class AccessState(StrEnum):
    """How far a request for access has come."""

    requested = "requested"
    approved = "approved"
    refused = "refused"
    withdrawn = "withdrawn"
    expired = "expired"
    revoked = "revoked"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {
            "requested": N_("Access requested"),
            "approved": N_("Access approved"),
            "refused": N_("Access refused"),
            "withdrawn": N_("Request withdrawn"),
            "expired": N_("Request expired unanswered"),
            "revoked": N_("Access revoked"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of the state's tag."""
        return {"requested": "busy", "approved": "good", "refused": "bad", "revoked": "bad"}.get(
            self.value, "neutral"
        )


ACCESS_TRANSITIONS: Transitions[AccessState] = {
    AccessState.requested: {
        AccessState.approved: frozenset({"publisher"}),
        AccessState.refused: frozenset({"publisher"}),
        AccessState.withdrawn: frozenset({"requester"}),
        AccessState.expired: frozenset({"system"}),
    },
    AccessState.approved: {AccessState.revoked: frozenset({"publisher"})},
}


class GateTerms(SQLModel, table=True):
    """Terms exactly as they were shown, for ever, under their digest (``registry.gates.terms``)."""

    __tablename__ = "gate_terms"

    sha256: str = Field(primary_key=True, max_length=64)
    terms: str
    terms_en: str = ""


class Gate(SQLModel, table=True):
    """The present terms of an asset's gate; whether it is shut says ``Asset.gated``."""

    __tablename__ = "gate"

    asset_id: uuid.UUID = Field(foreign_key="asset.id", primary_key=True, ondelete="CASCADE")
    terms_sha256: str = Field(foreign_key="gate_terms.sha256", max_length=64)
    fields: list[str] = json_field(list)
    """Values of ``GateField``, in the order of the enum."""


class AccessRequest(StampedTable, table=True):
    """Somebody's request: the terms accepted (by digest), the answers given, and the decision."""

    __tablename__ = "access_request"
    __table_args__ = (
        # One live request per reader: asking again while one waits or holds is refused by the database too.
        Index(
            "uq_access_request_live",
            "asset_id",
            "account_id",
            unique=True,
            postgresql_where=column("state").in_(["requested", "approved"]),
        ),
        Index("ix_access_request_asset", "asset_id", "id"),
    )

    asset_id: uuid.UUID = Field(foreign_key="asset.id", ondelete="CASCADE")
    account_id: uuid.UUID = Field(foreign_key="account.id", index=True)
    state: AccessState = enum_field(AccessState, AccessState.requested, name="state", index=True)
    terms_sha256: str = Field(foreign_key="gate_terms.sha256", max_length=64)
    answers: dict[str, Any] = json_field()
    """``GateField`` value -> text, for the publishers of the namespace alone."""
    reason: str = Field(default="", max_length=2000)
    deadline_at: dt.datetime | None = instant_field(nullable=True)
    """While requested: an unanswered request ends after this instant."""


class AccessEvent(Table, table=True):
    """One move of a request: the log that owners read and export."""

    __tablename__ = "access_event"

    request_id: uuid.UUID = Field(foreign_key="access_request.id", index=True, ondelete="CASCADE")
    at: dt.datetime = instant_field(default_now=True)
    state: AccessState = enum_field(AccessState, name="state")
    actor_name: str = Field(default="", max_length=200)
    reason: str = Field(default="", max_length=2000)
