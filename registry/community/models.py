"""Tables of likes, watching, discussions and reports."""

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from portal.kit.i18n import N_
from portal.kit.states import Transitions
from portal.kit.tables import StampedTable, Table, enum_field, instant_field, json_field


class AssetLike(SQLModel, table=True):
    """Somebody likes an asset: once."""

    __tablename__ = "asset_like"

    asset_id: uuid.UUID = Field(foreign_key="asset.id", primary_key=True, ondelete="CASCADE")
    account_id: uuid.UUID = Field(foreign_key="account.id", primary_key=True, index=True)
    at: dt.datetime = instant_field(default_now=True)


class WatchLevel(StrEnum):
    """What a watcher is told of."""

    all = "all"
    releases = "releases"

    @property
    def label(self) -> str:
        """Message id of the level's name."""
        return {"all": N_("New versions and discussions"), "releases": N_("New versions only")}[self.value]


class AssetWatch(SQLModel, table=True):
    """Somebody watches an asset."""

    __tablename__ = "asset_watch"

    asset_id: uuid.UUID = Field(foreign_key="asset.id", primary_key=True, ondelete="CASCADE")
    account_id: uuid.UUID = Field(foreign_key="account.id", primary_key=True, index=True)
    level: WatchLevel = enum_field(WatchLevel, WatchLevel.all, name="level")


