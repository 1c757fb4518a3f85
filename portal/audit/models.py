"""The audit log's table."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import BigInteger, Column, Identity
from sqlmodel import Field, SQLModel

from portal.kit.tables import instant_field, json_field


class AuditEvent(SQLModel, table=True):
    """One change of state: who did what to which object, why, with which evidence. Rows never change (trigger)."""

    __tablename__ = "audit_event"

    seq: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    at: dt.datetime = instant_field(default_now=True)
    actor_id: uuid.UUID | None = Field(default=None, index=True)
    actor_name: str = Field(max_length=200)
    verb: str = Field(max_length=80, index=True)
    object_type: str = Field(max_length=60)
    object_id: str = Field(max_length=80, index=True)
    reason: str | None = None
    evidence: dict[str, Any] = json_field()
