"""Tables of uploads in parts and of what looking after the store has found."""

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field, SQLModel

from portal.kit.i18n import N_
from portal.kit.states import Transitions
from portal.kit.tables import StampedTable, Table, enum_field, instant_field


class UploadTarget(StrEnum):
    """What becomes of an upload: a file at a path, or an archive that is unpacked."""

    file = "file"
    archive = "archive"


class SessionState(StrEnum):
    """How far an upload in parts has come."""

    open = "open"
    assembling = "assembling"
    done = "done"
    refused = "refused"
    cancelled = "cancelled"
    expired = "expired"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {
            "open": N_("Being sent"),
            "assembling": N_("Being put together"),
            "done": N_("Complete"),
            "refused": N_("Upload refused"),
            "cancelled": N_("Cancelled"),
            "expired": N_("Given up"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of the state's tag."""
        return {"open": "busy", "assembling": "busy", "done": "good", "refused": "bad"}.get(
            self.value, "neutral"
        )


SESSION_TRANSITIONS: Transitions[SessionState] = {
    SessionState.open: {
        SessionState.assembling: frozenset({"publisher"}),
        SessionState.cancelled: frozenset({"publisher"}),
        SessionState.expired: frozenset({"system"}),
    },
    SessionState.assembling: {
        SessionState.done: frozenset({"publisher"}),
        SessionState.refused: frozenset({"system"}),
        # A part was found damaged, the quota does not hold it now, or the process died: it may be completed again.
        SessionState.open: frozenset({"system"}),
    },
}
LIVE = (SessionState.open, SessionState.assembling)


class UploadSession(StampedTable, table=True):
    """A file on its way in parts. At most one is live per publisher, draft and path."""

    __tablename__ = "upload_session"
    __table_args__ = (
        Index(
            "uq_upload_session_live", "version_id", "created_by", "target", "path", unique=True,
            postgresql_where=text("state IN ('open', 'assembling')"),
        ),
    )  # fmt: skip

    version_id: uuid.UUID = Field(foreign_key="version.id", index=True, ondelete="CASCADE")
    namespace_id: uuid.UUID = Field(foreign_key="namespace.id", index=True)
    """Whose quota the announced size is held against while the session lives."""
    created_by: uuid.UUID = Field(foreign_key="account.id")
    target: UploadTarget = enum_field(UploadTarget, name="target")
    path: str = Field(max_length=500)
    size: int = Field(sa_type=BigInteger)
    """Bytes of the whole file, as announced."""
    part_size: int = Field(sa_type=BigInteger)
    """Bytes of every part but the last."""
    sha256: str = Field(default="", max_length=64)
    """Digest of the whole file as announced; empty where the sender cannot know it beforehand (browsers)."""
    content_sha256: str = Field(default="", max_length=64)
    """Digest of what arrived, once it is put together."""
    handle: str = Field(default="", max_length=500)
    """What the store calls it; empty once the store holds nothing of it any more."""
    state: SessionState = enum_field(SessionState, SessionState.open, name="state", index=True)
    reason: str = Field(default="", max_length=2000)
    attempts: int = 0
    """How often it was begun to put it together; the newest attempt alone may conclude."""
    deadline_at: dt.datetime = instant_field()
    """Open: given up after this instant, moved on by every part. Assembling: the lease of the process that does it."""


class UploadPart(SQLModel, table=True):
    """A part that has arrived whole: its digest was compared before this row was written."""

    __tablename__ = "upload_part"

    session_id: uuid.UUID = Field(primary_key=True, foreign_key="upload_session.id", ondelete="CASCADE")
    number: int = Field(primary_key=True)
    """From 0."""
    sha256: str = Field(max_length=64)
    size: int = Field(sa_type=BigInteger)


class Damage(StrEnum):
    """What is wrong with a stored file."""

    missing = "missing"
    damaged = "damaged"

    @property
    def label(self) -> str:
        """Message id of its name."""
        return {"missing": N_("Missing"), "damaged": N_("Other bytes than its SHA-256")}[self.value]


class StoreFinding(Table, table=True):
    """A stored file that is not what its name says. Closed when the file is found sound again."""

    __tablename__ = "store_finding"
    __table_args__ = (
        Index("uq_store_finding_open", "sha256", unique=True, postgresql_where=text("resolved_at IS NULL")),
    )

    sha256: str = Field(max_length=64, index=True)
    """No foreign key: the finding stays when the file has left the store."""
    size: int = Field(sa_type=BigInteger)
    damage: Damage = enum_field(Damage, name="damage")
    found_at: dt.datetime = instant_field(default_now=True)
    resolved_at: dt.datetime | None = instant_field(nullable=True)