class DiscussionState(StrEnum):
    """How far a topic has come. Pinning and locking are marks, not states."""

    open = "open"
    closed = "closed"
    removed = "removed"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {
            "open": N_("Open topic"),
            "closed": N_("Closed topic"),
            "removed": N_("Removed by the secretariat"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of the state's tag."""
        return {"open": "good", "closed": "neutral", "removed": "bad"}[self.value]


DISCUSSION_TRANSITIONS: Transitions[DiscussionState] = {
    DiscussionState.open: {
        DiscussionState.closed: frozenset({"publisher", "author"}),
        DiscussionState.removed: frozenset({"secretariat"}),
    },
    DiscussionState.closed: {
        DiscussionState.open: frozenset({"publisher", "author"}),
        DiscussionState.removed: frozenset({"secretariat"}),
    },
}


class Discussion(StampedTable, table=True):
    """A topic about an asset, numbered within it. ``replies`` and ``last_at`` are kept here for lists."""

    __tablename__ = "discussion"
    __table_args__ = (
        UniqueConstraint("asset_id", "number"),
        Index("ix_discussion_list", "asset_id", "pinned", "last_at", "id"),
    )

    asset_id: uuid.UUID = Field(foreign_key="asset.id", ondelete="CASCADE")
    number: int
    title: str = Field(max_length=200)
    created_by: uuid.UUID = Field(foreign_key="account.id", index=True)
    state: DiscussionState = enum_field(DiscussionState, DiscussionState.open, name="state")
    state_reason: str = Field(default="", max_length=2000)
    pinned: int = 0
    """1 keeps the topic on top; a number, because lists page by it."""
    locked: bool = False
    """Only publishers and the secretariat may write."""
    posts: int = 0
    last_at: dt.datetime = instant_field(default_now=True)


class PostState(StrEnum):
    """Whether a post is shown."""

    shown = "shown"
    deleted = "deleted"
    hidden = "hidden"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {
            "shown": N_("Shown"),
            "deleted": N_("Deleted by its author"),
            "hidden": N_("Hidden by the secretariat"),
        }[self.value]


POST_TRANSITIONS: Transitions[PostState] = {
    PostState.shown: {
        PostState.deleted: frozenset({"author"}),
        PostState.hidden: frozenset({"secretariat"}),
    },
    PostState.hidden: {PostState.shown: frozenset({"secretariat"})},
}


class Post(Table, table=True):
    """One contribution, numbered within its topic; number 1 is the question. A deleted text is kept, not shown."""

    __tablename__ = "discussion_post"
    __table_args__ = (UniqueConstraint("discussion_id", "number"),)

    discussion_id: uuid.UUID = Field(foreign_key="discussion.id", ondelete="CASCADE")
    number: int
    account_id: uuid.UUID = Field(foreign_key="account.id", index=True)
    at: dt.datetime = instant_field(default_now=True)
    text: str
    mentions: list[str] = json_field(list)
    """Short names of namespaces that the text mentions and that there are."""
    edited_at: dt.datetime | None = instant_field(nullable=True)
    state: PostState = enum_field(PostState, PostState.shown, name="state")
    state_reason: str = Field(default="", max_length=2000)


class PostEdit(Table, table=True):
    """What a post said before it was changed."""

    __tablename__ = "discussion_post_edit"

    post_id: uuid.UUID = Field(foreign_key="discussion_post.id", index=True, ondelete="CASCADE")
    at: dt.datetime = instant_field(default_now=True)
    text: str


class ReportKind(StrEnum):
    """What is wrong, in the reporter's eyes."""

    malware = "malware"
    secret = "secret"  # noqa: S105 - a kind of report
    personal = "personal"
    map = "map"
    copyright = "copyright"
    fraud = "fraud"
    abuse = "abuse"
    other = "other"

    @property
    def label(self) -> str:
        """Message id of the kind's name."""
        return {
            "malware": N_("Malicious code"),
            "secret": N_("State secrets or important data"),
            "personal": N_("Personal information"),
            "map": N_("A map that must not be published"),
            "copyright": N_("Infringes copyright or licence"),
            "fraud": N_("Fabricated results or a misleading name"),
            "abuse": N_("Insults, advertising or flooding"),
            "other": N_("Something else"),
        }[self.value]


class ReportState(StrEnum):
    """How far a report of misuse has come."""

    received = "received"
    examining = "examining"
    escalated = "escalated"
    upheld = "upheld"
    dismissed = "dismissed"
    withdrawn = "withdrawn"
    lapsed = "lapsed"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {
            "received": N_("Report received"),
            "examining": N_("Report examined"),
            "escalated": N_("Report overdue, passed on"),
            "upheld": N_("Report upheld"),
            "dismissed": N_("Report dismissed"),
            "withdrawn": N_("Report withdrawn"),
            "lapsed": N_("Report lapsed undecided"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of the state's tag."""
        return {
            "received": "busy", "examining": "busy", "escalated": "warn", "upheld": "bad", "dismissed": "neutral",
        }.get(self.value, "neutral")  # fmt: skip


DECIDERS = frozenset({"secretariat", "security_admin"})
REPORT_TRANSITIONS: Transitions[ReportState] = {
    ReportState.received: {
        ReportState.examining: DECIDERS,
        ReportState.escalated: frozenset({"system"}),
        ReportState.upheld: DECIDERS,
        ReportState.dismissed: DECIDERS,
        ReportState.withdrawn: frozenset({"reporter"}),
    },
    ReportState.examining: {
        ReportState.escalated: frozenset({"system"}),
        ReportState.upheld: DECIDERS,
        ReportState.dismissed: DECIDERS,
        ReportState.withdrawn: frozenset({"reporter"}),
    },
    ReportState.escalated: {
        ReportState.upheld: DECIDERS,
        ReportState.dismissed: DECIDERS,
        ReportState.withdrawn: frozenset({"reporter"}),
        ReportState.lapsed: frozenset({"system"}),
    },
}
OPEN_REPORTS = (ReportState.received, ReportState.examining, ReportState.escalated)


class MisuseReport(StampedTable, table=True):
    """Somebody says that an asset (or a post about it) should not be here."""

    __tablename__ = "misuse_report"
    __table_args__ = (Index("ix_misuse_report_queue", "state", text("id DESC")),)

    asset_id: uuid.UUID = Field(foreign_key="asset.id", index=True, ondelete="CASCADE")
    post_id: uuid.UUID | None = Field(default=None, foreign_key="discussion_post.id")
    account_id: uuid.UUID = Field(foreign_key="account.id", index=True)
    kind: ReportKind = enum_field(ReportKind, name="kind")
    text: str = Field(max_length=5000)
    evidence: str = Field(default="", max_length=2000)
    """Where it can be seen: version, path, address."""
    state: ReportState = enum_field(ReportState, ReportState.received, name="state")
    reason: str = Field(default="", max_length=2000)
    decided_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    deadline_at: dt.datetime | None = instant_field(nullable=True, index=True)
