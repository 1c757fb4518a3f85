"""Tables of rollout: nodes and their tokens, bundles, receipts."""

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlmodel import Field

from portal.kit.i18n import N_
from portal.kit.states import Transitions
from portal.kit.tables import StampedTable, Table, enum_field, instant_field, json_field


class Channel(StrEnum):
    """How far a bundle goes."""

    pilot = "pilot"
    regional = "regional"
    national = "national"

    @property
    def label(self) -> str:
        """Message id of the channel's name."""
        return {
            "pilot": N_("Pilot channel"),
            "regional": N_("Regional channel"),
            "national": N_("National channel"),
        }[self.value]


class NodeState(StrEnum):
    """Whether a node gets anything."""

    registered = "registered"
    confirmed = "confirmed"
    suspended = "suspended"
    closed = "closed"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {
            "registered": N_("Node waits for confirmation"),
            "confirmed": N_("Node confirmed"),
            "suspended": N_("Node suspended"),
            "closed": N_("Node closed"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of the state's tag."""
        return {"registered": "busy", "confirmed": "good", "suspended": "warn", "closed": "neutral"}[
            self.value
        ]


_OPERATOR, _SECRETARIAT, _SYSTEM = (
    frozenset({"node_operator"}), frozenset({"secretariat"}), frozenset({"system"}),
)  # fmt: skip
_N = NodeState
NODE_TRANSITIONS: Transitions[NodeState] = {
    _N.registered: {_N.confirmed: _SECRETARIAT, _N.closed: _SECRETARIAT | _OPERATOR | _SYSTEM},
    _N.confirmed: {_N.suspended: _SECRETARIAT | _SYSTEM, _N.closed: _SECRETARIAT | _OPERATOR},
    _N.suspended: {_N.confirmed: _SECRETARIAT, _N.closed: _SECRETARIAT | _OPERATOR | _SYSTEM},
}
NODE_DAYS = {_N.registered: 60, _N.confirmed: 400, _N.suspended: 365}
"""Days after which a state ends by itself; that of a confirmed node begins anew with every sign of life."""
NODE_TIMED_OUT = {_N.registered: _N.closed, _N.confirmed: _N.suspended, _N.suspended: _N.closed}


class BundleState(StrEnum):
    """From the order to the end of a bundle."""

    building = "building"
    signing = "signing"
    ready = "ready"
    replaced = "replaced"
    failed = "failed"
    withdrawn = "withdrawn"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {
            "building": N_("Bundle is being built"),
            "signing": N_("Bundle waits for signatures"),
            "ready": N_("Bundle ready"),
            "replaced": N_("Bundle replaced"),
            "failed": N_("Bundle could not be built"),
            "withdrawn": N_("Bundle withdrawn"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of the state's tag."""
        return {
            "building": "busy", "signing": "busy", "ready": "good", "failed": "bad", "withdrawn": "bad",
        }.get(self.value, "neutral")  # fmt: skip


_B = BundleState
BUNDLE_TRANSITIONS: Transitions[BundleState] = {
    _B.building: {
        _B.signing: _SYSTEM, _B.ready: _SYSTEM, _B.failed: _SYSTEM, _B.withdrawn: _SYSTEM, _B.replaced: _SYSTEM,
    },
    _B.signing: {_B.ready: _SYSTEM, _B.failed: _SYSTEM, _B.withdrawn: _SYSTEM, _B.replaced: _SYSTEM},
    _B.ready: {_B.withdrawn: _SYSTEM, _B.replaced: _SYSTEM},
}  # fmt: skip
BUNDLE_HOURS = {_B.building: 6, _B.signing: 24 * 60, _B.ready: 24 * 366}
"""Hours after which a state ends by itself; a ready bundle ends with its certificate where that is earlier."""
BUNDLE_TIMED_OUT = {_B.building: _B.failed, _B.signing: _B.failed, _B.ready: _B.withdrawn}
LIVE = (_B.building, _B.signing, _B.ready)


class ReceiptEvent(StrEnum):
    """What a node says it did."""

    installed = "installed"
    ran = "ran"
    removed = "removed"
    refused = "refused"

    @property
    def label(self) -> str:
        """Message id of the event's name."""
        return {
            "installed": N_("Installed"),
            "ran": N_("Ran on local data"),
            "removed": N_("Removed from the node"),
            "refused": N_("Refused by the node"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of the event's tag."""
        return {"installed": "good", "ran": "good", "refused": "bad"}.get(self.value, "neutral")


class RolloutNode(StampedTable, table=True):
    """A system of an organisation that takes up promoted versions."""

    __tablename__ = "rollout_node"
    __table_args__ = (
        UniqueConstraint("organisation_id", "name"),
        Index("ix_rollout_node_list", "state", "name", "id"),
    )

    organisation_id: uuid.UUID = Field(foreign_key="organisation.id", index=True)
    name: str = Field(max_length=120)
    division: str = Field(max_length=6)
    """GB/T 2260."""
    public_key: str = Field(max_length=200, unique=True)
    """Under which it signs receipts: ``ed25519:BASE64``."""
    key_id: str = Field(max_length=64, unique=True)
    """SHA-256 of its SubjectPublicKeyInfo: how receipts name the node."""
    state: NodeState = enum_field(NodeState, NodeState.registered, name="state")
    state_reason: str = Field(default="", max_length=2000)
    state_at: dt.datetime = instant_field(default_now=True)
    deadline_at: dt.datetime = instant_field(index=True)
    """When the state ends by itself."""
    registered_by: uuid.UUID = Field(foreign_key="account.id", index=True)
    seen_at: dt.datetime | None = instant_field(nullable=True)
    """When it asked this portal last, or a receipt of it came."""
    demo: bool = False


class RolloutToken(Table, table=True):
    """A secret a node shows itself with; kept as a digest. A new one ends those before it."""

    __tablename__ = "rollout_token"

    node_id: uuid.UUID = Field(foreign_key="rollout_node.id", index=True)
    secret_digest: str = Field(max_length=64, unique=True)
    hint: str = Field(max_length=4)
    created_at: dt.datetime = instant_field(default_now=True)
    expires_at: dt.datetime = instant_field()
    revoked_at: dt.datetime | None = instant_field(nullable=True)


class RolloutBundle(StampedTable, table=True):
    """A version packed for one channel."""

    __tablename__ = "rollout_bundle"
    __table_args__ = (
        Index(
            "uq_rollout_bundle_live",
            "version_id",
            "channel",
            unique=True,
            postgresql_where=text("state IN ('building', 'signing', 'ready')"),
        ),
        Index("ix_rollout_bundle_offer", "channel", "state", text("sequence DESC")),
        Index("ix_rollout_bundle_clock", "state", "deadline_at", "id"),
    )

    version_id: uuid.UUID = Field(foreign_key="version.id", index=True)
    asset_id: uuid.UUID = Field(foreign_key="asset.id", index=True)
    promotion_id: uuid.UUID = Field(foreign_key="promotion.id", index=True)
    channel: Channel = enum_field(Channel, name="channel")
    sequence: int = Field(sa_type=BigInteger, unique=True)
    """Grows with every bundle of the portal: a node refuses one below what it has."""
    stage: str = Field(max_length=20)
    """Where the promotion was when it was ordered."""
    step: int
    state: BundleState = enum_field(BundleState, BundleState.building, name="state")
    state_reason: str = Field(default="", max_length=2000)
    state_at: dt.datetime = instant_field(default_now=True)
    deadline_at: dt.datetime = instant_field()
    parts: dict[str, Any] = json_field(holds_blobs=True)
    """Entry of the zip -> SHA-256 of its bytes, for evidence, runtime and wheels."""
    manifest_sha256: str | None = Field(default=None, max_length=64, foreign_key="blob.sha256")
    """What TUF signs."""
    sha256: str | None = Field(default=None, max_length=64, foreign_key="blob.sha256")
    """The zip; packed anew while it is offered, so that its metadata is fresh."""
    size: int = Field(default=0, sa_type=BigInteger)
    packed_at: dt.datetime | None = instant_field(nullable=True)
    ordered_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    """None: the promotion's own move, or an operator at the machine."""


class RolloutReceipt(Table, table=True):
    """What a node said it did, in its own signed words. Only ever added to."""

    __tablename__ = "rollout_receipt"
    __table_args__ = (
        UniqueConstraint("node_id", "number"),
        Index("ix_rollout_receipt_version", "version_id", text("id DESC")),
    )

    node_id: uuid.UUID = Field(foreign_key="rollout_node.id")
    number: int = Field(sa_type=BigInteger)
    """Counted by the node from 1; never used twice."""
    version_id: uuid.UUID = Field(foreign_key="version.id")
    bundle_id: uuid.UUID | None = Field(default=None, foreign_key="rollout_bundle.id", index=True)
    event: ReceiptEvent = enum_field(ReceiptEvent, name="event")
    outcome: str = Field(default="", max_length=60)
    at: dt.datetime = instant_field()
    """By the node's clock."""
    digest: str = Field(max_length=64, unique=True)
    """SHA-256 of the signed payload: what the node's next receipt names as the one before."""
    envelope: dict[str, Any] = json_field()
    facts: dict[str, Any] = json_field()
    """Of the statement what pages show: grade of the sandbox, runtime, seconds, memory, digests of outputs."""
    received_at: dt.datetime = instant_field(default_now=True)
    received_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    """None: the node itself, by its token."""
