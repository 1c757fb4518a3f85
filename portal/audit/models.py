"""The audit log's tables: events, their leaves and nodes, checkpoints, witnesses, alarms."""

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlmodel import Field, SQLModel

from portal.kit.i18n import N_
from portal.kit.ids import random_id
from portal.kit.states import Transitions
from portal.kit.tables import StampedTable, Table, enum_field, instant_field, json_field


def _salt(*, nullable: bool) -> Any:
    default = text("gen_random_uuid()")
    return Field(default_factory=random_id, sa_column=Column(Uuid, server_default=default, nullable=nullable))


class AuditEvent(SQLModel, table=True):
    """One change of state: who did what to which object, why, with which evidence.

    Rows never change (trigger), except that actor and reason can be erased, each together with its salt.
    """

    __tablename__ = "audit_event"
    __table_args__ = (
        CheckConstraint("position(chr(10) in object_type) = 0", name="object_type"),
        Index("ix_audit_event_verb_seq", "verb", "seq"),
    )

    seq: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    at: dt.datetime = instant_field(default_now=True)
    actor_id: uuid.UUID | None = Field(default=None, index=True)
    actor_name: str = Field(max_length=200)
    verb: str = Field(max_length=80)
    object_type: str = Field(max_length=60)
    object_id: str = Field(max_length=80, index=True)
    reason: str | None = None
    evidence: dict[str, Any] = json_field()
    actor_salt: uuid.UUID | None = _salt(nullable=True)
    reason_salt: uuid.UUID | None = _salt(nullable=True)
    detail_salt: uuid.UUID = _salt(nullable=False)


class AuditHead(SQLModel, table=True):
    """One row: how many leaves there are. Its lock, taken when a transaction commits, orders the leaves."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: int = Field(default=1, sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))
    size: int = Field(sa_column=Column(BigInteger, nullable=False))


class AuditLeaf(SQLModel, table=True):
    """An event's place in the tree, its bytes and their hash. Written by the database when the event commits."""

    __tablename__ = "audit_leaf"

    index: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    event_seq: int = Field(sa_column=Column(BigInteger, nullable=False, unique=True))
    """No foreign key: events cannot be deleted anyway, and every commit would pay for checking it."""
    leaf: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class AuditNode(SQLModel, table=True):
    """The hash of a full subtree of ``1 << level`` leaves: proofs are made of these, without reading the log."""

    __tablename__ = "audit_node"

    level: int = Field(sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))
    index: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class AuditKey(Table, table=True):
    """The public key under which this log signs; a host with another private key does not sign."""

    __tablename__ = "audit_key"

    name: str = Field(max_length=200, unique=True)
    public: str = Field(max_length=200)
    created_at: dt.datetime = instant_field(default_now=True)


class AuditCheckpoint(SQLModel, table=True):
    """A signed statement of size and root: a C2SP signed note."""

    __tablename__ = "audit_checkpoint"

    size: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    root: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    note: str
    created_at: dt.datetime = instant_field(default_now=True)


class AuditWitness(StampedTable, table=True):
    """Somebody else who follows the log and cosigns checkpoints that continue what he has seen."""

    __tablename__ = "audit_witness"

    name: str = Field(max_length=100, unique=True)
    key: str = Field(max_length=300)
    """``name+hash+key`` of C2SP, of the cosignature kind."""
    removed_at: dt.datetime | None = instant_field(nullable=True)


class AuditCosignature(Table, table=True):
    """A witness's signature line under a checkpoint."""

    __tablename__ = "audit_cosignature"
    __table_args__ = (
        UniqueConstraint("size", "witness_id"),
        Index("ix_audit_cosignature_last", "witness_id", "size"),
    )

    size: int = Field(sa_column=Column(BigInteger, ForeignKey("audit_checkpoint.size"), nullable=False))
    witness_id: uuid.UUID = Field(foreign_key="audit_witness.id")
    line: str = Field(max_length=400)
    at: dt.datetime = instant_field()


class AlarmKind(StrEnum):
    """How the log contradicts a checkpoint somebody holds."""

    shorter = "shorter"
    differs = "differs"

    @property
    def label(self) -> str:
        """What has happened, for people."""
        return {
            AlarmKind.shorter: N_("The log is shorter than a checkpoint that was seen"),
            AlarmKind.differs: N_("The log differs from a checkpoint that was seen"),
        }[self]


class AlarmState(StrEnum):
    """Whether the site is read-only because of it."""

    raised = "raised"
    accepted = "accepted"

    @property
    def label(self) -> str:
        """The state in words."""
        return {
            AlarmState.raised: N_("read-only until accepted"),
            AlarmState.accepted: N_("accepted by a security administrator"),
        }[self]


ALARM_TRANSITIONS: Transitions[AlarmState] = {
    AlarmState.raised: {AlarmState.accepted: frozenset({"security_admin"})},
}


class AuditAlarm(StampedTable, table=True):
    """A contradiction between the log and a checkpoint that was seen outside it; the site is read-only meanwhile."""

    __tablename__ = "audit_alarm"

    kind: AlarmKind = enum_field(AlarmKind, name="kind")
    witness: str = Field(max_length=100)
    note: str
    state: AlarmState = enum_field(AlarmState, AlarmState.raised, index=True, name="state")
    reason: str = Field(default="", sa_column=Column(String, nullable=False))
